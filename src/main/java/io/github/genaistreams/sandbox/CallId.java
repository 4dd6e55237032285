package io.github.genaistreams.sandbox;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which attempt of which item a request is. Its {@code X-Client-Request-Id} says so:
 * {@code <percent-encoded batch>/<index>/<attempt>/<anything>}.
 */
record CallId(String batch, int index, int attempt) {

    static final String HEADER = "X-Client-Request-Id";
    static final String UNKNOWN = "unknown";

    /** The call that the header names. Empty if there is none, or if it names no item. */
    static Optional<CallId> parse(@Nullable String header) {
        if (header == null) {
            return Optional.empty();
        }
        String[] parts = header.split("/", 4);
        if (parts.length < 3 || parts[0].isEmpty()) {
            return Optional.empty();
        }
        try {
            // In percent-encoding, a plus is a plus. The decoder is made for forms, where it is a space.
            String batch = URLDecoder.decode(parts[0].replace("+", "%2B"), StandardCharsets.UTF_8);
            return Optional.of(new CallId(batch, Integer.parseInt(parts[1]), Integer.parseInt(parts[2])));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}

package io.github.genaistreams.provider.http;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP response.
 *
 * @param status the status code
 * @param body   the complete body, decompressed; empty while only the headers have arrived
 */
public record HttpAnswer(int status, Headers headers, byte[] body) {

    /** The headers of a response. */
    @FunctionalInterface
    public interface Headers {

        /** The value of a header, whatever the case of its name. Null if it is missing. */
        @Nullable
        String get(String name);
    }

    public HttpAnswer {
        Objects.requireNonNull(headers, "headers");
        Objects.requireNonNull(body, "body");
    }

    /** The value of a header. Null if it is missing. */
    public @Nullable String header(String name) {
        return headers.get(name);
    }

    public boolean is2xx() {
        return status >= 200 && status < 300;
    }

    public HttpAnswer withBody(byte[] body) {
        return new HttpAnswer(status, headers, body);
    }
}

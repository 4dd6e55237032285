package io.github.genaistreams.provider;

import java.util.Objects;
import java.util.Optional;

/** An API key, which cannot be printed by accident. */
public final class Secret {

    private final String value;

    public Secret(String value) {
        this.value = Objects.requireNonNull(value, "value");
    }

    /** The key itself, only for sending it. */
    public String reveal() {
        return value;
    }

    /**
     * Why an HTTP header cannot carry it, without quoting it: a header's value is visible ASCII (RFC 9110, section
     * 5.5). Empty if it can.
     */
    public Optional<String> flaw() {
        if (value.isBlank()) {
            return Optional.of("is empty");
        }
        for (int i = 0; i < value.length(); i++) {
            if (value.charAt(i) <= ' ' || value.charAt(i) > '~') {
                return Optional.of("has a space, line break or non-ASCII character at position " + (i + 1) + " of "
                        + value.length() + ", which is not allowed in an HTTP header");
            }
        }
        return Optional.empty();
    }

    @Override
    public String toString() {
        return "[redacted]";
    }
}

package io.github.genaistreams.wire;

import java.util.Objects;

/**
 * The bytes are not the expected record, or a value cannot be encoded. The message names the field and the expected
 * type; it never quotes the record's content.
 */
public sealed class WireException extends RuntimeException permits UnresolvedSchemaException {

    public WireException(String message) {
        super(message);
    }

    /** Never null, unlike that of other exceptions. */
    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }
}

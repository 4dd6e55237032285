package io.github.genaistreams.wire;

/**
 * The bytes are not the expected record, or a value cannot be encoded. The message names the field and the expected
 * type; it never quotes the record's content.
 */
public sealed class WireException extends RuntimeException permits UnresolvedSchemaException {

    public WireException(String message) {
        super(message);
    }
}

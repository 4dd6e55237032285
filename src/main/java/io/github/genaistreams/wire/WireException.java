package io.github.genaistreams.wire;

/**
 * Bytes that are not the record they should be, or a value that has no wire form. The message says what is wrong
 * by field name and expected type; it never quotes the record's content.
 */
public sealed class WireException extends RuntimeException permits UnresolvedSchemaException {

    public WireException(String message) {
        super(message);
    }
}

package io.github.genaistreams.wire;

/** The formats of a record. The first bytes of a record show its format; readers need no setting. */
public enum WireFormat {
    /** One JSON object in UTF-8. */
    JSON,
    /** Avro single-object encoding: {@code C3 01}, the schema's CRC-64-AVRO fingerprint, the Avro binary. */
    AVRO
}

package io.github.genaistreams.wire;

/** The forms a record can be written in. Which one a record has is seen from its first bytes, never configured. */
public enum WireFormat {
    /** One JSON object in UTF-8. */
    JSON,
    /** Avro single-object encoding: {@code C3 01}, the schema's CRC-64-AVRO fingerprint, the Avro binary. */
    AVRO
}

package io.github.genaistreams.wire;

import java.util.Map;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * Compression of records unless the user sets {@code compression.type}: gzip, which every Kafka client reads without a
 * plug-in, at its lowest level, which is much faster than the default with nearly the same size.
 */
public final class RecordCompression {

    /** Settings of a producer. */
    public static final Map<String, Object> DEFAULTS =
            Map.of(ProducerConfig.COMPRESSION_TYPE_CONFIG, "gzip", ProducerConfig.COMPRESSION_GZIP_LEVEL_CONFIG, 1);

    private RecordCompression() {}
}

package io.github.genaistreams.client;

import io.github.genaistreams.wire.WireHeaders;
import java.nio.charset.StandardCharsets;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;

/** The custom ID that a record carries. */
final class CustomIds {

    private CustomIds() {}

    /** Null if there is none. */
    static String of(ConsumerRecord<byte[], byte[]> record) {
        Header header = record.headers().lastHeader(WireHeaders.CUSTOM_ID);
        return header == null || header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }
}

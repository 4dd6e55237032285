package io.github.genaistreams.client.read;

import io.github.genaistreams.wire.WireHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/** The texts that a record's headers carry. */
public final class HeaderTexts {

    private HeaderTexts() {}

    /** What whoever submitted the item gave it on its way, in the order of the record; of two of a name the last. */
    static Map<String, String> ofSubmitter(Headers headers) {
        Map<String, String> texts = new LinkedHashMap<>();
        for (Header header : headers) {
            if (!header.key().startsWith(WireHeaders.OURS) && header.value() != null) {
                texts.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
            }
        }
        return texts.isEmpty() ? Map.of() : Collections.unmodifiableMap(texts);
    }

    /** Null if there is none of this name. */
    public static String of(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }
}

package io.github.genaistreams.client.read;

import io.github.genaistreams.wire.WireHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** Reads texts from the headers of a record. */
public final class HeaderTexts {

    private HeaderTexts() {}

    /** The submitter's headers, in the order of the record. If a name is repeated, the last one counts. */
    static Map<String, String> ofSubmitter(Headers headers) {
        Map<String, String> texts = new LinkedHashMap<>();
        for (Header header : headers) {
            if (!header.key().startsWith(WireHeaders.OURS) && header.value() != null) {
                texts.put(header.key(), new String(header.value(), StandardCharsets.UTF_8));
            }
        }
        return texts.isEmpty() ? Map.of() : Collections.unmodifiableMap(texts);
    }

    /** The text of a header; null if there is none. */
    public static @Nullable String of(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }
}

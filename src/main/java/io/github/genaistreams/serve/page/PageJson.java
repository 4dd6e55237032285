package io.github.genaistreams.serve.page;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;

/** The JSON objects that are sent to the page. */
final class PageJson {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private PageJson() {}

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** An object with the server's time, which the page uses instead of the browser's. */
    static ObjectNode now() {
        return object().put("now", Instant.now().toString());
    }

    /** The status as it is on the topic. */
    static ObjectNode of(BatchStatus status) {
        try {
            return (ObjectNode) MAPPER.readTree(Codecs.BATCH_STATUS.encode(status, WireFormat.JSON));
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot be read", e);
        }
    }
}

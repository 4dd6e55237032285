package io.github.genaistreams.cli.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.wire.ResultShape;
import io.github.genaistreams.wire.WireFormat;
import java.nio.charset.StandardCharsets;

/** A result as a line of JSON: as on the topic, in one of its shapes, with the submitter's labels of the item. */
final class ResultJson {

    private static final JsonMapper JSON = new JsonMapper();

    private ResultJson() {}

    static String line(CallResult result, ItemLabels item, ResultShape shape) {
        String line = new String(shape.codec().encode(result, WireFormat.JSON), StandardCharsets.UTF_8);
        ObjectNode said = JSON.createObjectNode();
        if (item.customId() != null) {
            said.put("custom_id", item.customId());
        }
        if (item.fileName() != null) {
            said.put("file_name", item.fileName());
        }
        if (!item.headers().isEmpty()) {
            ObjectNode headers = said.putObject("headers");
            item.headers().forEach(headers::put);
        }
        if (said.isEmpty()) {
            return line;
        }
        // Inserted as text: an answer of 30 MB need not be parsed, and no number in it changes.
        try {
            String fields = JSON.writeValueAsString(said);
            return fields.substring(0, fields.length() - 1) + "," + line.substring(1);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}

package io.github.genaistreams.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireFormat;
import java.nio.charset.StandardCharsets;

/** A result as a line of JSON: as on the topic, and what its document is called. */
final class ResultJson {

    private static final JsonMapper JSON = new JsonMapper();

    private ResultJson() {}

    /** {@code fileName} may be null. */
    static String line(CallResult result, String fileName) {
        String line = new String(Codecs.CALL_RESULT.encode(result, WireFormat.JSON), StandardCharsets.UTF_8);
        if (fileName == null) {
            return line;
        }
        // Put in front as a text: an answer of 30 MB is not taken apart for that, and no number in it is changed.
        ObjectNode name = JSON.createObjectNode().put("file_name", fileName);
        try {
            String field = JSON.writeValueAsString(name);
            return field.substring(0, field.length() - 1) + "," + line.substring(1);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}

package io.github.genaistreams.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.ResponsesRequest;
import java.util.Arrays;
import org.apache.avro.generic.GenericRecord;

/** Records of requests, sound and not. */
final class RequestRecords {

    static final String SECRET = "the-secret-prompt";
    static final PlainAvro AVRO = PlainAvro.with("responses-request");

    private RequestRecords() {}

    static ResponsesRequest good() {
        return ResponsesRequest.builder()
                .batchId("b")
                .index(3)
                .model("m")
                .userPrompt(SECRET)
                .build();
    }

    /** The good request with more fields at its end. */
    static String json(String more) {
        return "{\"batch_id\":\"b\",\"index\":3,\"model\":\"m\",\"user_prompt\":\"" + SECRET + "\"" + more + "}";
    }

    static byte[] avro(String batchId, int index, String prompt, String responseFormat) {
        GenericRecord generic = AVRO.read(Codecs.RESPONSES_REQUEST.encode(good(), WireFormat.AVRO));
        generic.put("batch_id", batchId);
        generic.put("index", index);
        generic.put("user_prompt", prompt);
        generic.put("response_format", responseFormat);
        return AVRO.write(generic);
    }

    static int indexOf(byte[] bytes, byte wanted) {
        int at = 0;
        while (bytes[at] != wanted) {
            at++;
        }
        return at;
    }

    static byte[] concat(String start, byte[] rest) {
        byte[] bytes = Arrays.copyOf(bytes(start), start.length() + rest.length);
        System.arraycopy(rest, 0, bytes, start.length(), rest.length);
        return bytes;
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}

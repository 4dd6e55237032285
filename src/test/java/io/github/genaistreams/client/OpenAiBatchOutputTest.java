package io.github.genaistreams.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OpenAiBatchOutputTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void writesAnAnswer() throws Exception {
        var result = result().success(true).rawResponse(JSON.readTree("{\"id\":\"resp_1\"}"));

        assertLine(result, Optional.of("mine"), """
                {"id":"batch_req_b-3","custom_id":"mine",
                 "response":{"status_code":200,"request_id":"req_1","body":{"id":"resp_1"}},"error":null}""");
    }

    @Test
    void writesAnAnswerThatIsAFailureHereAsTheApiWould() throws Exception {
        var result = result().rawResponse(JSON.readTree("{\"id\":\"resp_1\"}"))
                .error(new CallError("Cut off.", "incomplete", "max_output_tokens", null, false, 200));

        assertLine(result, Optional.empty(), """
                {"id":"batch_req_b-3","custom_id":"3",
                 "response":{"status_code":200,"request_id":"req_1","body":{"id":"resp_1"}},"error":null}""");
    }

    @Test
    void writesWhatTheApiRefusedAsItsResponse() throws Exception {
        var result = result().error(new CallError("No.", "invalid_request_error", null, "model", false, 404));

        assertLine(result, Optional.of("mine"), """
                {"id":"batch_req_b-3","custom_id":"mine","response":{"status_code":404,"request_id":"req_1","body":
                 {"error":{"message":"No.","type":"invalid_request_error","param":"model","code":null}}},"error":null}""");
    }

    @Test
    void writesAFailureWithoutAResponse() throws Exception {
        var result = result().requestId(null).error(new CallError("Too late.", "timeout", null, null, true, null));

        assertLine(result, Optional.of("mine"), """
                {"id":"batch_req_b-3","custom_id":"mine","response":null,
                 "error":{"code":"timeout","message":"Too late."}}""");
    }

    @Test
    void writesADocumentsResultAsOneWithoutAnAnswer() throws Exception {
        var result = result().requestId(null).success(true).jsonResponse(JSON.readTree("{\"markdown\":\"text\"}"));

        assertLine(result, Optional.of("mine"), """
                {"id":"batch_req_b-3","custom_id":"mine","response":null,
                 "error":{"code":"internal_error","message":"The result has no answer of the Responses API"}}""");
    }

    private static CallResult.Builder result() {
        return CallResult.builder(new ItemKey("b", 3), "responses").requestId("req_1");
    }

    private static void assertLine(CallResult.Builder result, Optional<String> customId, String expected)
            throws Exception {
        assertThat(OpenAiBatchOutput.line(result.build(), customId)).isEqualTo(JSON.readTree(expected));
    }
}

package io.github.genaistreams.client.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseViewTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    private static final String REASONING = """
            {"id": "rs_1", "type": "reasoning", "summary": [
              {"type": "summary_text", "text": "Weighing both."},
              {"type": "summary_text", "text": "Choosing one."}]}""";
    private static final String MESSAGE = message("""
            {"type": "output_text", "text": "Paris", "logprobs": [], "annotations": [
              {"type": "url_citation", "url": "https://example.org", "title": "Example", "start_index": 0, "end_index": 5}]}""");
    private static final String REFUSAL = message("""
            {"type": "refusal", "refusal": "I cannot help with that."}""");
    private static final String FUNCTION = """
            {"id": "fc_1", "type": "function_call", "call_id": "call_1", "name": "get_weather", "status": "completed",
             "arguments": "{\\"city\\": \\"Oslo\\"}"}""";
    private static final String CUSTOM = """
            {"id": "ctc_1", "type": "custom_tool_call", "call_id": "call_2", "name": "shell", "input": "ls -l"}""";
    private static final String MCP = """
            {"id": "mcp_1", "type": "mcp_call", "server_label": "docs", "name": "find", "arguments": "{}", "output": "[]",
             "error": null}""";
    private static final String SEARCH = """
            {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"type": "search", "query": "q"}}""";
    private static final String APPROVAL = """
            {"id": "mcpr_1", "type": "mcp_approval_request", "server_label": "docs", "name": "drop", "arguments": "{}"}""";
    private static final String UNKNOWN = """
            {"id": "x_1", "type": "hologram", "content": [{"type": "output_text", "text": "no"}]}""";

    record Patient(
            String name,
            int age,
            @JsonProperty("first_seen") LocalDate firstSeen,
            BigDecimal fee) {}

    @Test
    void givesTheTextOfAMessageBehindItsReasoning() {
        assertThat(ResponseTexts.of(answer(REASONING, MESSAGE))).isEqualTo("Paris");
    }

    @Test
    void joinsAllMessagesAndPartsWithNothingBetween() {
        String two = message("""
                {"type": "output_text", "text": "one"}, {"type": "output_text", "text": ""},
                {"type": "output_text", "text": "two\\n"}, {"type": "hologram", "text": "no"}""");

        assertThat(ResponseTexts.of(answer(two, UNKNOWN, REASONING, MESSAGE))).isEqualTo("onetwo\nParis");
    }

    @Test
    void prefersTextToToolCalls() {
        assertThat(ResponseTexts.of(answer(SEARCH, FUNCTION, MESSAGE))).isEqualTo("Paris");
    }

    @ParameterizedTest
    @ValueSource(strings = {FUNCTION, CUSTOM, MCP, SEARCH, APPROVAL})
    void givesTheWholeResponseIfOnlyToolsWereCalled(String call) throws JsonProcessingException {
        CallResult result = answer(REASONING, call);

        assertThat(JSON.readTree(ResponseTexts.of(result))).isEqualTo(result.rawResponse());
    }

    @Test
    void givesNoTextForRefusalsAndEmptyOutput() {
        assertThat(ResponseTexts.of(List.of(
                        answer(REFUSAL),
                        answer(SEARCH, REFUSAL),
                        answer(),
                        answer(REASONING),
                        answer(message("")),
                        answer(UNKNOWN))))
                .containsExactly("", "", "", "", "", "");
    }

    @Test
    void givesNoTextForFailures() {
        CallResult billed = result(false, answer(MESSAGE).rawResponse());

        assertThat(ResponseTexts.of(List.of(billed, result(false, null), answer(MESSAGE))))
                .containsExactly("", "", "Paris");
        assertThat(ResponseView.of(billed).text()).isEqualTo("Paris");
    }

    @Test
    void listsToolCallsInOrder() throws JsonProcessingException {
        List<ToolCall> calls = ResponseView.of(answer(REASONING, FUNCTION, CUSTOM, MCP, SEARCH, APPROVAL, UNKNOWN))
                .toolCalls();

        assertThat(calls)
                .containsExactly(
                        new ToolCall("function_call", "call_1", "get_weather", "{\"city\": \"Oslo\"}", item(FUNCTION)),
                        new ToolCall("custom_tool_call", "call_2", "shell", "ls -l", item(CUSTOM)),
                        new ToolCall("mcp_call", "mcp_1", "find", "{}", item(MCP)),
                        new ToolCall("web_search_call", "ws_1", null, null, item(SEARCH)),
                        new ToolCall("mcp_approval_request", "mcpr_1", "drop", "{}", item(APPROVAL)));
        assertThat(calls.get(0).parsedArguments().orElseThrow().path("city").asText())
                .isEqualTo("Oslo");
        assertThat(calls.get(1).parsedArguments()).isEmpty();
        assertThat(calls.get(3).parsedArguments()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "{} {}", "{\"city\": }"})
    void givesNoParsedArgumentsIfTheyAreNotJson(String arguments) {
        assertThat(new ToolCall("function_call", "c", "f", arguments, NullNode.getInstance()).parsedArguments())
                .isEmpty();
    }

    @Test
    void takesArgumentsThatCameAsAnObject() {
        String call = "{\"type\": \"function_call\", \"name\": \"f\", \"arguments\": {\"a\": 1}}";

        assertThat(ResponseView.of(answer(call)).toolCalls().get(0).arguments()).isEqualTo("{\"a\":1}");
    }

    @Test
    void givesTheOtherParts() {
        ResponseView response = ResponseView.of(answer(REASONING, MESSAGE, REFUSAL));

        assertThat(response.responseId()).contains("resp_1");
        assertThat(response.refusals()).containsExactly("I cannot help with that.");
        assertThat(response.reasoningSummaries()).containsExactly("Weighing both.", "Choosing one.");
        assertThat(response.annotations())
                .extracting(annotation -> annotation.path("url").asText())
                .containsExactly("https://example.org");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "7",
                "[]",
                "{}",
                "{\"id\": 7, \"output\": null}",
                "{\"output\": {\"type\": \"message\"}}",
                "{\"output\": [null, 1, \"message\", [], {}, {\"type\": 7}, {\"type\": \"message\"}]}",
                "{\"output\": [{\"type\": \"message\", \"content\": \"Paris\"}, {\"type\": \"reasoning\", \"summary\": null}]}",
                "{\"output\": [{\"type\": \"message\", \"content\": [null, {\"type\": \"output_text\"},"
                        + " {\"type\": \"output_text\", \"text\": null}, {\"type\": \"refusal\"}]}]}",
            })
    void hasNoPartsIfTheResponseIsNotOne(String raw) throws JsonProcessingException {
        CallResult result = result(true, JSON.readTree(raw));

        assertThat(ResponseTexts.of(result)).isEmpty();
        thenHasNoParts(ResponseView.of(result));
    }

    @Test
    void hasNoPartsWithoutAResponse() {
        assertThat(ResponseTexts.of(result(true, null))).isEmpty();
        thenHasNoParts(ResponseView.of(result(true, null)));
        thenHasNoParts(ResponseView.of(result(false, NullNode.getInstance())));
    }

    @Test
    void readsTheTextIntoARecord() {
        String text = "{\"name\": \"Ada\", \"age\": 36, \"first_seen\": \"2026-03-01\", \"fee\": 12.50, \"more\": []}";

        assertThat(view(text).json(Patient.class))
                .isEqualTo(new Patient("Ada", 36, LocalDate.of(2026, 3, 1), new BigDecimal("12.50")));
        assertThat(view("[" + text + "]").json(new TypeReference<List<Patient>>() {}))
                .hasSize(1);
    }

    @Test
    void leavesCommentaryOutOfTheJson() {
        String commentary = message("{\"type\": \"output_text\", \"text\": \"Let me see.\"}")
                .replace("\"role\"", "\"phase\": \"commentary\", \"role\"");
        ResponseView response = ResponseView.of(answer(commentary, message(textPart("[1, 2]"))));

        assertThat(response.json(new TypeReference<List<Integer>>() {})).containsExactly(1, 2);
        assertThat(response.text()).startsWith("Let me see.");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"name\": \"Ada\", \"age\": \"SECRET\"} | the JSON in its text does not match PATIENT at age",
                "{\"name\": \"Ada\"} | the JSON in its text does not match PATIENT at age",
                "{\"age\": 1, \"first_seen\": \"SECRET\"} | the JSON in its text does not match PATIENT at first_seen",
                "[\"SECRET\"] | the JSON in its text does not match PATIENT",
                "null | the JSON in its text is null",
                "SECRET | its text is not JSON (line 1, column 1)",
                "{\"name\": \"SECRET | its text is not JSON (line 1, column 17)",
                "{\"age\": 1} SECRET | its text is not JSON (line 1, column 12)",
            })
    void saysWhyTheTextIsNotTheRecordWithoutQuotingIt(String text, String problem) {
        assertThatThrownBy(() -> view(text).json(Patient.class))
                .isInstanceOf(ResponseContentException.class)
                .hasMessage("Result batch-1/3: " + problem.replace("PATIENT", Patient.class.getName()))
                .hasNoCause();
    }

    @Test
    void doesNotQuoteTheKeysOfAMap() {
        assertThatThrownBy(() -> view("{\"SECRET\": [{\"age\": 1}, {\"age\": []}]}")
                        .json(new TypeReference<Map<String, List<Patient>>>() {}))
                .hasMessageEndingWith(" at [*][1].age")
                .hasMessageNotContaining("SECRET");
    }

    @Test
    void saysWhyThereIsNoTextToRead() {
        thenNoJson(answer(REFUSAL), "the model refused");
        thenNoJson(answer(FUNCTION), "the model only called tools");
        thenNoJson(answer(), "the response has none, its status is completed");
        thenNoJson(result(true, null), "it contains no response");
        thenNoJson(result(false, null), "the call failed with timeout");
    }

    @Test
    void saysThatAResponseIsIncomplete() throws JsonProcessingException {
        JsonNode raw = JSON.readTree(response(message(textPart("{\"name\": ")))
                .replace("\"status\": \"completed\", \"output\"", "\"status\": \"incomplete\", \"output\""));

        assertThatThrownBy(() -> ResponseView.of(result(false, raw)).json(Patient.class))
                .hasMessageContaining("is not JSON")
                .hasMessageEndingWith("; the response is incomplete");
    }

    @Test
    void blamesTheClassIfItCannotBeRead() {
        assertThatThrownBy(() -> view("{}").json(Runnable.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("java.lang.Runnable cannot be read from JSON");
    }

    private static void thenHasNoParts(ResponseView response) {
        assertThat(response.text()).isEmpty();
        assertThat(response.responseId()).isEmpty();
        assertThat(response.toolCalls()).isEmpty();
        assertThat(response.refusals()).isEmpty();
        assertThat(response.reasoningSummaries()).isEmpty();
        assertThat(response.annotations()).isEmpty();
    }

    private static void thenNoJson(CallResult result, String why) {
        assertThatThrownBy(() -> ResponseView.of(result).json(Patient.class))
                .hasMessage("Result batch-1/3: no text to read as JSON: " + why);
    }

    private static ResponseView view(String text) {
        return ResponseView.of(answer(message(textPart(text))));
    }

    private static String textPart(String text) {
        return JSON.createObjectNode()
                .put("type", "output_text")
                .put("text", text)
                .toString();
    }

    private static String message(String content) {
        return """
                {"id": "msg_1", "type": "message", "status": "completed", "role": "assistant", "content": [%s]}""".formatted(content);
    }

    private static String response(String... output) {
        return """
                {"id": "resp_1", "object": "response", "model": "gpt-5", "status": "completed", "output": [%s],
                 "usage": {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}}""".formatted(String.join(", ", output));
    }

    private static CallResult answer(String... output) {
        return result(true, item(response(output)));
    }

    private static JsonNode item(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private static CallResult result(boolean success, JsonNode rawResponse) {
        return CallResult.builder(new ItemKey("batch-1", 3), "responses")
                .success(success)
                .rawResponse(rawResponse)
                .error(success ? null : new CallError("No answer within 60 s", "timeout", "timeout", null, true, null))
                .attempts(1)
                .model("gpt-5")
                .submittedAt(Instant.EPOCH)
                .completedAt(Instant.EPOCH)
                .build();
    }
}

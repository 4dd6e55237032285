package io.github.genaistreams.client.content;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.github.genaistreams.model.CallResult;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The parts of the response in a result. It uses only {@link CallResult#rawResponse()}, even of a failed call: a truncated
 * answer has its text here. Without a response, every part is empty. Items of unknown types are skipped. Immutable.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/object">The response object</a>
 */
public final class ResponseView {

    private final CallResult result;
    private final JsonNode response;

    private ResponseView(CallResult result) {
        this.result = result;
        this.response = result.rawResponse() == null ? MissingNode.getInstance() : result.rawResponse();
    }

    /** The view of a result's response. */
    public static ResponseView of(CallResult result) {
        return new ResponseView(result);
    }

    /** The {@code previous_response_id} for the next turn. */
    public Optional<String> responseId() {
        return Optional.ofNullable(textOf(response, "id"));
    }

    /** The text parts of all messages joined without a separator, as OpenAI's own libraries do. */
    public String text() {
        return text(message -> true);
    }

    /** The tools that were called, in order. */
    public List<ToolCall> toolCalls() {
        return items().filter(item -> isToolCall(typeOf(item)))
                .map(ResponseView::toolCall)
                .toList();
    }

    /** What the model wrote when it refused to answer. */
    public List<String> refusals() {
        return parts(message -> true)
                .filter(part -> typeOf(part).equals("refusal"))
                .map(part -> textOf(part, "refusal"))
                .filter(Objects::nonNull)
                .toList();
    }

    /** The summaries of the model's reasoning, in order; present if {@code reasoning_summary} was set. */
    public List<String> reasoningSummaries() {
        return items().filter(item -> typeOf(item).equals("reasoning"))
                .flatMap(item -> children(item, "summary"))
                .map(part -> textOf(part, "text"))
                .filter(Objects::nonNull)
                .toList();
    }

    /** The annotations of all text parts, unchanged: citations of pages and files. */
    public List<JsonNode> annotations() {
        return parts(message -> true)
                .filter(part -> typeOf(part).equals("output_text"))
                .flatMap(part -> children(part, "annotations"))
                .toList();
    }

    /**
     * The text as JSON in a record or another class, field by field under its Java name or the name in
     * {@code @JsonProperty}. Fields that the class lacks are ignored. A number or boolean that is a primitive in the
     * class must be present. Messages marked as commentary are not part of the JSON.
     *
     * @throws ResponseContentException if there is no text, it is not JSON, or does not fit; the message quotes none of
     *     it
     * @throws IllegalArgumentException if JSON cannot be read into the class
     */
    public <T> T json(Class<T> type) {
        return json(OutputJson.MAPPER.constructType(type));
    }

    /**
     * As {@link #json(Class)} for a generic type such as {@code List<Patient>}.
     *
     * @throws ResponseContentException if there is no text, it is not JSON, or does not fit; the message quotes none of
     *     it
     */
    public <T> T json(TypeReference<T> type) {
        return json(OutputJson.MAPPER.constructType(type));
    }

    private <T> T json(JavaType type) {
        String text = text(message -> !"commentary".equals(textOf(message, "phase")));
        if (text.isBlank()) {
            throw new ResponseContentException(result.key(), "no text to read as JSON: " + whyNoText());
        }
        try {
            return OutputJson.bind(OutputJson.parse(text), type);
        } catch (OutputJson.JsonProblem e) {
            String cutOff = "incomplete".equals(textOf(response, "status")) ? "; the response is incomplete" : "";
            throw new ResponseContentException(result.key(), e.getMessage() + cutOff);
        }
    }

    private String whyNoText() {
        if (response.isMissingNode() || response.isNull()) {
            return result.error() == null
                    ? "it contains no response"
                    : "the call failed with " + result.error().type();
        }
        if (!refusals().isEmpty()) {
            return "the model refused";
        }
        if (!toolCalls().isEmpty()) {
            return "the model only called tools";
        }
        String status = textOf(response, "status");
        return "the response has none" + (status == null ? "" : ", its status is " + status);
    }

    private String text(Predicate<JsonNode> messages) {
        return parts(messages)
                .filter(part -> typeOf(part).equals("output_text"))
                .map(part -> textOf(part, "text"))
                .filter(Objects::nonNull)
                .collect(Collectors.joining());
    }

    private Stream<JsonNode> parts(Predicate<JsonNode> messages) {
        return items().filter(item -> typeOf(item).equals("message"))
                .filter(messages)
                .flatMap(message -> children(message, "content"));
    }

    private Stream<JsonNode> items() {
        return children(response, "output");
    }

    private static boolean isToolCall(String type) {
        return type.endsWith("_call") || type.equals("mcp_approval_request");
    }

    private static ToolCall toolCall(JsonNode item) {
        String callId = textOf(item, "call_id");
        return new ToolCall(
                typeOf(item),
                callId == null ? textOf(item, "id") : callId,
                textOf(item, "name"),
                item.hasNonNull("arguments") ? written(item.get("arguments")) : textOf(item, "input"),
                item);
    }

    /** The arguments as a string. Some servers nest them as an object, which becomes JSON. */
    private static String written(JsonNode arguments) {
        return arguments.isTextual() ? arguments.textValue() : arguments.toString();
    }

    private static Stream<JsonNode> children(JsonNode parent, String field) {
        JsonNode children = parent.path(field);
        return children.isArray() ? StreamSupport.stream(children.spliterator(), false) : Stream.empty();
    }

    private static String typeOf(JsonNode object) {
        String type = textOf(object, "type");
        return type == null ? "" : type;
    }

    /** The text of a field; null if it is not a string. */
    private static @Nullable String textOf(JsonNode object, String field) {
        return object.path(field).textValue();
    }
}

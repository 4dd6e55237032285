package io.github.genaistreams.check;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Problem;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.ResponsesRules;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Why a request cannot be sent: the API would refuse it, or its policy is contradictory. Found here, it costs no call.
 * Only rules that hold for every model are checked. The API decides the rest, including words that it may add to
 * (efforts, tiers, kinds of tools). {@link ResponsesRules} contains the rules that a request's builder also checks;
 * this class adds those about schemas and tools. No message quotes a prompt.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">Create a response</a>
 */
public final class ResponsesCheck {

    /** Body fields that decide which call this is, and how its answer is read. */
    private static final List<String> NOT_IN_EXTRA_BODY = List.of("model", "input", "stream", "background");

    private ResponsesCheck() {}

    public static Optional<CallError> firstProblem(ResponsesRequest request) {
        return Problem.first(
                () -> ResponsesRules.firstProblem(request),
                () -> ResponseFormatCheck.firstProblem(request.responseFormat()),
                () -> ToolsCheck.tools(request.tools()),
                () -> ToolsCheck.choice(request.toolChoice()),
                () -> object("prompt_cache_options", request.promptCacheOptions()),
                () -> object("moderation", request.moderation()),
                () -> contextManagement(request.contextManagement()),
                () -> extraBody(request.extraBody()),
                () -> outputCheck(request));
    }

    /**
     * The first problem of the common fields of requests that differ only in their prompts; empty if there is none, or
     * only the prompts have problems.
     */
    public static Optional<CallError> commonProblem(Iterable<ResponsesRequest> requests) {
        for (ResponsesRequest request : requests) {
            Optional<CallError> problem = firstProblem(request);
            if (problem.filter(ResponsesRules::isOfPrompt).isEmpty()) {
                return problem;
            }
        }
        return Optional.empty();
    }

    private static Optional<CallError> contextManagement(@Nullable JsonNode management) {
        if (management == null || !Problem.isSet(management)) {
            return Optional.empty();
        }
        if (!management.isArray()) {
            return Problem.in("context_management", "is not a list: use for example [{\"type\": \"compaction\", ...}]");
        }
        for (int i = 0; i < management.size(); i++) {
            if (!Problem.isText(management.get(i).path("type"))) {
                return Problem.in("context_management[" + i + "]", "is not an object with a type");
            }
        }
        return Problem.unreadable("context_management", management);
    }

    private static Optional<CallError> extraBody(@Nullable JsonNode extraBody) {
        if (extraBody == null || !Problem.isSet(extraBody)) {
            return Optional.empty();
        }
        if (!extraBody.isObject()) {
            return Problem.in("extra_body", "is not an object: give the fields to send");
        }
        for (String field : NOT_IN_EXTRA_BODY) {
            if (extraBody.has(field)) {
                String own = field.equals("input") ? "user_prompt" : field;
                return Problem.in("extra_body." + field, "is not allowed here: use the request field " + own);
            }
        }
        return Problem.unreadable("extra_body", extraBody);
    }

    private static Optional<CallError> outputCheck(ResponsesRequest request) {
        if (!request.validatesOutput()) {
            return Optional.empty();
        }
        if (!ResponseFormat.isJsonSchema(request.responseFormat())) {
            return Problem.in(
                    "validate_output",
                    "is true, but response_format is not a json_schema: give a json_schema, or remove this field");
        }
        return OutputCheck.flaw(request)
                .flatMap(flaw -> Problem.in(
                        "response_format",
                        "has a schema that cannot be used to check answers: " + flaw
                                + "; correct it, or remove validate_output"));
    }

    private static Optional<CallError> object(String field, @Nullable JsonNode value) {
        if (value != null && Problem.isSet(value) && !value.isObject()) {
            return Problem.in(field, "is not an object");
        }
        return Problem.unreadable(field, value);
    }
}

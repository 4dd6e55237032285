package io.github.genaistreams.cli.option;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.ResponsesRequest;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Default parameters for requests: those of the API, and those for making calls. */
final class ParameterOptions {

    @ArgGroup(exclusive = false, validate = false, heading = "%nAnswer:%n", order = 10)
    private final Answer answer = new Answer();

    @ArgGroup(exclusive = false, validate = false, heading = "%nReasoning and tools:%n", order = 20)
    private final Thought thought = new Thought();

    @ArgGroup(exclusive = false, validate = false, heading = "%nConversation and storage:%n", order = 30)
    private final State state = new State();

    @ArgGroup(exclusive = false, validate = false, heading = "%nService:%n", order = 40)
    private final Service service = new Service();

    @ArgGroup(exclusive = false, validate = false, heading = "%nAttempts:%n", order = 50)
    private final Attempts attempts = new Attempts();

    static final class Answer {
        @Option(
                names = "--response-format",
                paramLabel = "FILE",
                description = "JSON file with {\"type\": \"json_object\"} or a json_schema.")
        private @Nullable Path responseFormat;

        @Option(names = "--max-output-tokens", paramLabel = "N", description = "Maximum number of generated tokens.")
        private @Nullable Integer maxOutputTokens;

        @Option(
                names = "--verbosity",
                paramLabel = "WORD",
                description = "Verbosity of the answer: low, medium, high, …")
        private @Nullable String verbosity;

        @Option(names = "--temperature", paramLabel = "T", description = "Sampling temperature, 0 to 2.")
        private @Nullable Double temperature;

        @Option(names = "--top-p", paramLabel = "P", description = "Probability mass for nucleus sampling, 0 to 1.")
        private @Nullable Double topP;

        @Option(
                names = "--top-logprobs",
                paramLabel = "N",
                description = "Number of most likely tokens to report at each position, 0 to 20.")
        private @Nullable Integer topLogprobs;

        @Option(names = "--allow-incomplete", description = "Count an answer that was cut off or refused as a success.")
        private boolean allowIncomplete;

        @Option(names = "--validate-output", description = "Check each answer against the json_schema of the request.")
        private boolean validateOutput;

        @Option(
                names = "--repair-attempts",
                paramLabel = "N",
                description = "Maximum number of calls to let the model correct an answer that does not match its"
                        + " schema. Default: 0.")
        private @Nullable Integer repairAttempts;

        private void addTo(ResponsesRequest.Builder request) {
            request.responseFormat(json("--response-format", responseFormat, InputFiles.OBJECT))
                    .maxOutputTokens(maxOutputTokens)
                    .verbosity(verbosity)
                    .temperature(temperature)
                    .topP(topP)
                    .topLogprobs(topLogprobs)
                    .failOnIncomplete(allowIncomplete ? false : null)
                    .validateOutput(validateOutput ? true : null)
                    .repairAttempts(repairAttempts);
        }
    }

    static final class Thought {
        @Option(
                names = "--reasoning-effort",
                paramLabel = "WORD",
                description = "Effort of the reasoning: low, medium, high, …")
        private @Nullable String reasoningEffort;

        @Option(
                names = "--reasoning-summary",
                paramLabel = "WORD",
                description = "Summary of the reasoning: auto, concise, detailed, …")
        private @Nullable String reasoningSummary;

        @Option(names = "--tools", paramLabel = "FILE", description = "JSON file with a list of tools.")
        private @Nullable Path tools;

        @Option(
                names = "--tool-choice",
                paramLabel = "WORD|JSON",
                description = "Tool choice: auto, none, required, or an object that names a tool.")
        private @Nullable String toolChoice;

        @Option(
                names = "--parallel-tool-calls",
                negatable = true,
                description = "Whether the model may call several tools at once.")
        private @Nullable Boolean parallelToolCalls;

        @Option(
                names = "--max-tool-calls",
                paramLabel = "N",
                description = "Maximum number of calls of built-in tools.")
        private @Nullable Integer maxToolCalls;

        private void addTo(ResponsesRequest.Builder request) {
            request.reasoningEffort(reasoningEffort)
                    .reasoningSummary(reasoningSummary)
                    .tools(json("--tools", tools, InputFiles.LIST))
                    .toolChoice(wordOrObject("--tool-choice", toolChoice))
                    .parallelToolCalls(parallelToolCalls)
                    .maxToolCalls(maxToolCalls);
        }
    }

    static final class State {
        @Option(
                names = "--previous-response-id",
                paramLabel = "ID",
                description = "ID of the stored response that every request continues.")
        private @Nullable String previousResponseId;

        @Option(
                names = "--conversation",
                paramLabel = "ID",
                description = "ID of the stored conversation that every request continues.")
        private @Nullable String conversation;

        @Option(
                names = "--stored-prompt",
                paramLabel = "ID|JSON",
                description = "ID of the stored prompt template for the prompts.")
        private @Nullable String prompt;

        @Option(
                names = "--context-management",
                paramLabel = "FILE",
                description = "JSON file with a list of ways to shorten a long context.")
        private @Nullable Path contextManagement;

        @Option(names = "--store", negatable = true, description = "Whether the API stores the responses.")
        private @Nullable Boolean store;

        @Option(names = "--include", paramLabel = "WHAT", description = "Additional output to return. Repeatable.")
        private @Nullable List<String> include;

        @Option(
                names = "--metadata",
                paramLabel = "KEY=VALUE",
                description = "Metadata that the API stores with the response. Repeatable.")
        private Map<String, String> metadata = new LinkedHashMap<>();

        @Option(
                names = "--truncation",
                paramLabel = "WORD",
                description = "How the API handles an input that is too long: auto or disabled.")
        private @Nullable String truncation;

        private void addTo(ResponsesRequest.Builder request) {
            request.previousResponseId(previousResponseId)
                    .conversation(wordOrObject("--conversation", conversation))
                    .prompt(template())
                    .contextManagement(json("--context-management", contextManagement, InputFiles.LIST))
                    .store(store)
                    .include(include)
                    .metadata(metadata.isEmpty() ? null : metadata)
                    .truncation(truncation);
        }

        private @Nullable JsonNode template() {
            JsonNode given = wordOrObject("--stored-prompt", prompt);
            return given == null || given.isObject()
                    ? given
                    : JsonNodeFactory.instance.objectNode().set("id", given);
        }
    }

    static final class Service {
        @Option(
                names = "--service-tier",
                paramLabel = "WORD",
                description = "Service tier of the calls: auto, default, flex (half price, slower), …")
        private @Nullable String serviceTier;

        @Option(
                names = "--flex-fallback",
                description =
                        "With --service-tier flex: if flex has no capacity for the last attempt, make one more call"
                                + " on the default tier, at its price.")
        private boolean flexFallback;

        @Option(names = "--background", description = "Run each call as a background response, which the worker polls.")
        private boolean background;

        @Option(names = "--stream", description = "Stream the answers to the worker.")
        private boolean stream;

        @Option(names = "--credential", paramLabel = "ALIAS", description = "Alias of the worker's credential to use.")
        private @Nullable String credential;

        @Option(
                names = "--max-concurrent-requests",
                paramLabel = "N",
                description =
                        "Maximum number of concurrent calls of the batch per partition of the request topic. Default:"
                                + " the slots of the worker.")
        private @Nullable Integer maxConcurrentRequests;

        @Option(
                names = "--priority",
                paramLabel = "N",
                description = "Weight of the batch when batches take turns, from 1 to 100. Default: "
                        + ApiRequest.DEFAULT_PRIORITY + ".")
        private @Nullable Integer priority;

        @Option(names = "--prompt-cache-key", paramLabel = "KEY", description = "Cache key that similar prompts share.")
        private @Nullable String promptCacheKey;

        @Option(
                names = "--prompt-cache-options",
                paramLabel = "FILE",
                description = "JSON file with the options of the prompt cache, {\"mode\": …, \"ttl\": …}.")
        private @Nullable Path promptCacheOptions;

        @Option(
                names = "--prompt-cache-retention",
                paramLabel = "WORD",
                description = "How long prompts stay cached: in_memory, 24h, …")
        private @Nullable String promptCacheRetention;

        @Option(
                names = "--moderation",
                paramLabel = "FILE",
                description = "JSON file with the options of the moderation, {\"model\": …}.")
        private @Nullable Path moderation;

        @Option(names = "--safety-identifier", paramLabel = "ID", description = "Anonymous identifier of the end user.")
        private @Nullable String safetyIdentifier;

        @Option(names = "--extra-body", paramLabel = "FILE", description = "JSON file with additional fields to send.")
        private @Nullable Path extraBody;

        private void addTo(ResponsesRequest.Builder request) {
            request
                    .serviceTier(serviceTier)
                    .flexFallback(flexFallback ? true : null)
                    .background(background ? true : null)
                    .stream(stream ? true : null)
                    .promptCacheKey(promptCacheKey)
                    .promptCacheOptions(json("--prompt-cache-options", promptCacheOptions, InputFiles.OBJECT))
                    .promptCacheRetention(promptCacheRetention)
                    .moderation(json("--moderation", moderation, InputFiles.OBJECT))
                    .safetyIdentifier(safetyIdentifier)
                    .credential(credential)
                    .maxConcurrentRequests(maxConcurrentRequests)
                    .priority(priority)
                    .extraBody(json("--extra-body", extraBody, InputFiles.OBJECT));
        }
    }

    static final class Attempts {
        @Option(
                names = "--timeout-secs",
                paramLabel = "N",
                description = "Timeout of one attempt. Default: " + ResponsesRequest.DEFAULT_TIMEOUT_SECS + "; for"
                        + " flex "
                        + ResponsesRequest.DEFAULT_FLEX_TIMEOUT_SECS + ".")
        private @Nullable Integer timeoutSecs;

        @Option(
                names = "--total-wait-secs",
                paramLabel = "N",
                description = "Maximum wait for a background response. Default: "
                        + ResponsesRequest.DEFAULT_TOTAL_WAIT_SECS + ".")
        private @Nullable Integer totalWaitSecs;

        @Option(
                names = "--stream-idle-timeout-secs",
                paramLabel = "N",
                description = "Maximum time between two events of a stream. Default: the value of --timeout-secs.")
        private @Nullable Integer streamIdleTimeoutSecs;

        @Option(
                names = "--max-retries",
                paramLabel = "N",
                description = "Maximum number of retries. Default: " + ResponsesRequest.DEFAULT_MAX_RETRIES + ".")
        private @Nullable Integer maxRetries;

        @Option(
                names = "--retry-delay-min-ms",
                paramLabel = "MS",
                description =
                        "Minimum wait before a retry. Default: " + ResponsesRequest.DEFAULT_RETRY_DELAY_MIN_MS + ".")
        private @Nullable Integer retryDelayMinMs;

        @Option(
                names = "--retry-delay-max-ms",
                paramLabel = "MS",
                description =
                        "Maximum wait before a retry. Default: " + ResponsesRequest.DEFAULT_RETRY_DELAY_MAX_MS + ".")
        private @Nullable Integer retryDelayMaxMs;

        private void addTo(ResponsesRequest.Builder request) {
            request.timeoutSecs(timeoutSecs)
                    .totalWaitSecs(totalWaitSecs)
                    .streamIdleTimeoutSecs(streamIdleTimeoutSecs)
                    .maxRetries(maxRetries)
                    .retryDelayMinMs(retryDelayMinMs)
                    .retryDelayMaxMs(retryDelayMaxMs);
        }
    }

    void addTo(ResponsesRequest.Builder request) {
        answer.addTo(request);
        thought.addTo(request);
        state.addTo(request);
        service.addTo(request);
        attempts.addTo(request);
    }

    private static @Nullable JsonNode json(String option, @Nullable Path file, JsonNodeType type) {
        return file == null ? null : InputFiles.json(option, file, type);
    }

    private static @Nullable JsonNode wordOrObject(String option, @Nullable String value) {
        return value == null ? null : InputFiles.wordOrObject(option, value);
    }
}

package io.github.genaistreams.cli.option;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.ResponsesRequest;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** Parameters for requests that do not set them: those of the API, and how calls are made. */
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
                description = "JSON file: {\"type\": \"json_object\"}, or a json_schema.")
        private Path responseFormat;

        @Option(names = "--max-output-tokens", paramLabel = "N", description = "Bound on generated tokens.")
        private Integer maxOutputTokens;

        @Option(
                names = "--verbosity",
                paramLabel = "WORD",
                description = "How wordy the answer is: low, medium, high, …")
        private String verbosity;

        @Option(names = "--temperature", paramLabel = "T", description = "Sampling temperature, 0 to 2.")
        private Double temperature;

        @Option(names = "--top-p", paramLabel = "P", description = "Share of probability to sample from, 0 to 1.")
        private Double topP;

        @Option(
                names = "--top-logprobs",
                paramLabel = "N",
                description = "Likeliest tokens to report at each place, 0 to 20.")
        private Integer topLogprobs;

        @Option(names = "--allow-incomplete", description = "An answer that was cut off or refused is no failure.")
        private boolean allowIncomplete;

        @Option(
                names = "--validate-output",
                description = "Check each answer against the json_schema that was asked for.")
        private boolean validateOutput;

        @Option(
                names = "--repair-attempts",
                paramLabel = "N",
                description = "How often the model is asked to correct such an answer. Default: 0.")
        private Integer repairAttempts;

        private void addTo(ResponsesRequest.Builder request) {
            request.responseFormat(
                            responseFormat == null
                                    ? null
                                    : InputFiles.json("--response-format", responseFormat, InputFiles.OBJECT))
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
                description = "How much the model thinks: low, medium, high, …")
        private String reasoningEffort;

        @Option(
                names = "--reasoning-summary",
                paramLabel = "WORD",
                description = "Summary of the reasoning: auto, concise, detailed, …")
        private String reasoningSummary;

        @Option(names = "--tools", paramLabel = "FILE", description = "JSON file: a list of tools.")
        private Path tools;

        @Option(
                names = "--tool-choice",
                paramLabel = "WORD|JSON",
                description = "auto, none, required, or an object that names a tool.")
        private String toolChoice;

        @Option(
                names = "--parallel-tool-calls",
                negatable = true,
                description = "Whether the model may call several tools at once.")
        private Boolean parallelToolCalls;

        @Option(names = "--max-tool-calls", paramLabel = "N", description = "Bound on calls of built-in tools.")
        private Integer maxToolCalls;

        private void addTo(ResponsesRequest.Builder request) {
            request.reasoningEffort(reasoningEffort)
                    .reasoningSummary(reasoningSummary)
                    .tools(tools == null ? null : InputFiles.json("--tools", tools, InputFiles.LIST))
                    .toolChoice(wordOrObject("--tool-choice", toolChoice))
                    .parallelToolCalls(parallelToolCalls)
                    .maxToolCalls(maxToolCalls);
        }
    }

    static final class State {
        @Option(
                names = "--previous-response-id",
                paramLabel = "ID",
                description = "The stored response that every request continues.")
        private String previousResponseId;

        @Option(names = "--conversation", paramLabel = "ID", description = "The stored conversation to add to.")
        private String conversation;

        @Option(
                names = "--stored-prompt",
                paramLabel = "ID|JSON",
                description = "The stored prompt template that the prompts go into.")
        private String prompt;

        @Option(
                names = "--context-management",
                paramLabel = "FILE",
                description = "JSON file: a list of ways to make a long context shorter.")
        private Path contextManagement;

        @Option(names = "--store", negatable = true, description = "Whether the API keeps the responses.")
        private Boolean store;

        @Option(names = "--include", paramLabel = "WHAT", description = "More output to return. Repeatable.")
        private List<String> include;

        @Option(
                names = "--metadata",
                paramLabel = "KEY=VALUE",
                description = "Kept by the API with the response. Repeatable.")
        private Map<String, String> metadata = new LinkedHashMap<>();

        @Option(
                names = "--truncation",
                paramLabel = "WORD",
                description = "What happens to an input that is too long: auto or disabled.")
        private String truncation;

        private void addTo(ResponsesRequest.Builder request) {
            request.previousResponseId(previousResponseId)
                    .conversation(wordOrObject("--conversation", conversation))
                    .prompt(template())
                    .contextManagement(
                            contextManagement == null
                                    ? null
                                    : InputFiles.json("--context-management", contextManagement, InputFiles.LIST))
                    .store(store)
                    .include(include)
                    .metadata(metadata.isEmpty() ? null : metadata)
                    .truncation(truncation);
        }

        private JsonNode template() {
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
                description = "How calls are served and priced: auto, default, flex (half price, slower), …")
        private String serviceTier;

        @Option(
                names = "--flex-fallback",
                description =
                        "With --service-tier flex: when flex has no capacity for the last attempt, call once more on the"
                                + " default tier, at its price.")
        private boolean flexFallback;

        @Option(
                names = "--background",
                description = "The API works in the background and is asked for each answer later.")
        private boolean background;

        @Option(names = "--stream", description = "Answers are streamed to the worker.")
        private boolean stream;

        @Option(names = "--credential", paramLabel = "ALIAS", description = "Which of the worker's keys to use.")
        private String credential;

        @Option(
                names = "--max-concurrent-requests",
                paramLabel = "N",
                description =
                        "Calls of the batch at once for each partition of the request topic. Default: the worker's"
                                + " slots.")
        private Integer maxConcurrentRequests;

        @Option(
                names = "--priority",
                paramLabel = "N",
                description = "Weight of the batch when batches take turns, from 1 to 100. Default: "
                        + ApiRequest.DEFAULT_PRIORITY + ".")
        private Integer priority;

        @Option(names = "--prompt-cache-key", paramLabel = "KEY", description = "What similar prompts have in common.")
        private String promptCacheKey;

        @Option(
                names = "--prompt-cache-options",
                paramLabel = "FILE",
                description = "JSON file: how prompts are cached, {\"mode\": …, \"ttl\": …}.")
        private Path promptCacheOptions;

        @Option(
                names = "--prompt-cache-retention",
                paramLabel = "WORD",
                description = "How long prompts stay cached: in_memory, 24h, …")
        private String promptCacheRetention;

        @Option(
                names = "--moderation",
                paramLabel = "FILE",
                description = "JSON file: how answers are moderated, {\"model\": …}.")
        private Path moderation;

        @Option(
                names = "--safety-identifier",
                paramLabel = "ID",
                description = "Stands for the end user; tells nothing about them.")
        private String safetyIdentifier;

        @Option(names = "--extra-body", paramLabel = "FILE", description = "JSON file: more fields to send.")
        private Path extraBody;

        private void addTo(ResponsesRequest.Builder request) {
            request
                    .serviceTier(serviceTier)
                    .flexFallback(flexFallback ? true : null)
                    .background(background ? true : null)
                    .stream(stream ? true : null)
                    .promptCacheKey(promptCacheKey)
                    .promptCacheOptions(
                            promptCacheOptions == null
                                    ? null
                                    : InputFiles.json("--prompt-cache-options", promptCacheOptions, InputFiles.OBJECT))
                    .promptCacheRetention(promptCacheRetention)
                    .moderation(
                            moderation == null ? null : InputFiles.json("--moderation", moderation, InputFiles.OBJECT))
                    .safetyIdentifier(safetyIdentifier)
                    .credential(credential)
                    .maxConcurrentRequests(maxConcurrentRequests)
                    .priority(priority)
                    .extraBody(
                            extraBody == null ? null : InputFiles.json("--extra-body", extraBody, InputFiles.OBJECT));
        }
    }

    static final class Attempts {
        @Option(
                names = "--timeout-secs",
                paramLabel = "N",
                description = "Bound on one attempt. Default: " + ResponsesRequest.DEFAULT_TIMEOUT_SECS + "; with flex "
                        + ResponsesRequest.DEFAULT_FLEX_TIMEOUT_SECS + ".")
        private Integer timeoutSecs;

        @Option(
                names = "--total-wait-secs",
                paramLabel = "N",
                description = "Bound on the wait for a background response. Default: "
                        + ResponsesRequest.DEFAULT_TOTAL_WAIT_SECS + ".")
        private Integer totalWaitSecs;

        @Option(
                names = "--stream-idle-timeout-secs",
                paramLabel = "N",
                description = "Bound on the silence within a stream. Default: as --timeout-secs.")
        private Integer streamIdleTimeoutSecs;

        @Option(
                names = "--max-retries",
                paramLabel = "N",
                description = "Attempts after the first. Default: " + ResponsesRequest.DEFAULT_MAX_RETRIES + ".")
        private Integer maxRetries;

        @Option(
                names = "--retry-delay-min-ms",
                paramLabel = "MS",
                description =
                        "Shortest wait before a retry. Default: " + ResponsesRequest.DEFAULT_RETRY_DELAY_MIN_MS + ".")
        private Integer retryDelayMinMs;

        @Option(
                names = "--retry-delay-max-ms",
                paramLabel = "MS",
                description =
                        "Longest wait before a retry. Default: " + ResponsesRequest.DEFAULT_RETRY_DELAY_MAX_MS + ".")
        private Integer retryDelayMaxMs;

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

    private static JsonNode wordOrObject(String option, String value) {
        return value == null ? null : InputFiles.wordOrObject(option, value);
    }
}

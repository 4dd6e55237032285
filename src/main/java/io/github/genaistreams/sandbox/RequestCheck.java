package io.github.genaistreams.sandbox;

import static io.github.genaistreams.sandbox.JsonCheck.choice;
import static io.github.genaistreams.sandbox.JsonCheck.decimal;
import static io.github.genaistreams.sandbox.JsonCheck.first;
import static io.github.genaistreams.sandbox.JsonCheck.flag;
import static io.github.genaistreams.sandbox.JsonCheck.integer;
import static io.github.genaistreams.sandbox.JsonCheck.isAbsent;
import static io.github.genaistreams.sandbox.JsonCheck.list;
import static io.github.genaistreams.sandbox.JsonCheck.object;
import static io.github.genaistreams.sandbox.JsonCheck.present;
import static io.github.genaistreams.sandbox.JsonCheck.refuse;
import static io.github.genaistreams.sandbox.JsonCheck.text;
import static io.github.genaistreams.sandbox.JsonCheck.type;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.Set;

/**
 * What the API refuses before it does any work: the first reason, in its words. What is known of the body is
 * checked, and what is not known is taken: the API adds optional parameters over time. Input, output format and tools have checks of
 * their own. Pure.
 */
final class RequestCheck {

    /** Parameters of Chat Completions that have another name here. Others that are not known may be new ones, and are taken. */
    private static final Set<String> OF_CHAT = Set.of(
            "messages",
            "response_format",
            "max_tokens",
            "max_completion_tokens",
            "functions",
            "function_call",
            "reasoning_effort",
            "verbosity",
            "logprobs",
            "n",
            "stop");

    private static final Set<String> INCLUDABLE = Set.of(
            "file_search_call.results",
            "web_search_call.results",
            "web_search_call.action.sources",
            "message.input_image.image_url",
            "computer_call_output.output.image_url",
            "code_interpreter_call.outputs",
            "reasoning.encrypted_content",
            "message.output_text.logprobs");

    private static final Set<String> TIERS =
            Set.of("auto", "default", "flex", "scale", "priority", "fast", "ultrafast");
    private static final Set<String> EFFORTS = Set.of("none", "minimal", "low", "medium", "high", "xhigh", "max");
    private static final Set<String> SUMMARIES = Set.of("auto", "concise", "detailed");

    private static final int MIN_OUTPUT_TOKENS = 16;
    private static final int MIN_COMPACT_THRESHOLD = 1_000;
    private static final int MAX_METADATA = 16;
    private static final int MAX_METADATA_KEY_LENGTH = 64;
    private static final int MAX_METADATA_VALUE_LENGTH = 512;
    private static final int MAX_SAFETY_IDENTIFIER_LENGTH = 64;

    private RequestCheck() {}

    static Optional<ErrorReply> refusal(JsonNode body) {
        if (!body.isObject()) {
            return Optional.of(ErrorReply.invalid(null, null, "The body of the request must be a JSON object."));
        }
        return first(
                () -> JsonCheck.without(body, OF_CHAT),
                () -> model(body),
                () -> InputCheck.refusal(body),
                () -> sampling(body),
                () -> modes(body),
                () -> state(body),
                () -> metadata(body.path("metadata")),
                () -> reasoning(body.path("reasoning")),
                () -> identity(body),
                () -> FormatCheck.refusal(body),
                () -> ToolListCheck.refusal(body));
    }

    private static Optional<ErrorReply> model(JsonNode body) {
        JsonNode model = body.path("model");
        return first(
                () -> body.hasNonNull("prompt") ? Optional.empty() : present(model, "model"),
                () -> text(model, "model"),
                () -> model.isTextual() && model.textValue().isBlank()
                        ? Optional.of(ErrorReply.missing("model"))
                        : Optional.empty());
    }

    private static Optional<ErrorReply> sampling(JsonNode body) {
        return first(
                () -> integer(body.path("max_output_tokens"), "max_output_tokens", MIN_OUTPUT_TOKENS, Long.MAX_VALUE),
                () -> integer(body.path("max_tool_calls"), "max_tool_calls", 1, Long.MAX_VALUE),
                () -> decimal(body.path("temperature"), "temperature", 0, 2),
                () -> decimal(body.path("top_p"), "top_p", 0, 1),
                () -> integer(body.path("top_logprobs"), "top_logprobs", 0, 20),
                () -> flag(body.path("parallel_tool_calls"), "parallel_tool_calls"),
                () -> choice(body.path("truncation"), "truncation", Set.of("auto", "disabled")),
                () -> choice(body.path("service_tier"), "service_tier", TIERS),
                () -> text(body.path("instructions"), "instructions"),
                () -> list(body.path("include"), "include", (each, name) -> choice(each, name, INCLUDABLE)));
    }

    private static Optional<ErrorReply> modes(JsonNode body) {
        JsonNode options = body.path("stream_options");
        return first(
                () -> flag(body.path("stream"), "stream"),
                () -> flag(body.path("background"), "background"),
                () -> flag(body.path("store"), "store"),
                () -> object(options, "stream_options"),
                () -> flag(options.path("include_obfuscation"), "stream_options.include_obfuscation"),
                () -> !isAbsent(options) && !body.path("stream").asBoolean()
                        ? refuse(null, "stream_options", "only allowed when 'stream' is true.")
                        : Optional.empty(),
                () -> body.path("background").asBoolean() && !body.path("store").asBoolean(true)
                        ? refuse(null, "store", "background responses must be stored.")
                        : Optional.empty());
    }

    /** What carries a conversation from call to call. */
    private static Optional<ErrorReply> state(JsonNode body) {
        JsonNode conversation = body.path("conversation");
        return first(
                () -> text(body.path("previous_response_id"), "previous_response_id"),
                () -> conversation.isObject()
                        ? present(conversation.path("id"), "conversation.id")
                                .or(() -> text(conversation.path("id"), "conversation.id"))
                        : text(conversation, "conversation"),
                () -> !isAbsent(conversation) && body.hasNonNull("previous_response_id")
                        ? Optional.of(
                                ErrorReply.invalid(
                                        "mutually_exclusive_parameters",
                                        "previous_response_id",
                                        "Mutually exclusive parameters: 'previous_response_id' and 'conversation'. Give one of them."))
                        : Optional.empty(),
                () -> list(
                        body.path("context_management"),
                        "context_management",
                        (each, name) -> first(
                                () -> present(each.path("type"), name + ".type"),
                                () -> choice(each.path("type"), name + ".type", Set.of("compaction")),
                                () -> integer(
                                        each.path("compact_threshold"),
                                        name + ".compact_threshold",
                                        MIN_COMPACT_THRESHOLD,
                                        Long.MAX_VALUE))));
    }

    private static Optional<ErrorReply> metadata(JsonNode metadata) {
        if (metadata.size() > MAX_METADATA) {
            return refuse("object_above_max_properties", "metadata", "at most 16 pairs are allowed.");
        }
        return object(metadata, "metadata").or(() -> metadata.propertyStream()
                .map(pair -> {
                    String name = "metadata." + pair.getKey();
                    if (pair.getKey().length() > MAX_METADATA_KEY_LENGTH) {
                        return refuse("string_above_max_length", "metadata", "a key has more than 64 characters.");
                    }
                    return pair.getValue().isTextual()
                            ? text(pair.getValue(), name, MAX_METADATA_VALUE_LENGTH)
                            : type(name, "a string");
                })
                .flatMap(Optional::stream)
                .findFirst());
    }

    private static Optional<ErrorReply> reasoning(JsonNode reasoning) {
        return first(
                () -> object(reasoning, "reasoning"),
                () -> choice(reasoning.path("effort"), "reasoning.effort", EFFORTS),
                () -> choice(reasoning.path("summary"), "reasoning.summary", SUMMARIES),
                () -> choice(reasoning.path("generate_summary"), "reasoning.generate_summary", SUMMARIES),
                () -> choice(reasoning.path("mode"), "reasoning.mode", Set.of("standard", "pro")),
                () -> choice(
                        reasoning.path("context"), "reasoning.context", Set.of("auto", "current_turn", "all_turns")));
    }

    /** Who asks, what is cached and what is checked for them. */
    private static Optional<ErrorReply> identity(JsonNode body) {
        JsonNode prompt = body.path("prompt");
        JsonNode cache = body.path("prompt_cache_options");
        JsonNode moderation = body.path("moderation");
        return first(
                () -> text(body.path("safety_identifier"), "safety_identifier", MAX_SAFETY_IDENTIFIER_LENGTH),
                () -> text(body.path("user"), "user"),
                () -> text(body.path("prompt_cache_key"), "prompt_cache_key"),
                () -> choice(
                        body.path("prompt_cache_retention"),
                        "prompt_cache_retention",
                        Set.of("in_memory", "in-memory", "24h")),
                () -> object(cache, "prompt_cache_options"),
                () -> choice(cache.path("mode"), "prompt_cache_options.mode", Set.of("implicit", "explicit")),
                () -> choice(cache.path("ttl"), "prompt_cache_options.ttl", Set.of("30m")),
                () -> object(prompt, "prompt"),
                () -> isAbsent(prompt) ? Optional.empty() : present(prompt.path("id"), "prompt.id"),
                () -> text(prompt.path("id"), "prompt.id"),
                () -> text(prompt.path("version"), "prompt.version"),
                () -> object(prompt.path("variables"), "prompt.variables"),
                () -> object(moderation, "moderation"),
                () -> text(moderation.path("model"), "moderation.model"));
    }
}

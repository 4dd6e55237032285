package io.github.genaistreams.provider;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.CostBreakdown;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.wire.RawJson;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The API's answer.
 *
 * @param json        the whole answer; null if it is in the store
 * @param ref         reference of the body in the document store; null if it is here
 * @param outputText  its text, empty if it has none; null if it is in the store
 * @param usage       tokens used; null if not reported
 * @param model       the model that answered; null if not reported
 * @param requestId   the API's ID of the HTTP exchange, if it gave one
 * @param finish      how the answer ended, see {@link io.github.genaistreams.model.CallResult#finish}
 * @param serviceTier the service tier that the API reports, if it does
 * @param document    figures of a document; null if the call had none
 * @param repaired    costs of the same attempt before this answer: answers that it corrects, and failed calls for a
 *     correction
 * @param limits      what the API said about its limits with this answer
 */
public record Answer(
        @Nullable RawJson json,
        @Nullable String ref,
        @Nullable String outputText,
        @Nullable Usage usage,
        @Nullable String model,
        @Nullable String requestId,
        @Nullable String finish,
        @Nullable String serviceTier,
        @Nullable DocumentFigures document,
        List<Answer> repaired,
        ApiLimits limits) {

    /** The finish of a complete answer. */
    public static final String COMPLETED = "completed";

    /** The finish of a complete answer without a text, a refusal or a tool call. */
    public static final String EMPTY = "empty";

    /**
     * The API's figures about a converted document.
     *
     * @param pageCount     pages converted; null if not reported
     * @param costBreakdown what it costs; null if not reported
     */
    public record DocumentFigures(
            @Nullable Integer pageCount, @Nullable CostBreakdown costBreakdown) {}

    public Answer {
        repaired = List.copyOf(repaired);
        Objects.requireNonNull(limits, "limits");
    }

    /**
     * Whether the model has finished by itself, even with an empty answer: it was not cut off, did not refuse and did
     * not fail.
     */
    public boolean isWhole() {
        return COMPLETED.equals(finish) || EMPTY.equals(finish);
    }

    /** Stands for an answer that was not received, but may exist and be billed. Nothing is known about it. */
    public static final Answer UNSEEN = new Answer(null, null, null, null, null, null, null);

    /** The complete answer as a tree, which is parsed each time if it is a text. Null if it is in the store. */
    public @Nullable JsonNode body() {
        return json == null ? null : json.tree();
    }

    /** A model's answer without corrections. */
    public Answer(
            @Nullable JsonNode body,
            @Nullable String outputText,
            @Nullable Usage usage,
            @Nullable String model,
            @Nullable String requestId,
            @Nullable String finish,
            @Nullable String serviceTier) {
        this(
                body == null ? null : RawJson.of(body),
                null,
                outputText,
                usage,
                model,
                requestId,
                finish,
                serviceTier,
                null,
                List.of(),
                ApiLimits.NONE);
    }

    /** The same answer, as the correction of these. */
    public Answer repairing(List<Answer> earlier) {
        return new Answer(
                json, ref, outputText, usage, model, requestId, finish, serviceTier, document, earlier, limits);
    }

    /** The same answer, with what the API said about its limits. */
    public Answer withLimits(ApiLimits limits) {
        return new Answer(
                json, ref, outputText, usage, model, requestId, finish, serviceTier, document, repaired, limits);
    }

    /**
     * The same answer without its body, which is in the store; {@code ref} is null if it is nowhere. Its text stays if
     * it certainly takes at most {@code maxBytes}.
     */
    Answer at(@Nullable String ref, int maxBytes) {
        String text = outputText == null || 6L * outputText.length() > maxBytes ? null : outputText;
        return new Answer(null, ref, text, usage, model, requestId, finish, serviceTier, document, repaired, limits);
    }
}

package io.github.genaistreams.provider;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.CostBreakdown;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.wire.RawJson;
import java.util.List;

/**
 * What the API answered.
 *
 * @param json        the whole answer; null if it is in the store
 * @param ref         where the body is in the document store, or null if it is here
 * @param outputText  its text, empty if it has none
 * @param usage       tokens used, or null if not reported
 * @param model       the model that answered, or null if not reported
 * @param requestId   the API's ID of the HTTP exchange, or null if it gave none
 * @param finish      how the answer ended, as in {@link io.github.genaistreams.model.CallResult#finish}
 * @param serviceTier the service tier that the API says it used, or null
 * @param document    what it says of a document, or null if the call had none
 * @param repaired    what was paid for before this answer in the same attempt: answers that were not what was asked for and
 *                    have been corrected by it, and failed calls that asked for a correction
 */
public record Answer(
        RawJson json,
        String ref,
        String outputText,
        Usage usage,
        String model,
        String requestId,
        String finish,
        String serviceTier,
        DocumentFigures document,
        List<Answer> repaired) {

    /** How an answer finished that is whole. */
    public static final String COMPLETED = "completed";

    /** The same, where there is nothing in it: no text, no refusal, no call of a tool. */
    public static final String EMPTY = "empty";

    /**
     * What the API says of a document that it has converted.
     *
     * @param pageCount     pages converted, or null if not reported
     * @param costBreakdown what it costs, or null if not reported
     */
    public record DocumentFigures(Integer pageCount, CostBreakdown costBreakdown) {}

    public Answer {
        repaired = List.copyOf(repaired);
    }

    /** What the model said as far as it wanted to, be it nothing: it was neither cut off, nor refused, nor did it fail. */
    public boolean isWhole() {
        return COMPLETED.equals(finish) || EMPTY.equals(finish);
    }

    /** Stands for an answer that may have been given and billed, and has not come: nothing is known of it. */
    public static final Answer UNSEEN = new Answer(null, null, null, null, null, null, null);

    /** The whole answer for whoever looks at it, which may mean to read it once more; null if it is in the store. */
    public JsonNode body() {
        return json == null ? null : json.tree();
    }

    /** The answer of a model, at the first try. */
    public Answer(
            JsonNode body,
            String outputText,
            Usage usage,
            String model,
            String requestId,
            String finish,
            String serviceTier) {
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
                List.of());
    }

    /** The same, as the correction of these. */
    public Answer repairing(List<Answer> earlier) {
        return new Answer(json, ref, outputText, usage, model, requestId, finish, serviceTier, document, earlier);
    }

    /**
     * The same without its body, which is in the store; {@code ref} is null if it is nowhere. Its text stays if it surely takes
     * no more than {@code mostBytes}.
     */
    Answer at(String ref, int mostBytes) {
        String text = outputText == null || 6L * outputText.length() > mostBytes ? null : outputText;
        return new Answer(null, ref, text, usage, model, requestId, finish, serviceTier, document, repaired);
    }
}

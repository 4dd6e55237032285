package io.github.genaistreams.client.read;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.client.content.OutputJson;
import io.github.genaistreams.client.content.ResponseView;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.store.DocumentStoreException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets the answers that were too large for their records from the document store, so that a reader never notices. One that is not
 * to be had makes its result a failure of this reading: the answer was paid for and may still be there, so it is no failure of the
 * batch, and is not to be called again.
 *
 * @param store where they are, or null if this client knows none
 */
public record StoredAnswers(DocumentStore store) {

    private static final Logger LOG = LoggerFactory.getLogger(StoredAnswers.class);

    /** Code of the error of a result whose answer is not to be had. No worker writes it. */
    private static final String UNAVAILABLE = "answer_unavailable";

    /** Whether a result has failed for this reader only. */
    public static boolean isUnavailable(CallResult result) {
        return result.error() != null && UNAVAILABLE.equals(result.error().code());
    }

    CallResult resolve(CallResult result) {
        if (result.responseRef() == null || result.jsonResponse() != null || result.rawResponse() != null) {
            return result;
        }
        if (store == null) {
            return unavailable(
                    result, "this client knows no document store; give it the workers' own (document.store)");
        }
        try (DocumentStore.Fetched stored = store.fetch(result.responseRef())) {
            JsonNode answer = OutputJson.MAPPER.readTree(stored.file().toFile());
            return "documents".equals(result.api())
                    ? result.toBuilder().jsonResponse(answer).build()
                    : withText(result.toBuilder().rawResponse(answer).build());
        } catch (DocumentStoreException | IOException e) {
            LOG.warn("The answer of {} is not to be had: {}", result.key(), e.getMessage());
            return unavailable(result, e.getMessage() + "; see that document.store is that of the workers");
        }
    }

    /** A text that was too large for the record, too, is in the answer. */
    private static CallResult withText(CallResult result) {
        return result.outputText() != null
                ? result
                : result.toBuilder().outputText(ResponseView.of(result).text()).build();
    }

    /** A result whose answer is in its record, and cannot be read there. */
    static CallResult unreadable(CallResult withoutAnswer, String why) {
        return unavailable(withoutAnswer, "The answer in the record cannot be read: " + why, "raw_response");
    }

    /** The reference stays in the result, so that the answer can be had later. A failure keeps its own error. */
    private static CallResult unavailable(CallResult result, String why) {
        return unavailable(
                result,
                "The answer is in the document store as " + result.responseRef() + ", and could not be had: " + why,
                "response_ref");
    }

    private static CallResult unavailable(CallResult result, String message, String field) {
        if (!result.success()) {
            return result;
        }
        CallError error = new CallError(message, "store_unavailable", UNAVAILABLE, field, true, null);
        return result.toBuilder().success(false).error(error).build();
    }
}

package io.github.genaistreams.client.read;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.client.content.OutputJson;
import io.github.genaistreams.client.content.ResponseView;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.store.DocumentStore;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches answers that were too large for their records from the document store, transparently for a reader. If an
 * answer could not be read, its result is a failure for this reader only. The answer was paid for and may still exist,
 * so the batch does not count a failure, and the item is not called again.
 *
 * @param store the store of the answers; null if this client has no document store
 */
public record StoredAnswers(@Nullable DocumentStore store) {

    private static final Logger LOG = LoggerFactory.getLogger(StoredAnswers.class);

    /** Error code of a result whose answer could not be read. No worker writes it. */
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
            return unavailable(result, "this client has no document store; set it as for the workers (document.store)");
        }
        try (DocumentStore.Fetched stored = store.fetch(result.responseRef())) {
            JsonNode answer = OutputJson.MAPPER.readTree(stored.file().toFile());
            return "documents".equals(result.api())
                    ? result.toBuilder().jsonResponse(answer).build()
                    : withText(result.toBuilder().rawResponse(answer).build());
        } catch (IOException | RuntimeException e) {
            LOG.warn("The answer of {} is not available: {}", result.key(), e.getMessage());
            return unavailable(result, e.getMessage() + "; check that document.store is the same as for the workers");
        }
    }

    /** The answer contains a text that was also too large for the record. */
    private static CallResult withText(CallResult result) {
        return result.outputText() != null
                ? result
                : result.toBuilder().outputText(ResponseView.of(result).text()).build();
    }

    /** A result whose answer in the record cannot be read. */
    static CallResult unreadable(CallResult withoutAnswer, String why) {
        return unavailable(withoutAnswer, "The answer in the record cannot be read: " + why, "raw_response");
    }

    /** The reference stays in the result, so that the answer can be read later. A failure keeps its own error. */
    private static CallResult unavailable(CallResult result, String why) {
        return unavailable(
                result,
                "The answer is in the document store as " + result.responseRef() + " and could not be read: " + why,
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

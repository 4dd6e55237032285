package io.github.genaistreams.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.store.DocumentStoreException;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gets the answers that were too large for their records from the document store, so that a reader never notices.
 *
 * @param store where they are, or null if this client knows none: a result then says only where its answer is
 */
record StoredAnswers(DocumentStore store) {

    private static final Logger LOG = LoggerFactory.getLogger(StoredAnswers.class);

    CallResult resolve(CallResult result) {
        if (store == null || result.responseRef() == null || result.jsonResponse() != null) {
            return result;
        }
        try (DocumentStore.Fetched stored = store.fetch(result.responseRef())) {
            JsonNode answer = OutputJson.MAPPER.readTree(stored.file().toFile());
            return "documents".equals(result.api())
                    ? result.toBuilder().jsonResponse(answer).build()
                    : result.toBuilder().rawResponse(answer).build();
        } catch (DocumentStoreException | IOException e) {
            // The reference stays in the result, so nothing is lost by going on.
            LOG.warn("The answer of {} is not to be had: {}", result.key(), e.getMessage());
            return result;
        }
    }
}

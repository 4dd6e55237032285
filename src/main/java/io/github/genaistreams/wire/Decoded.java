package io.github.genaistreams.wire;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ItemKey;
import java.util.Objects;

/**
 * What became of the attempt to read a request.
 *
 * @param <Q> the API's request type
 */
public sealed interface Decoded<Q extends ApiRequest> {

    /** A request with all that every request must have; its parameters may still be ones the API refuses. */
    record Valid<Q extends ApiRequest>(Q request) implements Decoded<Q> {
        public Valid {
            Objects.requireNonNull(request, "request");
        }
    }

    /**
     * A request that cannot be carried out but says whose it is: it becomes that item's failed result.
     *
     * @param key       the item
     * @param batchSize the batch's size if the request gives a possible one, else null
     * @param error     what is wrong and what to do; quotes no prompt
     */
    record Invalid<Q extends ApiRequest>(ItemKey key, Integer batchSize, CallError error) implements Decoded<Q> {
        public Invalid {
            Objects.requireNonNull(key, "key");
            Objects.requireNonNull(error, "error");
        }
    }

    /**
     * A record that names no item, so that no result can be written for it: it goes to the dead letters.
     *
     * @param reason one sentence that quotes no content
     */
    record Unreadable<Q extends ApiRequest>(String reason) implements Decoded<Q> {
        public Unreadable {
            Objects.requireNonNull(reason, "reason");
        }
    }
}

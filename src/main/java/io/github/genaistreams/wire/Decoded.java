package io.github.genaistreams.wire;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ItemKey;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

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
     * A whole batch in one record, in the order of its indexes. What is common to all is read and sound; an item may still
     * be one that the API refuses.
     *
     * @param items     at least one, each with its batch ID, index and batch size; made when they are asked for
     * @param itemField the field that differs from item to item
     * @param part      which part of its batch it is; empty if it is all of it
     * @param slices    makes records of parts of it
     */
    record Whole<Q extends ApiRequest>(List<Q> items, String itemField, Optional<BatchPart> part, Slices slices)
            implements Decoded<Q> {

        /** Makes a record of the items from {@code from} to before {@code to}, counted from the first one here. */
        public interface Slices {
            byte[] bytes(int from, int to);
        }

        /** Whether an error is about one item only, and not about what is common to all. */
        public boolean isOfItem(CallError error) {
            return error.param() != null && error.param().startsWith(itemField);
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
     * @param reason    one sentence that quotes no content
     * @param batchId   the batch that the record says it is of; null if that cannot be told
     * @param batchSize the batch's size as the record says, or null
     */
    record Unreadable<Q extends ApiRequest>(String reason, String batchId, Integer batchSize) implements Decoded<Q> {
        public Unreadable {
            Objects.requireNonNull(reason, "reason");
        }

        /** Of nobody knows which batch. */
        public Unreadable(String reason) {
            this(reason, null, null);
        }
    }
}

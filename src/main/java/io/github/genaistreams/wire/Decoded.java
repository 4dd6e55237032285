package io.github.genaistreams.wire;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ItemKey;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of decoding a request.
 *
 * @param <Q> the API's request type
 */
public sealed interface Decoded<Q extends ApiRequest> {

    /** A request that satisfies the general rules. The API may still refuse its parameters. */
    record Valid<Q extends ApiRequest>(Q request) implements Decoded<Q> {
        public Valid {
            Objects.requireNonNull(request, "request");
        }
    }

    /**
     * A whole batch in one record, in the order of its indexes. The common fields are decoded and valid; the API may
     * still refuse an item.
     *
     * @param items     at least one, each with its batch ID, index and batch size; created on demand
     * @param itemField the field that differs between items
     * @param part      the part of its batch; empty if it is the whole batch
     * @param slices    creates records of parts of it
     */
    record Whole<Q extends ApiRequest>(List<Q> items, String itemField, Optional<BatchPart> part, Slices slices)
            implements Decoded<Q> {

        /**
         * Creates a record of the items {@code from} (inclusive) to {@code to} (exclusive), counted from the first one
         * here.
         */
        public interface Slices {
            byte[] bytes(int from, int to);
        }

        /** Whether an error concerns one item only, and not the common fields. */
        public boolean isOfItem(CallError error) {
            return error.param() != null && error.param().startsWith(itemField);
        }
    }

    /**
     * An invalid request that identifies its item: it becomes the item's failed result.
     *
     * @param key       the item
     * @param batchSize the batch's size, if the request states a possible one
     * @param error     what is wrong and what to do; quotes no prompt
     */
    record Invalid<Q extends ApiRequest>(
            ItemKey key, @Nullable Integer batchSize, CallError error) implements Decoded<Q> {
        public Invalid {
            Objects.requireNonNull(key, "key");
            Objects.requireNonNull(error, "error");
        }
    }

    /**
     * A record that identifies no item, so that no result can be written: it becomes a dead letter.
     *
     * @param reason    one sentence that quotes no content
     * @param batchId   the batch that the record names; null if unknown
     * @param batchSize the batch's size, if the record states it
     */
    record Unreadable<Q extends ApiRequest>(
            String reason,
            @Nullable String batchId,
            @Nullable Integer batchSize) implements Decoded<Q> {
        public Unreadable {
            Objects.requireNonNull(reason, "reason");
        }

        /** A record of an unknown batch. */
        public Unreadable(String reason) {
            this(reason, null, null);
        }
    }
}

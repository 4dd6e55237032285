package io.github.genaistreams.model;

import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One call to make: an item of a batch. Contains what the requests of all APIs have in common; the API's own parameters
 * are in the implementing record.
 */
public sealed interface ApiRequest permits ResponsesRequest, DocumentRequest {

    /** Alias of the default credential, for a request that names none. */
    String DEFAULT_CREDENTIAL = "default";

    int MIN_PRIORITY = 1;
    int MAX_PRIORITY = 100;

    /** Priority of a request that has none. */
    int DEFAULT_PRIORITY = 10;

    /** The batch this item belongs to: null before it is submitted, never blank in a valid request. */
    @Nullable
    String batchId();

    /** The item's index in its batch, from 0. */
    int index();

    /** Number of items in the batch; null while the producer does not know it. */
    @Nullable
    Integer batchSize();

    /** The requested model; null for an API without models. */
    @Nullable
    String model();

    /** Alias of the API key, never the key itself; null for the worker's default. */
    @Nullable
    String credential();

    /** {@link #credential()}, or {@value #DEFAULT_CREDENTIAL}. */
    default String credentialOrDefault() {
        String named = credential();
        return named == null ? DEFAULT_CREDENTIAL : named;
    }

    /** Maximum calls of its batch at once on each partition of the request topic; null for the worker's slots only. */
    @Nullable
    Integer maxConcurrentRequests();

    /** Pages that the API has to process; 0 for an API without documents. */
    int pages();

    /** Tokens that the answer may have at most; 0 if the request sets no bound. */
    int maxOutputTokensOrZero();

    /** Its batch's weight among the batches of a worker, from {@value #MIN_PRIORITY} to {@value #MAX_PRIORITY}. */
    @Nullable
    Integer priority();

    /**
     * How long the API may report that it still works on a job. Only time with answered polls counts: an absent worker,
     * or polls without an answer, do not make a job slow.
     */
    Duration totalWait();

    /**
     * Limit on the whole time from a job's acceptance, with or without polls. After it, the API no longer has the
     * answer, since it keeps answers only for some time.
     */
    Duration maxJobTime();

    /** The parameters that determine {@link #totalWait}, by their names for a producer. */
    String totalWaitNames();

    /** Whether a call is made again if it is unknown whether the API has done its work. */
    default boolean resubmitsOnUnknown() {
        return true;
    }

    /** The time limit of one attempt, and how often and how soon it is repeated. */
    CallPolicy policy();

    /**
     * The batch ID and index, which identify this item everywhere.
     *
     * @throws NullPointerException if it has no batch ID yet
     */
    default ItemKey key() {
        return new ItemKey(Objects.requireNonNull(batchId(), "batch_id"), index());
    }
}

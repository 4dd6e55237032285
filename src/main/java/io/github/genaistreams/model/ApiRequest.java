package io.github.genaistreams.model;

import java.time.Duration;

/**
 * One call to make: an item of a batch. What every API's request has in common; the API's own
 * parameters are on the implementing record.
 */
public sealed interface ApiRequest permits ResponsesRequest, DocumentRequest {

    /** Alias of the credential that a request means by naming none. */
    String DEFAULT_CREDENTIAL = "default";

    /** The batch this item belongs to; never blank in a valid request. */
    String batchId();

    /** The item's place in its batch, from 0. */
    int index();

    /** How many items the batch has, or null while the producer does not know yet. */
    Integer batchSize();

    /** The model that is asked for, or null for an API without models. */
    String model();

    /** Alias of the API key to use, never the key itself; null for the worker's default. */
    String credential();

    /** {@link #credential()}, or {@value #DEFAULT_CREDENTIAL}. */
    default String credentialOrDefault() {
        return credential() == null ? DEFAULT_CREDENTIAL : credential();
    }

    /** Calls of its batch at once on each partition of the request topic; null for no bound but the worker's slots. */
    Integer maxConcurrentRequests();

    /** Pages of a document that the API will be busy with; 0 for an API without documents. */
    int pages();

    /**
     * For how long the API may say, of work that it does in the background, that it is still at it. Only while somebody asks: a
     * worker that is away, or questions that have no answer, do not make a job slow.
     */
    Duration totalWait();

    /**
     * Bound on the whole wait for such work, from its acceptance, whoever asks: then the API surely has no answer any more, since it
     * keeps one only for some time.
     */
    Duration longestWait();

    /** The parameters that {@link #totalWait} comes from, as a producer knows them. */
    String totalWaitNames();

    /** Whether a call is made again when nobody knows whether the API has done its work. */
    default boolean resubmitsOnUnknown() {
        return true;
    }

    /** How long one attempt may take and how often and how soon it is repeated. */
    CallPolicy policy();

    /** The batch and index, which name this item everywhere. */
    default ItemKey key() {
        return new ItemKey(batchId(), index());
    }
}

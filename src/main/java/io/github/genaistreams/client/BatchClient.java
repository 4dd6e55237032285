package io.github.genaistreams.client;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.kafka.OpenResources;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.client.read.IndexRange;
import io.github.genaistreams.client.read.ResultReader;
import io.github.genaistreams.client.read.ResultTopic;
import io.github.genaistreams.client.read.SeenBatch;
import io.github.genaistreams.client.read.StatusFeed;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Submits batches of documents and of requests to the Responses API, and reads their results.
 *
 * <pre>{@code
 * try (var client = new BatchClient(Map.of("bootstrap.servers", "localhost:9092"))) {
 *     var batch = client.submit(BatchClient.newBatchId(), requests);
 *     try (var results = batch.results()) {
 *         results.forEachRemaining(result -> System.out.println(result.outputText()));
 *     }
 * }
 * }</pre>
 *
 * <p>Every method that talks to Kafka throws {@link BatchClientException} if a topic is missing or the cluster does not
 * answer within {@code default.api.timeout.ms} (15 s unless set). An interrupt ends the method with Kafka's
 * {@code InterruptException}.
 *
 * <p>Threads: safe for any number of threads. The first submit creates the producer, which has one background thread.
 * Reading needs no thread. {@link #close()} releases every thread and socket, those of open results included.
 */
public final class BatchClient implements AutoCloseable {

    private final Connection connection;
    private final Submitter submitter;
    private final ControlSender controls;

    /**
     * Does not connect yet.
     *
     * @param kafka  properties of Kafka's clients: {@code bootstrap.servers} and others (TLS, SASL).
     *     {@code max.request.size} limits one request, 13 MiB unless set. For records in Confluent's wire format also
     *     {@code schema.registry.url} and related settings
     * @param topics the names of the topics
     * @param format how requests are written
     */
    public BatchClient(Map<String, Object> kafka, Topics topics, WireFormat format) {
        this(kafka, topics, format, null);
    }

    /**
     * Uses the workers' document store, so that readers can fetch large answers.
     *
     * @param store not closed here; null for none
     */
    public BatchClient(Map<String, Object> kafka, Topics topics, WireFormat format, @Nullable DocumentStore store) {
        this(kafka, topics, format, store, ResultTopic.MAX_BYTES_IN_MEMORY);
    }

    /**
     * @param maxBytesInMemory bytes of early results of one reader that stay in memory; others go to a temporary file
     */
    BatchClient(
            Map<String, Object> kafka,
            Topics topics,
            WireFormat format,
            @Nullable DocumentStore store,
            long maxBytesInMemory) {
        this.connection = new Connection(kafka, topics, store, maxBytesInMemory);
        this.submitter = new Submitter(connection, format, false);
        this.controls = new ControlSender(connection);
    }

    private BatchClient(Connection connection, Submitter submitter, ControlSender controls) {
        this.connection = connection;
        this.submitter = submitter;
        this.controls = controls;
    }

    /** With the topics of the default prefix, and requests in JSON. */
    public BatchClient(Map<String, Object> kafka) {
        this(kafka, Topics.withDefaultPrefix(), WireFormat.JSON);
    }

    /**
     * What {@link #submitMissing} found and did.
     *
     * @param handle           the batch
     * @param alreadySubmitted number of requests that were already submitted; 0 for a new batch
     */
    public record Resumed(BatchHandle handle, int alreadySubmitted) {}

    /**
     * The same client, except that it submits to the topics of urgent requests, which go before all others. Everything
     * is shared: closing either client closes both.
     */
    public BatchClient urgent() {
        return new BatchClient(connection, submitter.urgent(), controls);
    }

    /** A new batch ID: short, safe in a URL, sorted by creation time. */
    public static String newBatchId() {
        return BatchIds.create(Instant.now());
    }

    /** As {@link #submit(String, Iterable, Map)}, without headers. */
    public BatchHandle submit(String batchId, Iterable<ResponsesRequest> requests) {
        return submit(batchId, requests, Map.of());
    }

    /**
     * Submits a batch and returns when the cluster has all of it. Sets the batch ID, index and batch size of the
     * requests. The index is the order, from 0. If {@code requests} is a collection, each request carries the size and
     * the collection is iterated twice. Otherwise only the last request carries the size, and the iterable, of any
     * length, is iterated once and never held in memory.
     *
     * <p>If this fails halfway, the requests that were sent stay. {@link #submitMissing} completes the batch.
     *
     * <p>An ID belongs to one batch. A request under an ID and an index that were used before is a repeat, whatever its
     * text: it gets no answer of its own, and readers give that of the first one.
     *
     * @param batchId  at most 256 characters, not blank; see {@link #newBatchId()}
     * @param requests at least one
     * @param headers  headers that are sent with each request and returned with its result; values are written as UTF-8
     * @throws IllegalArgumentException if the ID is invalid or there are no requests
     * @throws BatchClientException     if a request is larger than {@code max.request.size} (nothing is sent then if
     *     {@code requests} is a collection) or than the topic allows
     */
    public BatchHandle submit(String batchId, Iterable<ResponsesRequest> requests, Map<String, String> headers) {
        return submit(batchId, requests, index -> headers);
    }

    /**
     * As {@link #submit(String, Iterable)}, from a stream of any length. Only the unsent part of the producer's buffer
     * is held in memory; a slow cluster slows the stream down.
     */
    public BatchHandle submit(String batchId, Stream<ResponsesRequest> requests) {
        try (requests) {
            return submit(batchId, requests::iterator);
        }
    }

    /**
     * As {@link #submit(String, Iterable, Map)}, with headers for each request.
     *
     * @param headers the headers of the request at an index; called after the request was read
     */
    public BatchHandle submit(
            String batchId, Iterable<ResponsesRequest> requests, IntFunction<Map<String, String>> headers) {
        return handle(submitter.submit(RequestKind.RESPONSES, batchId, requests, headers));
    }

    /** As {@link #submit(String, Iterable, Map)}, for documents. */
    public BatchHandle submitDocuments(
            String batchId, Iterable<DocumentRequest> requests, IntFunction<Map<String, String>> headers) {
        return handle(submitter.submit(RequestKind.DOCUMENTS, batchId, requests, headers));
    }

    /**
     * Checks whether requests fit into records, as {@link #submit} does before it sends any. Asks Kafka nothing.
     *
     * @throws BatchClientException if a request is larger than {@code max.request.size}
     */
    public void checkSizes(String batchId, List<ResponsesRequest> requests) {
        submitter.checkSizes(RequestKind.RESPONSES, BatchIds.check(batchId), requests);
    }

    /**
     * Submits a part of a batch, and returns when the cluster has all of it: for a caller that remembers its own
     * progress. A part that is submitted twice is called once, within the workers' {@code dedup.retention.ms}.
     *
     * @param first     index of the first of these requests
     * @param batchSize number of requests of the whole batch
     * @param headers   the headers of the request at an index; called after the request was read
     */
    public void submitPart(
            String batchId,
            int first,
            int batchSize,
            Iterable<ResponsesRequest> requests,
            IntFunction<Map<String, String>> headers) {
        submitter.submitPart(RequestKind.RESPONSES, batchId, first, batchSize, requests, headers);
    }

    /** As {@link #submitPart(String, int, int, Iterable, IntFunction)}, for documents. */
    public void submitDocumentsPart(
            String batchId,
            int first,
            int batchSize,
            Iterable<DocumentRequest> requests,
            IntFunction<Map<String, String>> headers) {
        submitter.submitPart(RequestKind.DOCUMENTS, batchId, first, batchSize, requests, headers);
    }

    /** As {@link #submitMissing(String, List, Map)}, without headers. */
    public Resumed submitMissing(String batchId, List<ResponsesRequest> requests) {
        return submitMissing(batchId, requests, Map.of());
    }

    /**
     * Submits the requests of a batch that an earlier run did not submit. Reads the request topics, including the urgent
     * one, from their beginning to their current end. If this runs twice at the same time for one batch, a request may be
     * submitted twice.
     *
     * @param requests the whole batch, the same as in the earlier run
     * @throws BatchClientException if a submitted request differs from the given one at its index, or the number of
     *     requests differs; nothing is sent then
     */
    public Resumed submitMissing(String batchId, List<ResponsesRequest> requests, Map<String, String> headers) {
        return submitMissing(batchId, requests, index -> headers);
    }

    /**
     * As {@link #submitMissing(String, List, Map)}, with headers for each request.
     *
     * @throws BatchClientException also if the custom ID of a submitted request differs from the given one
     */
    public Resumed submitMissing(
            String batchId, List<ResponsesRequest> requests, IntFunction<Map<String, String>> headers) {
        return resumed(submitter.submitMissing(RequestKind.RESPONSES, batchId, requests, headers));
    }

    /** As {@link #submitMissing(String, List, Map)}, for documents. */
    public Resumed submitMissingDocuments(
            String batchId, List<DocumentRequest> requests, IntFunction<Map<String, String>> headers) {
        return resumed(submitter.submitMissing(RequestKind.DOCUMENTS, batchId, requests, headers));
    }

    private Resumed resumed(Submitter.Completed completed) {
        return new Resumed(handle(completed.batch()), completed.alreadySubmitted());
    }

    /** A handle for a batch that was submitted earlier or elsewhere. Does not ask Kafka whether the batch exists. */
    public BatchHandle reattach(String batchId) {
        return handle(SeenBatch.elsewhere(BatchIds.check(batchId)));
    }

    private BatchHandle handle(SeenBatch batch) {
        return new BatchHandle(this, batch);
    }

    /** Closes open readers and releases everything. May be called twice. */
    @Override
    public void close() {
        connection.close();
    }

    /** The result topic, shared by the readers of all handles. */
    ResultTopic results() {
        return connection.results();
    }

    /**
     * Follows several batches with one consumer.
     *
     * @param batches at least one
     */
    public ResultReader results(Collection<BatchHandle> batches) {
        if (batches.isEmpty()) {
            throw new IllegalArgumentException("no batches to follow are given");
        }
        return results().follow(batches.stream().map(BatchHandle::batch).toList());
    }

    /**
     * Publishes a control for a batch, such as a cancellation, and returns when the cluster has it. May be
     * called before the batch is submitted.
     */
    public void control(BatchControl control) {
        controls.send(control);
    }

    /**
     * Ends the hold of a credential on all workers, which resume its calls at once, for example after its quota was
     * raised. It has no effect on a credential that is not on hold. Returns when the cluster has it.
     *
     * @param credential its alias; {@code default} for the default credential
     */
    public void resume(String credential) {
        controls.resume(credential);
    }

    /** The latest status of every batch on the batch topic, by batch ID. */
    public Map<String, BatchStatus> batches() {
        return feed().all();
    }

    /**
     * The outcome of {@link #retryFailed}.
     *
     * @param submitted items that were submitted again
     * @param missing   indexes of failed items whose request is no longer on the request topic
     * @param results   the new results as they complete, one for each submitted item; the caller closes it
     */
    public record Retried(int submitted, List<IndexRange> missing, BatchResults results) {}

    /** As {@link #retryFailed(String, Predicate, BigDecimal, Long)}, with the batch's present bounds. */
    public Retried retryFailed(String batchId, Predicate<CallError> which) {
        return retryFailed(batchId, which, null, null);
    }

    /**
     * Submits the failed items of a batch again, including those of a cancelled batch. The new results replace the
     * failures. If this runs twice at the same time, no call is made twice.
     *
     * @param which          selects the errors to retry
     * @param maxCostUsd     new bound for the total cost of the batch; null keeps the present bound
     * @param maxTotalTokens new bound for the total tokens of the batch; null keeps the present bound
     * @throws BatchClientException also if the batch has reached a bound and no higher one is given
     */
    public Retried retryFailed(
            String batchId,
            Predicate<CallError> which,
            @Nullable BigDecimal maxCostUsd,
            @Nullable Long maxTotalTokens) {
        return new FailureRetry(connection, controls).retry(batchId, which, maxCostUsd, maxTotalTokens);
    }

    /** The feed of statuses for all handles of this client. */
    StatusFeed feed() {
        return connection.statuses().feed();
    }

    /** The resources that are closed together with this client. */
    OpenResources open() {
        return connection.open();
    }

    @Override
    public String toString() {
        return "BatchClient[" + connection.settings().bootstrapServers() + ", "
                + connection.topics().results() + "]";
    }
}

package io.github.genaistreams.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.kafka.Cluster;
import io.github.genaistreams.client.kafka.KafkaSettings;
import io.github.genaistreams.client.kafka.OpenResources;
import io.github.genaistreams.client.kafka.ReaderSchemas;
import io.github.genaistreams.client.kafka.SharedProducer;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.client.read.IndexRange;
import io.github.genaistreams.client.read.Resubmitted;
import io.github.genaistreams.client.read.ResultReader;
import io.github.genaistreams.client.read.ResultTopic;
import io.github.genaistreams.client.read.SeenBatch;
import io.github.genaistreams.client.read.Selection;
import io.github.genaistreams.client.read.StatusFeed;
import io.github.genaistreams.client.read.Statuses;
import io.github.genaistreams.client.read.StoredAnswers;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.BatchPartitioner;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Submits batches of requests to the Responses API's request topic and finds their results again.
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

    private static final Logger log = LoggerFactory.getLogger(BatchClient.class);

    private final KafkaSettings settings;
    private final Cluster cluster;
    private final Topics topics;
    private final WireFormat format;
    private final ReaderSchemas schemas;
    private final Statuses statuses;
    private final ResultTopic results;
    private final OpenResources open;
    private final SharedProducer producer;
    private final boolean urgent;

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
     * With the workers' document store: the reader fetches large answers from there.
     *
     * @param store is not closed here; null for none
     */
    public BatchClient(Map<String, Object> kafka, Topics topics, WireFormat format, @Nullable DocumentStore store) {
        this(kafka, topics, format, store, ResultTopic.MAX_BYTES_IN_MEMORY);
    }

    /**
     * @param maxBytesInMemory bytes of early results of one reading that stay in memory; others go to a temporary file
     */
    BatchClient(
            Map<String, Object> kafka,
            Topics topics,
            WireFormat format,
            @Nullable DocumentStore store,
            long maxBytesInMemory) {
        this.settings = new KafkaSettings(kafka);
        this.cluster = new Cluster(settings);
        this.topics = Objects.requireNonNull(topics, "topics");
        this.format = Objects.requireNonNull(format, "format");
        this.schemas = new ReaderSchemas(kafka, settings.answerTimeout());
        this.statuses = new Statuses(settings, cluster, schemas, topics.batches());
        this.open = new OpenResources();
        this.results = new ResultTopic(settings, cluster, schemas, topics, store, statuses, open, maxBytesInMemory);
        this.producer = new SharedProducer(settings);
        this.urgent = false;
    }

    private BatchClient(BatchClient other, boolean urgent) {
        this.settings = other.settings;
        this.cluster = other.cluster;
        this.topics = other.topics;
        this.format = other.format;
        this.schemas = other.schemas;
        this.statuses = other.statuses;
        this.results = other.results;
        this.open = other.open;
        this.producer = other.producer;
        this.urgent = urgent;
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
        return new BatchClient(this, true);
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
     * @param batchId  at most 256 characters, not blank; see {@link #newBatchId()}
     * @param requests at least one
     * @param headers  are sent with each request and returned with its result; values are written as UTF-8
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
        return submit(RequestKind.RESPONSES, batchId, requests, headers);
    }

    /** As {@link #submit(String, Iterable, Map)}, for documents. */
    public BatchHandle submitDocuments(
            String batchId, Iterable<DocumentRequest> requests, IntFunction<Map<String, String>> headers) {
        return submit(RequestKind.DOCUMENTS, batchId, requests, headers);
    }

    private <Q extends ApiRequest> BatchHandle submit(
            RequestKind<Q> kind, String batchId, Iterable<Q> requests, IntFunction<Map<String, String>> headers) {
        BatchIds.check(batchId);
        Integer size = requests instanceof Collection<?> collection ? collection.size() : null;
        Iterator<Q> each = requests.iterator();
        if (!each.hasNext()) {
            throw new IllegalArgumentException("batch " + batchId + " has no requests");
        }
        var submission = submission(kind, headers);
        if (size != null) {
            int index = 0;
            for (Q request : requests) {
                submission.check(kind.place().in(request, batchId, index++, size));
            }
        }
        Instant start = Instant.now();
        int index = 0;
        while (each.hasNext()) {
            Q request = each.next();
            Integer known = size != null || each.hasNext() ? size : Integer.valueOf(index + 1);
            submission.send(kind.place().in(request, batchId, index, known));
            index++;
        }
        submission.finish();
        logSubmitted(batchId, index, 0, start);
        return handle(batchId, start, index, null);
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
        submitPart(RequestKind.RESPONSES, batchId, first, batchSize, requests, headers);
    }

    /** As {@link #submitPart(String, int, int, Iterable, IntFunction)}, for documents. */
    public void submitDocumentsPart(
            String batchId,
            int first,
            int batchSize,
            Iterable<DocumentRequest> requests,
            IntFunction<Map<String, String>> headers) {
        submitPart(RequestKind.DOCUMENTS, batchId, first, batchSize, requests, headers);
    }

    private <Q extends ApiRequest> void submitPart(
            RequestKind<Q> kind,
            String batchId,
            int first,
            int batchSize,
            Iterable<Q> requests,
            IntFunction<Map<String, String>> headers) {
        BatchIds.check(batchId);
        var submission = submission(kind, headers);
        int index = first;
        for (Q request : requests) {
            submission.send(kind.place().in(request, batchId, index++, batchSize));
        }
        submission.finish();
    }

    /** As {@link #submitMissing(String, List, Map)}, without headers. */
    public Resumed submitMissing(String batchId, List<ResponsesRequest> requests) {
        return submitMissing(batchId, requests, Map.of());
    }

    /**
     * Submits the requests of a batch that an earlier run did not submit. Reads the topics of requests, urgent ones
     * included, from their beginning to their current end. If this runs twice at the same time for one batch, a request may be submitted twice.
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
        return submitMissing(RequestKind.RESPONSES, batchId, requests, headers);
    }

    /** As {@link #submitMissing(String, List, Map)}, for documents. */
    public Resumed submitMissingDocuments(
            String batchId, List<DocumentRequest> requests, IntFunction<Map<String, String>> headers) {
        return submitMissing(RequestKind.DOCUMENTS, batchId, requests, headers);
    }

    private <Q extends ApiRequest> Resumed submitMissing(
            RequestKind<Q> kind, String batchId, List<Q> requests, IntFunction<Map<String, String>> headers) {
        BatchIds.check(batchId);
        if (requests.isEmpty()) {
            throw new IllegalArgumentException("batch " + batchId + " has no requests");
        }
        var submission = submission(kind, headers);
        var earlier = new Resumption<>(kind, batchId, requests, headers);
        for (String topic : requestTopics(kind)) {
            int partitions = cluster.partitions(topic);
            cluster.asking(topic, () -> {
                try (var consumer = settings.consumer()) {
                    RequestScan.scan(
                            kind.reading(schemas),
                            consumer,
                            topic,
                            partitions,
                            batchId,
                            settings.answerTimeout(),
                            earlier::note);
                }
                return null;
            });
        }
        Instant start = Instant.now();
        for (int index = 0; index < requests.size(); index++) {
            if (!earlier.has(index)) {
                submission.check(kind.place().in(requests.get(index), batchId, index, requests.size()));
            }
        }
        for (int index = 0; index < requests.size(); index++) {
            if (!earlier.has(index)) {
                submission.send(kind.place().in(requests.get(index), batchId, index, requests.size()));
            }
        }
        submission.finish();
        logSubmitted(batchId, requests.size() - earlier.count(), earlier.count(), start);
        var since = Instant.ofEpochMilli(earlier.startedMs(start.toEpochMilli()));
        return new Resumed(handle(batchId, since, requests.size(), earlier.submittedAgain()), earlier.count());
    }

    /** A handle for a batch that was submitted earlier or elsewhere. Does not ask Kafka whether the batch exists. */
    public BatchHandle reattach(String batchId) {
        return handle(BatchIds.check(batchId), null, null, null);
    }

    private BatchHandle handle(
            String batchId,
            @Nullable Instant submittedAt,
            @Nullable Integer size,
            @Nullable Map<Integer, Long> submittedAgain) {
        return new BatchHandle(this, new SeenBatch(batchId, submittedAt, size, submittedAgain));
    }

    /** Ends open readings and releases everything. May be called twice. */
    @Override
    public void close() {
        // First, so that a reader that waits for a schema ends.
        schemas.close();
        open.close();
        statuses.close();
        producer.close();
    }

    /** Shared by the readings of all handles. */
    ResultTopic results() {
        open.requireOpen();
        return results;
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
     * Publishes a control for a batch as a whole, such as a cancellation, and returns when the cluster has it. May be
     * called before the batch is submitted.
     */
    public void control(BatchControl control) {
        control(control, new RecordHeaders());
    }

    /**
     * Ends the hold of a credential on all workers, which resume its calls at once, for example after its quota was
     * raised. It has no effect on a credential that is not on hold. Returns when the cluster has it.
     *
     * @param credential its alias; {@code default} for the one without
     */
    public void resume(String credential) {
        var headers = new RecordHeaders().add(WireHeaders.RESUME, credential.getBytes(UTF_8));
        String topic = topics.control();
        sendControl(topic, new ProducerRecord<>(topic, 0, null, (byte[]) null, null, headers));
    }

    private void control(BatchControl control, Headers headers) {
        String topic = topics.control();
        int partition = BatchPartitioner.partition(BatchIds.check(control.batchId()), cluster.partitions(topic));
        sendControl(
                topic,
                new ProducerRecord<>(
                        topic,
                        partition,
                        control.batchId().getBytes(UTF_8),
                        Codecs.BATCH_CONTROL.encode(control, WireFormat.JSON),
                        headers));
    }

    private void sendControl(String topic, ProducerRecord<byte[], byte[]> record) {
        var sent = cluster.asking(topic, this::producer).send(record);
        try {
            sent.get(settings.answerTimeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw cluster.explained(topic, Objects.requireNonNull(e.getCause()));
        } catch (java.util.concurrent.TimeoutException e) {
            throw cluster.explained(topic, new org.apache.kafka.common.errors.TimeoutException(e));
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
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
     * @param which          which errors to retry
     * @param maxCostUsd     total that the batch may cost from now on; null keeps the present bound
     * @param maxTotalTokens total tokens that the batch may use from now on; null keeps the present bound
     * @throws BatchClientException also if the batch has reached a bound and no higher one is given
     */
    public Retried retryFailed(
            String batchId,
            Predicate<CallError> which,
            @Nullable BigDecimal maxCostUsd,
            @Nullable Long maxTotalTokens) {
        if (maxCostUsd != null || maxTotalTokens != null) {
            control(BatchControl.of(batchId).withBudget(maxCostUsd, maxTotalTokens));
        } else if (statuses.ifKnown(batchId)
                .filter(status -> BatchControl.BUDGET_EXCEEDED.equals(status.stopped()))
                .isPresent()) {
            throw new BatchClientException("batch " + batchId
                    + " has reached its limit: give it a higher limit (--max-cost-usd, --max-total-tokens)");
        }
        long from = results.end(batchId);
        Map<String, FailedItems> failed = failedItems(batchId, which);
        int sent = 0;
        List<IndexRange> missing = new ArrayList<>();
        Map<Integer, Long> submitted = new HashMap<>();
        for (var api : failed.entrySet()) {
            sent += submitAgain(api.getKey(), api.getValue());
            missing.addAll(api.getValue().missing());
            submitted.putAll(api.getValue().submitted());
        }
        // Afterwards, so that nobody waits for requests that were not sent.
        Resubmitted.headers(submitted)
                .forEach(header ->
                        control(BatchControl.of(batchId), new RecordHeaders().add(WireHeaders.RESUBMITTED, header)));
        var news = Selection.follow(false).from(from).only(sent, record -> failed.values().stream()
                .anyMatch(items -> items.isResult(record)));
        return new Retried(sent, missing, results.read(reattach(batchId).batch(), news));
    }

    private Map<String, FailedItems> failedItems(String batchId, Predicate<CallError> which) {
        Map<String, FailedItems> failed = new HashMap<>();
        var soFar = Selection.snapshot().withoutAnswers();
        try (BatchResults results = results().read(reattach(batchId).batch(), soFar)) {
            results.forEachRemaining(result -> {
                if (!result.success() && !StoredAnswers.isUnavailable(result) && which.test(result.error())) {
                    failed.computeIfAbsent(result.api(), api -> new FailedItems(batchId))
                            .add(result.index(), results.lastOffset());
                }
            });
            if (results.progress().received() == 0) {
                throw new BatchClientException("no result found for batch " + batchId);
            }
        }
        return failed;
    }

    private int submitAgain(String api, FailedItems items) {
        RequestKind<?> kind = api.equals(Topics.DOCUMENTS) ? RequestKind.DOCUMENTS : RequestKind.RESPONSES;
        for (String topic : requestTopics(kind)) {
            int partitions = cluster.partitions(topic);
            cluster.asking(topic, () -> {
                try (var consumer = settings.consumer()) {
                    items.find(kind.reading(schemas), consumer, topic, partitions, settings);
                }
                return null;
            });
        }
        int sent = 0;
        for (String topic : items.topics()) {
            int partitions = cluster.partitions(topic);
            sent += cluster.asking(topic, () -> {
                try (var consumer = settings.consumer()) {
                    return items.send(consumer, producer(), cluster, topic, partitions, settings);
                }
            });
        }
        return sent;
    }

    /** The topics that may have requests of an API. Workers of an earlier version have no topic for urgent requests. */
    private List<String> requestTopics(RequestKind<?> kind) {
        String urgent = topics.urgent(kind.api());
        return cluster.exists(urgent)
                ? List.of(topics.requests(kind.api()), urgent)
                : List.of(topics.requests(kind.api()));
    }

    /** Reads the statuses for all handles of this client. */
    StatusFeed feed() {
        return statuses.feed();
    }

    /** Closed together with this client. */
    OpenResources open() {
        return open;
    }

    private <Q extends ApiRequest> Submission<Q> submission(
            RequestKind<Q> kind, IntFunction<Map<String, String>> headers) {
        String topic = urgent ? topics.urgent(kind.api()) : topics.requests(kind.api());
        int partitions = cluster.partitions(topic);
        return new Submission<>(
                kind,
                cluster.asking(topic, this::producer),
                cluster,
                topic,
                partitions,
                format,
                settings.maxRequestSize(),
                headers);
    }

    private Producer<byte[], byte[]> producer() {
        open.requireOpen();
        return producer.get();
    }

    private void logSubmitted(String batchId, int sent, int alreadyThere, Instant start) {
        log.atInfo()
                .addKeyValue("batch", batchId)
                .addKeyValue("requests", sent)
                .addKeyValue("already_there", alreadyThere)
                .addKeyValue("millis", Duration.between(start, Instant.now()).toMillis())
                .log("Batch submitted");
    }

    @Override
    public String toString() {
        return "BatchClient[" + settings.bootstrapServers() + ", " + topics.results() + "]";
    }
}

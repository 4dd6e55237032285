package io.github.genaistreams.client;

import io.github.genaistreams.client.read.SeenBatch;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.wire.WireFormat;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Submits batches of either API: whole batches, parts of a batch, or the missing requests of a batch. Thread-safe. */
final class Submitter {

    private static final Logger LOG = LoggerFactory.getLogger(BatchClient.class);

    private final Connection connection;
    private final WireFormat format;
    private final boolean urgent;

    /** @param urgent whether it submits to the topics of urgent requests */
    Submitter(Connection connection, WireFormat format, boolean urgent) {
        this.connection = connection;
        this.format = Objects.requireNonNull(format, "format");
        this.urgent = urgent;
    }

    Submitter urgent() {
        return new Submitter(connection, format, true);
    }

    /** A batch of which a part had been submitted. */
    record Completed(SeenBatch batch, int alreadySubmitted) {}

    /** See {@link BatchClient#submit(String, Iterable, Map)}. */
    <Q extends ApiRequest> SeenBatch submit(
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
        return new SeenBatch(batchId, start, index, null);
    }

    /** See {@link BatchClient#checkSizes}. */
    <Q extends ApiRequest> void checkSizes(RequestKind<Q> kind, String batchId, List<Q> requests) {
        RequestRecord<Q> records = records(kind);
        for (int index = 0; index < requests.size(); index++) {
            records.check(kind.place().in(requests.get(index), batchId, index, requests.size()));
        }
    }

    /** See {@link BatchClient#submitPart}. */
    <Q extends ApiRequest> void submitPart(
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

    /** See {@link BatchClient#submitMissing(String, List, IntFunction)}. */
    <Q extends ApiRequest> Completed submitMissing(
            RequestKind<Q> kind, String batchId, List<Q> requests, IntFunction<Map<String, String>> headers) {
        BatchIds.check(batchId);
        if (requests.isEmpty()) {
            throw new IllegalArgumentException("batch " + batchId + " has no requests");
        }
        var submission = submission(kind, headers);
        var earlier = new Resumption<>(kind, batchId, requests, headers);
        for (String topic : connection.requestTopics(kind)) {
            RequestScan.scan(kind.reading(connection.schemas()), connection, topic, batchId, earlier::note);
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
        return new Completed(new SeenBatch(batchId, since, requests.size(), earlier.submittedAgain()), earlier.count());
    }

    private <Q extends ApiRequest> Submission<Q> submission(
            RequestKind<Q> kind, IntFunction<Map<String, String>> headers) {
        RequestRecord<Q> records = records(kind);
        int partitions = connection.cluster().partitions(records.topic());
        return new Submission<>(
                records, connection.producer(records.topic()), connection.cluster(), partitions, headers);
    }

    private <Q extends ApiRequest> RequestRecord<Q> records(RequestKind<Q> kind) {
        String topic = urgent
                ? connection.topics().urgent(kind.api())
                : connection.topics().requests(kind.api());
        return new RequestRecord<>(kind, topic, format, connection.settings().maxRequestSize());
    }

    private static void logSubmitted(String batchId, int sent, int alreadyThere, Instant start) {
        LOG.atInfo()
                .addKeyValue("batch", batchId)
                .addKeyValue("requests", sent)
                .addKeyValue("already_there", alreadyThere)
                .addKeyValue("millis", Duration.between(start, Instant.now()).toMillis())
                .log("Batch submitted");
    }
}

package io.github.genaistreams.topology;

import io.github.genaistreams.flow.Lane;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.RetryDelay;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.WireException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;

/**
 * Takes requests in, calls the API, and sends each request on: to the results, to the retry topic, or to the dead
 * letters.
 *
 * <p>A request is <em>journaled</em> when it is read, and leaves the journal together with the record that says what
 * became of it. Journal entry, outgoing record and input offset are parts of one Kafka transaction, so after a crash each
 * request is either still in the journal, or answered. A call that was in flight is then made again.
 *
 * <p><b>Threads.</b> Everything here runs on the stream thread that owns the task, except for the callback of a call,
 * which does nothing but put the outcome on a queue. The stream thread takes outcomes from there before each record and in
 * a punctuator that runs while the lane holds anything; both in bounded turns, so that one busy partition does not keep
 * the thread from the others. An outcome carries the generation of the task that made the call: if the task has been
 * given away and taken back meanwhile, it is dropped, since the call was made again.
 */
final class CallProcessor<Q extends ApiRequest> implements Processor<byte[], byte[], Object, Object> {

    /** How often outcomes are looked for while calls are in flight. */
    private static final Duration FAST = StreamsSettings.POLL;

    /** How often due retries are looked for while no call is in flight. */
    private static final Duration SLOW = Duration.ofMillis(50);

    /** Bounds of one turn of taking in outcomes. */
    private static final int TURN_OUTCOMES = 200;

    private static final long TURN_NANOS = 5_000_000;

    private final ApiBinding<Q> api;
    private final Outbox<Q> outbox;
    private final Lanes lanes;
    private final CallEvents events;
    private final RandomGenerator random;
    private final TopicNames topics;

    private final Queue<Completion<Q>> completions = new ConcurrentLinkedQueue<>();
    private int generation;

    private ProcessorContext<Object, Object> context;
    private KeyValueStore<ItemKey, JournalEntry> journal;
    private int partition;
    private TopicPartition requests;
    private Lane lane;
    private Cancellable ticking;
    private Duration tick;

    /** The two topics this processor reads. */
    record TopicNames(String requests, String retries) {}

    CallProcessor(
            ApiBinding<Q> api,
            TopicNames topics,
            Outbox<Q> outbox,
            Lanes lanes,
            CallEvents events,
            RandomGenerator random) {
        this.api = api;
        this.topics = topics;
        this.outbox = outbox;
        this.lanes = lanes;
        this.events = events;
        this.random = random;
    }

    /** Also called when a task is resumed: everything in memory is built anew from the journal. */
    @Override
    public void init(ProcessorContext<Object, Object> context) {
        this.context = context;
        generation++;
        completions.clear();
        partition = context.taskId().partition();
        requests = new TopicPartition(topics.requests(), partition);
        journal = context.getStateStore(Journal.name(api.api()));
        lane = new Lane(api.lane());
        restoreLane();
        lanes.open(requests, lane);
        ticking = null;
        tick = null;
        // Calls start in the first punctuation: the task is not running yet.
        adjustTick();
    }

    private void restoreLane() {
        try (KeyValueIterator<ItemKey, JournalEntry> entries = journal.all()) {
            while (entries.hasNext()) {
                var next = entries.next();
                JournalEntry entry = next.value;
                switch (entry.state()) {
                    case OPEN -> admit(next.key, entry);
                    case RETRYING -> lane.away(next.key);
                }
            }
        }
    }

    private void admit(ItemKey key, JournalEntry entry) {
        if (entry.attempt() == 1) {
            lane.add(key, entry.request().length);
        } else {
            lane.waitUntil(key, entry.request().length, entry.notBefore().toEpochMilli());
        }
    }

    /** The task was given away or is being stopped; Kafka Streams objects must not be touched here. */
    @Override
    public void close() {
        generation++;
        // A task that is revived keeps its punctuators.
        if (ticking != null) {
            ticking.cancel();
        }
        lanes.close(requests, lane);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        takeOutcomes();
        RecordMetadata source = context.recordMetadata().orElseThrow();
        if (source.topic().equals(topics.requests())) {
            onRequest(record, source);
        } else {
            onRetry(record, source);
        }
        adjustTick();
    }

    private void onTick(long now) {
        takeOutcomes();
        startReady();
        adjustTick();
    }

    // ---- intake

    private void onRequest(Record<byte[], byte[]> record, RecordMetadata source) {
        Decoded<Q> decoded = api.decoder().decode(record.value());
        if (decoded instanceof Decoded.Unreadable<Q> unreadable) {
            deadLetter(record, source, unreadable.reason());
        } else if (decoded instanceof Decoded.Invalid<Q> invalid) {
            if (isNew(invalid.key())) {
                answer(
                        outbox.refused(invalid.key(), invalid.batchSize(), null, time(record), now(), invalid.error()),
                        record.headers());
            }
        } else if (decoded instanceof Decoded.Valid<Q> valid
                && isNew(valid.request().key())) {
            onValidRequest(valid.request(), record);
        }
    }

    private boolean isNew(ItemKey key) {
        boolean isNew = !lane.holds(key);
        if (!isNew) {
            events.duplicate(key, partition);
        }
        return isNew;
    }

    private void onValidRequest(Q request, Record<byte[], byte[]> record) {
        Optional<CallError> refusal = outbox.tooLarge(record).or(() -> refusal(request));
        if (refusal.isPresent()) {
            CallResult refused = outbox.refused(
                    request.key(), request.batchSize(), request.model(), time(record), now(), refusal.get());
            answer(refused, outbox.tooLarge(record).isPresent() ? Outbox.noHeaders() : record.headers());
            return;
        }
        events.accepted(request, partition);
        JournalEntry entry = Journal.first(time(record), record.headers(), record.value());
        journal.put(request.key(), entry);
        lane.add(request.key(), entry.request().length);
        startReady(request, entry);
    }

    private Optional<CallError> refusal(Q request) {
        try {
            return api.client().refusal(request);
        } catch (RuntimeException e) {
            return Optional.of(CallError.internal(
                    "The request could not be checked: " + e.getClass().getSimpleName()));
        }
    }

    private void onRetry(Record<byte[], byte[]> record, RecordMetadata source) {
        RetryRecord<Q> retry;
        byte[] request;
        try {
            retry = api.retries().decode(record.value());
            request = outbox.encode(retry.request());
        } catch (WireException | NullPointerException e) {
            onUnreadableRetry(record, source, String.valueOf(e.getMessage()));
            return;
        }
        ItemKey key = retry.request().key();
        // The mark in the journal and the retry record are written together; a record without it is not ours to follow.
        if (!lane.isAway(key)) {
            events.duplicate(key, partition);
            return;
        }
        JournalEntry entry = Journal.again(
                retry.attempt(),
                retry.notBefore(),
                journal.get(key).submittedAt(),
                retry.lastError(),
                record.headers(),
                request);
        journal.put(key, entry);
        lane.waitUntil(key, entry.request().length, retry.notBefore().toEpochMilli());
        startReady();
    }

    /** Nobody else writes to the retry topic, but if its record cannot be read, its item must still have an end. */
    private void onUnreadableRetry(Record<byte[], byte[]> record, RecordMetadata source, String reason) {
        deadLetter(record, source, reason);
        ItemKey key;
        try {
            key = ItemKeys.decode(record.key());
        } catch (WireException | NullPointerException e) {
            return;
        }
        if (lane.isAway(key)) {
            CallError error =
                    CallError.internal("The retry record could not be read (" + reason + "); submit it again");
            finish(
                    key,
                    outbox.refused(key, null, null, journal.get(key).submittedAt(), now(), error),
                    record.headers());
        }
    }

    private void deadLetter(Record<byte[], byte[]> record, RecordMetadata source, String reason) {
        events.deadLetter(source.topic(), partition, source.offset(), reason);
        context.forward(outbox.deadLetter(record, source, reason), GenAiTopology.DEAD_LETTERS);
    }

    // ---- calls

    private void startReady() {
        startReady(null, null);
    }

    /** Starts what may start; {@code fresh} is a request just journaled, which need not be read back. */
    private void startReady(Q fresh, JournalEntry freshEntry) {
        ItemKey key;
        while ((key = lane.startNext(now())) != null) {
            if (fresh != null && key.equals(fresh.key())) {
                start(fresh, freshEntry);
            } else {
                JournalEntry entry = journal.get(key);
                Decoded<Q> decoded = api.decoder().decode(entry.request());
                if (decoded instanceof Decoded.Valid<Q> valid) {
                    start(valid.request(), entry);
                } else {
                    // Only a changed decoder can make this happen: the entry was read before it was journaled.
                    finish(
                            key,
                            outbox.refused(
                                    key,
                                    null,
                                    null,
                                    entry.submittedAt(),
                                    now(),
                                    CallError.internal("The journaled request can no longer be read; submit it again")),
                            Journal.headers(entry));
                }
            }
        }
    }

    private void start(Q request, JournalEntry entry) {
        Attempt<Q> attempt =
                new Attempt<>(generation, request, entry.attempt(), entry.submittedAt(), Journal.headers(entry));
        events.started(request.key(), partition, attempt.number());
        long started = System.nanoTime();
        try {
            api.client()
                    .call(
                            request,
                            attempt.number(),
                            partition,
                            outcome -> completions.add(
                                    new Completion<>(attempt, outcome, Duration.ofNanos(System.nanoTime() - started))));
        } catch (RuntimeException e) {
            completions.add(new Completion<>(
                    attempt,
                    new CallOutcome.Failed(
                            CallError.internal("The call could not be made: "
                                    + e.getClass().getSimpleName()),
                            null,
                            null),
                    Duration.ZERO));
        }
    }

    /** Takes in what has been answered, for one turn, and fills the slots that this frees. */
    private void takeOutcomes() {
        long end = System.nanoTime() + TURN_NANOS;
        Completion<Q> completion;
        for (int taken = 0;
                taken < TURN_OUTCOMES && System.nanoTime() < end && (completion = completions.poll()) != null;
                taken++) {
            if (completion.attempt().generation() == generation) {
                settle(completion);
                startReady();
            }
        }
    }

    private void settle(Completion<Q> completion) {
        Attempt<Q> attempt = completion.attempt();
        boolean again = completion.outcome() instanceof CallOutcome.Retry retry
                && attempt.number() <= attempt.request().policy().maxRetries()
                && retryLater(attempt, retry);
        if (!again) {
            CallResult result = outbox.result(attempt, completion.outcome(), completion.took(), now());
            finish(attempt.request().key(), result, attempt.headers());
        }
    }

    /** Sends the request through the retry topic; false, and nothing done, if no record can take it there. */
    private boolean retryLater(Attempt<Q> attempt, CallOutcome.Retry retry) {
        Q request = attempt.request();
        Duration delay = RetryDelay.after(attempt.number(), request.policy(), retry.serverDelay(), random);
        Instant now = Instant.ofEpochMilli(now());
        RetryRecord<Q> next = new RetryRecord<>(request, attempt.number() + 1, now.plus(delay), retry.error());
        Optional<Record<Object, Object>> record = outbox.retry(next, partition, attempt, now);
        record.ifPresent(retryRecord -> {
            journal.put(request.key(), Journal.away(next.attempt(), next.notBefore(), attempt.submittedAt()));
            lane.away(request.key());
            context.forward(retryRecord, GenAiTopology.retries(api.api()));
            events.retried(request.key(), partition, attempt.number(), delay, retry.error());
        });
        return record.isPresent();
    }

    private void finish(ItemKey key, CallResult result, Headers headers) {
        journal.delete(key);
        lane.finished(key);
        answer(result, headers);
    }

    private void answer(CallResult result, Headers headers) {
        context.forward(outbox.result(result, headers), GenAiTopology.RESULTS);
        events.finished(result, partition);
    }

    // ---- time

    private long now() {
        return context.currentSystemTimeMs();
    }

    private static Instant time(Record<?, ?> record) {
        return Instant.ofEpochMilli(record.timestamp());
    }

    /**
     * Ticks while there is something to wait for, and no faster than it needs: every tick makes Kafka Streams commit.
     * What is away in the retry topic comes back as a record and needs no tick.
     */
    private void adjustTick() {
        Duration wanted = lane.inFlight() > 0 ? FAST : lane.hasBacklog() ? SLOW : null;
        if (wanted != tick) {
            if (ticking != null) {
                ticking.cancel();
            }
            ticking = wanted == null ? null : context.schedule(wanted, PunctuationType.WALL_CLOCK_TIME, this::onTick);
            tick = wanted;
        }
    }
}

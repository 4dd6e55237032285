package io.github.genaistreams.topology;

import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.flow.Pace;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.topology.PresentTime.Incoming;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes requests in ({@link Intake}), calls the API ({@link Calls}), and sends each request on: to the results, to the
 * retry topic, or to the dead letters.
 *
 * <p>A request is <em>open</em> from when it is read ({@link OpenItems} keeps that), until the record is written that says what became
 * of it. What is kept, the outgoing record and the input offset are parts of one Kafka transaction, so after a crash each request is
 * either still open, or answered. A call that was in flight is then made again.
 *
 * <p>Outcomes are taken in before each record, and by a punctuator that runs while the lane holds anything; both in
 * bounded turns, so that one busy partition does not keep the thread from the others.
 */
final class CallProcessor<Q extends ApiRequest> implements Processor<byte[], Incoming, Object, Object> {

    private static final Logger LOG = LoggerFactory.getLogger(CallProcessor.class);

    /** Between two looks at outcomes while calls are in flight; the consumer decides when the thread has time for one. */
    private static final Duration FAST = Duration.ofMillis(1);

    /** How often due retries and polls are looked for while no call is in flight. */
    private static final Duration SLOW = Duration.ofMillis(50);

    /** How often the lane is searched for batches that were stopped. */
    private static final long STOPS_MILLIS = 250;

    /** How often it is looked whether a topic may soon forget what is still open. */
    private static final long SAVING_MILLIS = 10_000;

    /** Bounds one turn of taking in what was read again. */
    private static final int TURN_RECORDS = 50;

    private final ApiBinding<Q> api;
    private final Outbox<Q> outbox;
    private final Lanes lanes;
    private final CallEvents events;
    private final CallTraces traces;
    private final AcceptedJobs accepted;
    private final RandomGenerator random;
    private final Duration dedupRetention;
    private final TopicNames topics;
    private final RequestLog log;
    private final HeapRoom room;

    /** What is being read again, by whether it is of the retry topic. */
    private final Map<Boolean, RequestLog.Reading> readings = new HashMap<>();

    private ProcessorContext<Object, Object> context;
    private TopicPartition requests;
    private Lane<Q> lane;
    private OpenItems<Q> items;
    private Pace pace;
    private Calls<Q> calls;
    private Intake<Q> intake;
    private Cancellable ticking;
    private Cancellable beginning;
    private Duration tick;
    private long stopsDue;
    private long savingDue;

    /** The two topics this processor reads. */
    record TopicNames(String requests, String retries) {}

    CallProcessor(
            ApiBinding<Q> api,
            TopicNames topics,
            Outbox<Q> outbox,
            Lanes lanes,
            CallEvents events,
            CallTraces traces,
            Duration dedupRetention,
            AcceptedJobs accepted,
            RequestLog log,
            HeapRoom room,
            RandomGenerator random) {
        this.api = api;
        this.topics = topics;
        this.outbox = outbox;
        this.lanes = lanes;
        this.events = events;
        this.traces = traces;
        this.dedupRetention = dedupRetention;
        this.accepted = accepted;
        this.log = log;
        this.room = room;
        this.random = random;
    }

    /** Also called when a task is resumed: everything in memory is built anew from the stores. */
    @Override
    public void init(ProcessorContext<Object, Object> context) {
        this.context = context;
        int partition = context.taskId().partition();
        requests = new TopicPartition(topics.requests(), partition);
        lane = new Lane<>(api.lane(), api.limits());
        items = new OpenItems<>(
                api,
                outbox,
                context.getStateStore(Journal.name(api.api())),
                new OpenOffsets(context.getStateStore(OpenOffsets.name(api.api()))),
                log,
                room,
                topics);
        Answered answered = new Answered(context, api.api(), dedupRetention);
        CallTask<Q> task = new CallTask<>(
                api,
                new Results<>(api),
                outbox,
                events,
                traces,
                context,
                items,
                lane,
                new Controls(context),
                answered,
                partition);
        pace = lanes.pace();
        calls = new Calls<>(task, accepted, random, pace::wake);
        intake = new Intake<>(task, calls);
        takeUp();
        lanes.open(requests, lane.figures());
        ticking = null;
        tick = null;
        if (answered.isNew()) {
            // Not here: what is written in init() is in no transaction that anybody would commit.
            beginning = context.schedule(SLOW, PunctuationType.WALL_CLOCK_TIME, now -> {
                answered.begin(now);
                beginning.cancel();
            });
        }
        // Calls start in the first punctuation: the task is not running yet.
        adjustTick();
    }

    /** What the worker before, or this one, has left open. What is not in the journal whole is read again. */
    private void takeUp() {
        OpenItems.Restored restored = items.restore(lane);
        restored.whole().forEach((key, entry) -> {
            Item<Q> item = lane.open(key);
            switch (entry.state()) {
                case OPEN, STARTED -> calls.resume(item, entry, work(entry));
                case RETRYING -> lane.away(item);
            }
        });
        read(false, topics.requests(), restored.unread());
        read(true, topics.retries(), restored.unread());
    }

    private void read(boolean isRetry, String topic, List<Origin> unread) {
        List<Long> offsets = unread.stream()
                .filter(origin -> origin.isRetry() == isRetry)
                .map(Origin::offset)
                .toList();
        if (!offsets.isEmpty()) {
            readings.put(isRetry, log.read(new TopicPartition(topic, requests.partition()), offsets));
        }
    }

    /** One that can no longer be read ends when its turn comes. */
    private Work work(JournalEntry entry) {
        try {
            if (api.decoder().decode(entry.request()) instanceof Decoded.Valid<Q> valid) {
                return Journal.work(valid.request(), entry);
            }
        } catch (RuntimeException e) {
            LOG.error("A journaled request cannot be weighed, and ends when its turn comes", e);
        }
        return new Work(entry.request().length, ApiRequest.DEFAULT_CREDENTIAL, 0, 0);
    }

    /** The task was given away or is being stopped; Kafka Streams objects must not be touched here. */
    @Override
    public void close() {
        // A task that is revived keeps its punctuators.
        if (ticking != null) {
            ticking.cancel();
        }
        if (beginning != null) {
            beginning.cancel();
        }
        calls.letGo();
        readings.values().forEach(RequestLog.Reading::close);
        readings.clear();
        items.close(lane.all());
        lanes.close(requests, lane.figures());
        lane.close();
    }

    @Override
    public void process(Record<byte[], Incoming> incoming) {
        calls.takeOutcomes();
        Record<byte[], byte[]> record = incoming.withValue(incoming.value().value())
                .withTimestamp(incoming.value().sentAt().toEpochMilli());
        RecordMetadata source = context.recordMetadata().orElseThrow();
        if (source.topic().equals(topics.requests())) {
            intake.onRequest(record, incoming.value().timestamp(), source);
        } else {
            intake.onRetry(record, source);
        }
        endTurn();
    }

    private void onTick(long now) {
        calls.beginTurn();
        calls.takeOutcomes();
        takeReread();
        if (now >= stopsDue) {
            stopsDue = now + STOPS_MILLIS;
            calls.endStopped();
        }
        if (now >= savingDue) {
            savingDue = now + SAVING_MILLIS;
            items.saveOld(lane.all(), now);
        }
        calls.startReady();
        calls.startMarked();
        calls.pollDue();
        endTurn();
    }

    private void endTurn() {
        pace.ask(context::commit);
        adjustTick();
    }

    /** Takes in, for one turn, what was read again. */
    private void takeReread() {
        readings.forEach((isRetry, reading) -> {
            RequestLog.Reread next;
            for (int taken = 0; taken < TURN_RECORDS && (next = reading.next()) != null; taken++) {
                intake.onReread(isRetry, next);
            }
        });
        if (!items.hasUnread()) {
            readings.values().forEach(RequestLog.Reading::close);
            readings.clear();
        }
    }

    /**
     * Ticks while there is something to wait for, and no faster than it needs.
     * What is away in the retry topic comes back as a record and needs no tick.
     */
    private void adjustTick() {
        Duration wanted = lane.figures().inFlight() > 0 || items.hasUnread() ? FAST : lane.hasBacklog() ? SLOW : null;
        if (wanted != tick) {
            if (ticking != null) {
                ticking.cancel();
            }
            ticking = wanted == null ? null : context.schedule(wanted, PunctuationType.WALL_CLOCK_TIME, this::onTick);
            tick = wanted;
        }
    }
}

package io.github.genaistreams.topology;

import io.github.genaistreams.flow.Lane;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.topology.PresentTime.Incoming;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes requests in ({@link Intake}), calls the API ({@link Calls}), and sends each request on: to the results, to the
 * retry topic, or to the dead letters.
 *
 * <p>A request is <em>journaled</em> when it is read, and leaves the journal together with the record that says what
 * became of it. Journal entry, outgoing record and input offset are parts of one Kafka transaction, so after a crash each
 * request is either still in the journal, or answered. A call that was in flight is then made again.
 *
 * <p>Outcomes are taken in before each record, and by a punctuator that runs while the lane holds anything; both in
 * bounded turns, so that one busy partition does not keep the thread from the others.
 */
final class CallProcessor<Q extends ApiRequest> implements Processor<byte[], Incoming, Object, Object> {

    private static final Logger LOG = LoggerFactory.getLogger(CallProcessor.class);

    /** How often outcomes are looked for while calls are in flight. */
    private static final Duration FAST = StreamsSettings.POLL;

    /** How often due retries and polls are looked for while no call is in flight. */
    private static final Duration SLOW = Duration.ofMillis(50);

    /** How often the lane is searched for batches that were stopped. */
    private static final long STOPS_MILLIS = 250;

    private final ApiBinding<Q> api;
    private final Outbox<Q> outbox;
    private final Lanes lanes;
    private final CallEvents events;
    private final CallTraces traces;
    private final AcceptedJobs accepted;
    private final RandomGenerator random;
    private final Duration dedupRetention;
    private final TopicNames topics;

    private ProcessorContext<Object, Object> context;
    private TopicPartition requests;
    private Lane lane;
    private Calls<Q> calls;
    private Intake<Q> intake;
    private Cancellable ticking;
    private Cancellable beginning;
    private Duration tick;
    private long stopsDue;

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
            RandomGenerator random) {
        this.api = api;
        this.topics = topics;
        this.outbox = outbox;
        this.lanes = lanes;
        this.events = events;
        this.traces = traces;
        this.dedupRetention = dedupRetention;
        this.accepted = accepted;
        this.random = random;
    }

    /** Also called when a task is resumed: everything in memory is built anew from the journal. */
    @Override
    public void init(ProcessorContext<Object, Object> context) {
        this.context = context;
        int partition = context.taskId().partition();
        requests = new TopicPartition(topics.requests(), partition);
        KeyValueStore<ItemKey, JournalEntry> journal = context.getStateStore(Journal.name(api.api()));
        lane = new Lane(api.lane(), api.limits());
        restoreLane(journal);
        Answered answered = new Answered(context, api.api(), dedupRetention);
        CallTask<Q> task = new CallTask<>(
                api,
                new Results<>(api),
                outbox,
                events,
                traces,
                context,
                journal,
                lane,
                new Controls(context),
                answered,
                partition);
        calls = new Calls<>(task, accepted, random);
        intake = new Intake<>(task, calls);
        lanes.open(requests, lane);
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

    private void restoreLane(KeyValueStore<ItemKey, JournalEntry> journal) {
        try (KeyValueIterator<ItemKey, JournalEntry> entries = journal.all()) {
            while (entries.hasNext()) {
                var next = entries.next();
                JournalEntry entry = next.value;
                if (next.key == null) {
                    continue;
                }
                switch (entry.state()) {
                    case OPEN, STARTED -> admit(next.key, entry);
                    case RETRYING -> lane.away(next.key);
                }
            }
        }
    }

    private void admit(ItemKey key, JournalEntry entry) {
        Lane.Work work = work(entry);
        if (entry.remoteJob() != null) {
            // Its answer may be there already; it is never submitted again.
            lane.remote(key, work, 0);
        } else if (entry.attempt() == 1) {
            lane.add(key, work);
        } else {
            lane.waitUntil(key, work, entry.notBefore().toEpochMilli());
        }
    }

    /** One that can no longer be read ends when its turn comes. */
    private Lane.Work work(JournalEntry entry) {
        try {
            if (api.decoder().decode(entry.request()) instanceof Decoded.Valid<Q> valid) {
                return Journal.work(valid.request(), entry);
            }
        } catch (RuntimeException e) {
            LOG.error("A journaled request cannot be weighed, and ends when its turn comes", e);
        }
        return new Lane.Work(entry.request().length, ApiRequest.DEFAULT_CREDENTIAL, 0, 0);
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
        lanes.close(requests, lane);
        lane.close();
    }

    @Override
    public void process(Record<byte[], Incoming> incoming) {
        calls.takeOutcomes();
        Record<byte[], byte[]> record = incoming.withValue(incoming.value().value())
                .withTimestamp(incoming.value().sentAt().toEpochMilli());
        RecordMetadata source = context.recordMetadata().orElseThrow();
        if (source.topic().equals(topics.requests())) {
            intake.onRequest(record, source);
        } else {
            intake.onRetry(record, source);
        }
        adjustTick();
    }

    private void onTick(long now) {
        calls.beginTurn();
        calls.takeOutcomes();
        if (now >= stopsDue) {
            stopsDue = now + STOPS_MILLIS;
            calls.endStopped();
        }
        calls.startReady();
        calls.startMarked();
        calls.pollDue();
        adjustTick();
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

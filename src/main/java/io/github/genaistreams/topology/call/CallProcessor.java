package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.flow.Pace;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.topology.call.PresentTime.Incoming;
import java.time.Duration;
import java.util.random.RandomGenerator;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests ({@link Intake}), calls the API ({@link Calls}, {@link CallsInFlight}), and forwards each request
 * ({@link Outcomes}) to the results, the retry topic, or the dead letters.
 *
 * <p>A request is <em>open</em> from when it is read ({@link OpenItems} stores that) until the record with its outcome
 * is written. The stored state, the outgoing record and the input offset are parts of one Kafka transaction. So after a
 * crash, each request is either still open or answered. A call that was in flight is made again.
 *
 * <p>Outcomes are handled before each record, and by a punctuator that runs while the lane holds anything. Both work in
 * limited turns, so that one busy partition does not block the thread for the others.
 */
public final class CallProcessor<Q extends ApiRequest> implements Processor<byte[], Incoming, Object, Object> {

    /** Interval for handling outcomes while calls are in flight. The consumer decides when the thread has time. */
    private static final Duration FAST = Duration.ofMillis(1);

    /** Interval for due retries and polls while no call is in flight. */
    private static final Duration SLOW = Duration.ofMillis(50);

    /** Interval for searching the lane for stopped batches. */
    private static final long STOPS_MILLIS = 250;

    /** Interval for checking whether a topic may soon delete open requests. */
    private static final long SAVING_MILLIS = 10_000;

    private static final Cancellable NOT_SCHEDULED = () -> {};

    private final ApiBinding<Q> api;
    private final Outbox<Q> outbox;
    private final Lanes lanes;
    private final CallEvents events;
    private final CallTraces traces;
    private final AcceptedJobs accepted;
    private final RandomGenerator random;
    private final Duration dedupRetention;
    private final InputTopic.Names topics;
    private final RequestLog log;
    private final HeapRoom room;

    private ProcessorContext<Object, Object> context;
    private TopicPartition requests;
    private TopicPartition urgent;
    private Lane<Q> lane;
    private OpenItems<Q> items;
    private Pace pace;
    private CallsInFlight<Q> callsInFlight;
    private RemoteJobs<Q> jobs;
    private StoppedBatches<Q> stops;
    private Calls<Q> calls;
    private Outcomes<Q> outcomes;
    private Waits<Q> waits;
    private Intake<Q> intake;
    private RetryIntake<Q> retryIntake;
    private TakeOver<Q> takeOver;
    private EarlyIntake<Q> earlyIntake;
    private Cancellable ticking = NOT_SCHEDULED;
    private Cancellable beginning = NOT_SCHEDULED;

    /** The interval of {@code ticking}; null while it is not scheduled. */
    private @Nullable Duration tick;

    private long stopsDue;
    private long savingDue;

    public CallProcessor(
            ApiBinding<Q> api,
            InputTopic.Names topics,
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

    /** Also called when a task is resumed: everything in memory is built again from the stores. */
    @Override
    public void init(ProcessorContext<Object, Object> context) {
        this.context = context;
        int partition = context.taskId().partition();
        requests = new TopicPartition(topics.requests(), partition);
        urgent = new TopicPartition(topics.urgent(), partition);
        lane = new Lane<>(api.lane(), api.governors(), lanes::isPaused);
        KeyValueStore<Bytes, byte[]> progress = context.getStateStore(OpenOffsets.name(api.api()));
        items = new OpenItems<>(
                api,
                outbox,
                context.getStateStore(Journal.name(api.api())),
                new OpenOffsets(progress),
                log,
                room,
                topics);
        pace = lanes.pace();
        var results = new Results<>(api);
        var controls = new Controls(context);
        var answered = new AnsweredItems(context, api.api(), dedupRetention);
        var sender = new Sender<>(context, api.api(), outbox, traces, events);
        var endings = new Endings<>(results, outbox, lane, items, answered, sender, events);
        callsInFlight = new CallsInFlight<>(api, partition, lane, traces, events, accepted, pace::wake);
        jobs = new RemoteJobs<>(lane, items, callsInFlight, accepted, endings, sender);
        stops = new StoppedBatches<>(controls, lane, items, callsInFlight, endings);
        calls = new Calls<>(lane, items, callsInFlight, jobs, controls, endings, sender, pace);
        var retries = new Retries<>(lane, items, results, outbox, sender, events, api.client(), random);
        outcomes = new Outcomes<>(callsInFlight, calls, jobs, stops, retries, endings, sender);
        var taken = new TakenOffsets(progress);
        intake = new Intake<>(api, outbox, lane, items, taken, answered, controls, calls, endings, sender, events);
        retryIntake = new RetryIntake<>(api, outbox, lane, items, calls, endings, sender);
        earlyIntake = new EarlyIntake<>(api, log, lane, intake, taken, sender, requests);
        waits = new Waits<>(api, lane, items, sender);
        takeOver = new TakeOver<>(api, outbox, log, lane, items, calls, endings, sender);
        takeOver.begin(topics, partition, taken);
        lanes.open(requests, urgent, lane.figures());
        ticking = NOT_SCHEDULED;
        tick = null;
        if (answered.isNew()) {
            // Not here: writes in init() belong to no transaction that would be committed.
            beginning = context.schedule(SLOW, PunctuationType.WALL_CLOCK_TIME, now -> {
                answered.begin(now);
                beginning.cancel();
            });
        }
        // Calls start in the first punctuation, since the task is not running yet.
        adjustTick();
    }

    /** The task was given away or is being stopped. Kafka Streams objects must not be used here. */
    @Override
    public void close() {
        // A task that is revived keeps its punctuators.
        ticking.cancel();
        beginning.cancel();
        callsInFlight.abandonAll();
        takeOver.close();
        earlyIntake.close();
        items.close(lane.all());
        lanes.close(requests, urgent, lane.figures());
        lane.close();
    }

    @Override
    public void process(Record<byte[], Incoming> incoming) {
        outcomes.take();
        Record<byte[], byte[]> record = incoming.withValue(incoming.value().value())
                .withTimestamp(incoming.value().sentAt().toEpochMilli());
        RecordMetadata source = context.recordMetadata().orElseThrow();
        InputTopic topic = topics.topic(source.topic());
        if (topic == InputTopic.RETRIES) {
            retryIntake.onRetry(record, source);
        } else {
            intake.onRequest(record, incoming.value().timestamp(), topic, source);
        }
        endTurn();
    }

    private void onTick(long now) {
        outcomes.take();
        takeOver.takeReread();
        earlyIntake.turn(now);
        if (now >= stopsDue) {
            stopsDue = now + STOPS_MILLIS;
            stops.endAll();
        }
        if (now >= savingDue) {
            savingDue = now + SAVING_MILLIS;
            items.saveOld(lane.all(), now);
        }
        waits.report(now);
        calls.startReady();
        calls.startMarked();
        jobs.pollDue();
        endTurn();
    }

    private void endTurn() {
        pace.ask(context::commit);
        adjustTick();
    }

    /**
     * Runs while there is something to wait for, and no more often than necessary. An item on the retry topic comes
     * back as a record and needs no punctuator.
     */
    private void adjustTick() {
        Duration wanted =
                lane.figures().inFlight() > 0 || lane.hasUrgent() || takeOver.isUnderWay() || earlyIntake.isUnderWay()
                        ? FAST
                        : lane.hasBacklog() ? SLOW : null;
        if (wanted == null) {
            waits.ended();
        }
        if (wanted != tick) {
            ticking.cancel();
            ticking = wanted == null
                    ? NOT_SCHEDULED
                    : context.schedule(wanted, PunctuationType.WALL_CLOCK_TIME, this::onTick);
            tick = wanted;
        }
    }
}

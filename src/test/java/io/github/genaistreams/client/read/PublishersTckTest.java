package io.github.genaistreams.client.read;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.kafka.Cluster;
import io.github.genaistreams.client.kafka.KafkaSettings;
import io.github.genaistreams.client.kafka.OpenResources;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WriterSchemas;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.reactivestreams.tck.TestEnvironment;
import org.reactivestreams.tck.flow.FlowPublisherVerification;
import org.testng.annotations.Test;

/**
 * The rules of Reactive Streams, checked by their own test kit: one test for each of its checks, of required and of optional
 * rules. One that the kit skips fails.
 */
class PublishersTckTest {

    private static final String BATCH = "b";
    private static final TopicPartition PARTITION = new TopicPartition("t", 0);
    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    @TestFactory
    Stream<DynamicTest> keepsTheRulesWithResults() {
        return checks(Results.class, Results::new);
    }

    @TestFactory
    Stream<DynamicTest> keepsTheRulesWithStatuses() {
        return checks(StatusesOfABatch.class, StatusesOfABatch::new);
    }

    private static Stream<DynamicTest> checks(
            Class<?> kit, Function<OpenResources, FlowPublisherVerification<?>> newKit) {
        return Arrays.stream(kit.getMethods())
                .filter(method -> method.isAnnotationPresent(Test.class))
                // Rules that it names but cannot check.
                .filter(method -> !method.getName().startsWith("untested_"))
                .map(check -> dynamicTest(check.getName(), () -> run(check, newKit)));
    }

    private static void run(Method check, Function<OpenResources, FlowPublisherVerification<?>> newKit)
            throws Throwable {
        try (var open = new OpenResources()) {
            check.invoke(newKit.apply(open));
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** Waits long for what has to come, so that a busy machine fails no check, and briefly for what must not come. */
    private static TestEnvironment environment() {
        return new TestEnvironment(10_000, 100, 100);
    }

    /** A batch of as many results. */
    private static final class Results extends FlowPublisherVerification<CallResult> {

        private final OpenResources open;

        Results(OpenResources open) {
            super(environment(), 500);
            this.open = open;
        }

        @Override
        public long maxElementsFromPublisher() {
            return Integer.MAX_VALUE;
        }

        @Override
        public Flow.Publisher<CallResult> createFlowPublisher(long elements) {
            return Publishers.of(() -> results((int) elements), open);
        }

        @Override
        public Flow.Publisher<CallResult> createFailedFlowPublisher() {
            return Publishers.of(
                    () -> {
                        throw new BatchClientException("Kafka does not answer");
                    },
                    open);
        }

        private BatchResults results(int size) {
            var consumer = new MockConsumer<byte[], byte[]>("earliest");
            consumer.assign(List.of(PARTITION));
            consumer.updateBeginningOffsets(Map.of(PARTITION, 0L));
            giveFrom(0, size, consumer);
            var settings = new KafkaSettings(Map.of("bootstrap.servers", "localhost:1"));
            var cluster = new Cluster(settings);
            var topic = new ResultTopic(
                    settings,
                    cluster,
                    WriterSchemas.NONE,
                    Topics.withDefaultPrefix(),
                    null,
                    new Statuses(settings, cluster, WriterSchemas.NONE, "batches"),
                    open,
                    0);
            var early = new EarlyResults(10_000);
            var cursor = new BatchCursor(
                    new SeenBatch(BATCH, null, size, null),
                    Selection.follow(true),
                    PARTITION,
                    0,
                    Long.MAX_VALUE,
                    topic,
                    new LookAhead(topic, Map.of(PARTITION, 0L), Set.of()),
                    early);
            return new BatchResults(new ResultReader(topic, consumer, early, List.of(cursor), open), cursor);
        }

        /** One result each time the reader polls. */
        private static void giveFrom(int index, int size, MockConsumer<byte[], byte[]> consumer) {
            if (index < size) {
                consumer.schedulePollTask(() -> {
                    consumer.addRecord(result(index));
                    giveFrom(index + 1, size, consumer);
                });
            }
        }

        private static ConsumerRecord<byte[], byte[]> result(int index) {
            CallResult result = CallResult.builder(new ItemKey(BATCH, index), "responses")
                    .success(true)
                    .submittedAt(NOON)
                    .completedAt(NOON)
                    .build();
            return new ConsumerRecord<>(
                    PARTITION.topic(),
                    PARTITION.partition(),
                    index,
                    ItemKeys.encode(result.key()),
                    Codecs.CALL_RESULT.encode(result, WireFormat.JSON));
        }
    }

    /** A batch of as many items, with a status after each of them. */
    private static final class StatusesOfABatch extends FlowPublisherVerification<BatchStatus> {

        private final OpenResources open;

        StatusesOfABatch(OpenResources open) {
            super(environment(), 500);
            this.open = open;
        }

        @Override
        public long maxElementsFromPublisher() {
            return Integer.MAX_VALUE;
        }

        /** The next status comes when the one before it was taken. Otherwise it may replace that one. */
        @Override
        public Flow.Publisher<BatchStatus> createFlowPublisher(long elements) {
            return subscriber -> {
                var consumer = new StatusConsumer((int) elements);
                Flow.Publisher<BatchStatus> statuses = Publishers.of(BATCH, () -> feed(consumer), open);
                statuses.subscribe(subscriber == null ? null : new Taking(subscriber, consumer::giveNext));
            };
        }

        @Override
        public Flow.Publisher<BatchStatus> createFailedFlowPublisher() {
            return Publishers.of(
                    BATCH,
                    () -> {
                        throw new BatchClientException("Kafka does not answer");
                    },
                    open);
        }

        /** No check, since a batch that is over has a status. */
        @Override
        public void optional_spec105_emptyStreamMustTerminateBySignallingOnComplete() {}

        private StatusFeed feed(StatusConsumer consumer) {
            var feed = new StatusFeed(consumer, Codecs.BATCH_STATUS, PARTITION.topic(), 1, Duration.ofSeconds(10));
            open.add(feed);
            return feed;
        }
    }

    /** Says when a status is taken. */
    private record Taking(Flow.Subscriber<? super BatchStatus> subscriber, Runnable taken)
            implements Flow.Subscriber<BatchStatus> {

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscriber.onSubscribe(subscription);
        }

        @Override
        public void onNext(BatchStatus status) {
            taken.run();
            subscriber.onNext(status);
        }

        @Override
        public void onError(Throwable e) {
            subscriber.onError(e);
        }

        @Override
        public void onComplete() {
            subscriber.onComplete();
        }
    }

    /** Gives a status when told to. Until then a poll waits, and holds no lock that would keep others from waking it. */
    private static final class StatusConsumer extends MockConsumer<byte[], byte[]> {

        private final int size;
        private final BlockingQueue<Optional<ConsumerRecord<byte[], byte[]>>> next = new LinkedBlockingQueue<>();
        private int given;

        StatusConsumer(int size) {
            super("earliest");
            this.size = size;
            updateBeginningOffsets(Map.of(PARTITION, 0L));
            updateEndOffsets(Map.of(PARTITION, 0L));
            giveNext();
        }

        void giveNext() {
            if (given < size) {
                next.add(Optional.of(status(++given)));
            }
        }

        @Override
        public ConsumerRecords<byte[], byte[]> poll(Duration wait) {
            try {
                Optional<ConsumerRecord<byte[], byte[]>> record = next.poll(wait.toNanos(), TimeUnit.NANOSECONDS);
                if (record != null) {
                    record.ifPresent(this::addRecord);
                }
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
            return super.poll(Duration.ZERO);
        }

        @Override
        public void wakeup() {
            super.wakeup();
            next.add(Optional.empty());
        }

        private ConsumerRecord<byte[], byte[]> status(int received) {
            boolean isOver = received == size;
            var status = new BatchStatus(
                    BATCH,
                    "responses",
                    isOver ? State.COMPLETED : State.RUNNING,
                    size,
                    received,
                    0,
                    Map.of(),
                    0,
                    0,
                    received,
                    0,
                    Usage.NONE,
                    BigDecimal.ZERO,
                    0,
                    0,
                    0L,
                    0L,
                    0L,
                    null,
                    false,
                    null,
                    null,
                    NOON,
                    NOON,
                    NOON,
                    isOver ? NOON : null);
            return new ConsumerRecord<>(
                    PARTITION.topic(),
                    PARTITION.partition(),
                    received,
                    BATCH.getBytes(UTF_8),
                    Codecs.BATCH_STATUS.encode(status, WireFormat.JSON));
        }
    }
}

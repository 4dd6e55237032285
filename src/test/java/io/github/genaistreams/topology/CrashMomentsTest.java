package io.github.genaistreams.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.flow.Governors;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.topology.call.AcceptedJobs;
import io.github.genaistreams.topology.call.AnsweredItems;
import io.github.genaistreams.topology.call.ApiBinding;
import io.github.genaistreams.topology.call.CallEvents;
import io.github.genaistreams.topology.call.CallProcessor;
import io.github.genaistreams.topology.call.CallTraces;
import io.github.genaistreams.topology.call.HeapRoom;
import io.github.genaistreams.topology.call.InputTopic;
import io.github.genaistreams.topology.call.Journal;
import io.github.genaistreams.topology.call.OpenOffsets;
import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.topology.call.PresentTime;
import io.github.genaistreams.topology.topic.KeptTopics;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import io.opentelemetry.api.OpenTelemetry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/**
 * A worker is killed at any moment of a short batch, and another one goes on with what was committed. Kafka's part is played here, as
 * the transaction of one task: state, sent records and positions are committed together, or none of them is. (That Kafka does so is
 * what {@code CrashTest} shows, with real processes and a real broker.)
 */
class CrashMomentsTest {

    private static final TopicPartition REQUESTS = new TopicPartition("requests", 0);
    private static final TopicPartition RETRIES = new TopicPartition("retries", 0);
    private static final TopicPartition URGENT = new TopicPartition("urgent", 0);
    private static final int ITEMS = 18;

    /** The first item of the second batch: most of the first one is before it in the topic. */
    private static final int SECOND = 12;

    /** Records that were answered before: progress is stored in chunks of 64 offsets. */
    private static final int EARLIER = 58;

    private static final String LAST_RESORT = "fast";
    private static final int RECORD_MAX_BYTES = 1 << 20;

    private final KeptTopics topics = new KeptTopics();
    private final FakeApi<DocumentRequest> api = new FakeApi<>();
    private final Map<ItemKey, Integer> paid = new HashMap<>();
    private final Map<ItemKey, Integer> lastResorts = new HashMap<>();
    private int jobs;
    private final List<CallResult> results = new ArrayList<>();
    private final List<StateStore> stores = new ArrayList<>();
    private long now = 1_000_000;
    private int crashes;
    private Path stateDir;

    /** Positions, which are committed, and how far the worker has read. */
    private final Map<TopicPartition, Integer> committed =
            new HashMap<>(Map.of(REQUESTS, EARLIER, RETRIES, 0, URGENT, 0));

    private final Map<TopicPartition, Integer> read = new HashMap<>(committed);
    private List<KeyValue<ItemKey, JournalEntry>> journal = List.of();
    private List<KeyValue<Bytes, byte[]>> progress = List.of();
    private List<AnsweredEntry> answered = List.of();
    private final List<byte[]> sentToRetry = new ArrayList<>();

    private MockProcessorContext<Object, Object> context;
    private final Lanes lanes = new Lanes();
    private CallProcessor<DocumentRequest> processor;

    /** Steps in which nothing is committed, whoever asks for it: a rebalance is open. */
    private int rebalancing;

    private record AnsweredEntry(Bytes key, byte[] value, long time) {}

    @Property(tries = 200)
    void answersEveryItemOnceWheneverItsWorkerIsKilled(@ForAll Random random) throws IOException {
        // One instance serves all tries.
        var batch = new CrashMomentsTest();
        try {
            batch.run(random);
        } finally {
            batch.close();
        }
    }

    private void run(Random random) throws IOException {
        topics.keeps = random.nextInt(4) > 0;
        for (int offset = 0; offset < EARLIER; offset++) {
            topics.append(REQUESTS, null, null, new RecordHeaders(), now);
        }
        for (int index = 0; index < ITEMS; index++) {
            DocumentRequest request = DocumentRequest.builder()
                    .batchId(batchOf(index))
                    .index(index)
                    .document(("%PDF-1.7 " + index).getBytes(UTF_8))
                    .resubmitOnUnknown(index % 3 != 0)
                    .maxRetries(isRefused(index) ? 1 : 50)
                    .baseRetryDelaySecs(isRefused(index) ? 0 : null)
                    .build();
            byte[] value = Codecs.DOCUMENT_REQUEST.encode(request, WireFormat.JSON);
            topics.append(index % 4 == 2 ? URGENT : REQUESTS, null, value, new RecordHeaders(), now);
        }
        api.lastResort = (request, error) -> isRefused(request.index()) && request.mode() == null
                ? Optional.of(request.toBuilder().mode(LAST_RESORT).build())
                : Optional.empty();
        stateDir = Files.createTempDirectory("crash-moments");
        newWorker();
        int mostCrashes = 1 + random.nextInt(12);
        for (int step = 0; results.size() < ITEMS; step++) {
            assertThat(step).as("steps").isLessThan(20_000);
            rebalancing = rebalancing > 0 ? rebalancing - 1 : Math.max(0, random.nextInt(150) - 138);
            switch (random.nextInt(crashes < mostCrashes ? 12 : 11)) {
                case 0, 1 -> readNextIfThereIsRoom();
                case 2 -> {
                    readNext(RETRIES);
                    readNext(URGENT);
                }
                case 3, 4 -> endOne(random, crashes < mostCrashes);
                case 5 -> commitIf(true);
                case 11 -> crash();
                default -> tick();
            }
        }
        while (read.get(REQUESTS) < topics.size(REQUESTS)) {
            readNext(REQUESTS);
        }
        rebalancing = 0;
        commit();

        assertThat(api.open).isEmpty();
        assertThat(results)
                .extracting(CallResult::index)
                .doesNotHaveDuplicates()
                .hasSize(ITEMS);
        assertThat(journal).isEmpty();
        assertThat(new OpenOffsets(context.getStateStore(OpenOffsets.name("documents"))).restore())
                .isEmpty();
        assertThat(progress)
                .as("what was taken in early, but for the last chunk")
                .hasSizeLessThanOrEqualTo(1);
        for (int index = 0; index < ITEMS; index++) {
            int calls = paid.getOrDefault(new ItemKey(batchOf(index), index), 0);
            assertThat(calls).as("calls that were paid").isLessThanOrEqualTo(1 + crashes);
            if (index % 3 == 0) {
                assertThat(calls)
                        .as("calls of what must not be submitted twice")
                        .isLessThanOrEqualTo(1);
            }
        }
        for (CallResult result : results) {
            if (isRefused(result.index())) {
                assertThat(result.attempts())
                        .as("one more than the retries at most, and no fewer if all fail: %s", result)
                        .isBetween(result.success() ? 1 : 3, 3);
            } else if (!result.success()) {
                assertThat(result.error().code()).isEqualTo("unknown_outcome");
                assertThat(result.index() % 3).isZero();
            }
        }
        lastResorts.values().forEach(calls -> assertThat(calls)
                .as("calls as a last resort, each but one lost in a crash")
                .isLessThanOrEqualTo(1 + crashes));
    }

    private static String batchOf(int index) {
        return index < SECOND ? "first" : "second";
    }

    /** Its calls may be refused so often that only the last resort is left. */
    private static boolean isRefused(int index) {
        return index % 3 == 1;
    }

    private void close() throws IOException {
        stores.forEach(StateStore::close);
        try (var files = Files.walk(stateDir)) {
            files.sorted((left, right) -> right.compareTo(left))
                    .forEach(file -> file.toFile().delete());
        }
    }

    private void crash() {
        crashes++;
        read.putAll(committed);
        api.open.clear();
        newWorker();
    }

    private void newWorker() {
        context = new MockProcessorContext<>(new Properties(), new TaskId(0, 0), stateDir.toFile());
        context.setCurrentSystemTimeMs(now);
        sentToRetry.clear();
        stores.forEach(StateStore::close);
        stores.clear();
        KeyValueStore<ItemKey, JournalEntry> entries = add(Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore(Journal.name("documents")), Journal.keys(), Journal.entries())
                .withLoggingDisabled()
                .build());
        journal.forEach(entry -> entries.put(entry.key, entry.value));
        KeyValueStore<Bytes, byte[]> open = add(Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore(OpenOffsets.name("documents")), Serdes.Bytes(), Serdes.ByteArray())
                .withLoggingDisabled()
                .build());
        progress.forEach(entry -> open.put(entry.key, entry.value));
        WindowStore<Bytes, byte[]> done = add(Stores.windowStoreBuilder(
                        Stores.inMemoryWindowStore(
                                AnsweredItems.name("documents"), Duration.ofDays(2), Duration.ofMillis(1), false),
                        Serdes.Bytes(),
                        Serdes.ByteArray())
                .withLoggingDisabled()
                .build());
        answered.forEach(entry -> done.put(entry.key(), entry.value(), entry.time()));
        add(Stores.keyValueStoreBuilder(
                        Stores.inMemoryKeyValueStore("batch-controls"), Serdes.String(), Serdes.ByteArray())
                .withLoggingDisabled()
                .build());
        var binding = new ApiBinding<>(
                "documents",
                RequestDecoder.documents(),
                Codecs.DOCUMENT_REQUEST,
                Codecs.DOCUMENT_RETRY,
                api,
                new LaneSettings(2, 4, 1 << 20),
                Governors.NONE,
                answer -> Cost.unknown("not asked"),
                false);
        processor = new CallProcessor<>(
                binding,
                new InputTopic.Names("requests", "retries", "urgent"),
                new Outbox<>(binding, WireCodecs.plain(WireFormat.JSON, Codecs.CALL_RESULT), RECORD_MAX_BYTES),
                lanes,
                new CallEvents() {},
                new CallTraces(OpenTelemetry::noop),
                Duration.ofDays(1),
                new AcceptedJobs(),
                topics,
                HeapRoom.ofThisProcess(),
                new SplittableRandom(1));
        processor.init(context);
    }

    private <S extends StateStore> S add(S store) {
        store.init(context.getStateStoreContext(), store);
        context.addStateStore(store);
        stores.add(store);
        return store;
    }

    private void readNext(TopicPartition partition) {
        int offset = read.get(partition);
        if (offset < topics.size(partition)) {
            var record = topics.get(partition, offset);
            read.put(partition, offset + 1);
            context.setRecordMetadata(partition.topic(), 0, offset);
            Instant sentAt = Instant.ofEpochMilli(record.timestamp());
            processor.process(new Record<>(
                    record.key(),
                    new PresentTime.Incoming(record.value(), sentAt, record.timestamp()),
                    now,
                    record.headers()));
        }
        commitIfAsked();
    }

    private void readNextIfThereIsRoom() {
        lanes.readUpTo(REQUESTS, read.get(REQUESTS));
        if (lanes.full(Set.of(REQUESTS)).isEmpty()) {
            readNext(REQUESTS);
        }
    }

    private void tick() {
        now += 100;
        context.setCurrentSystemTimeMs(now);
        for (MockProcessorContext.CapturedPunctuator scheduled : List.copyOf(context.scheduledPunctuators())) {
            if (!scheduled.cancelled()) {
                scheduled.getPunctuator().punctuate(now);
            }
        }
        commitIfAsked();
    }

    /** Kafka Streams commits after each round if it is asked to. */
    private void commitIfAsked() {
        commitIf(context.committed());
    }

    private void commitIf(boolean isTime) {
        if (isTime && rebalancing == 0) {
            commit();
        }
    }

    private void commit() {
        context.resetCommit();
        for (var forwarded : context.forwarded()) {
            Record<?, ?> record = forwarded.record();
            if (record.value() instanceof Outbox.RoutedRetry retry) {
                topics.append(RETRIES, ItemKeys.encode((ItemKey) record.key()), retry.value(), record.headers(), now);
            } else {
                results.add(Codecs.CALL_RESULT.decode((byte[]) record.value()));
            }
        }
        context.resetForwards();
        journal = all(context.getStateStore(Journal.name("documents")));
        progress = all(context.getStateStore(OpenOffsets.name("documents")));
        WindowStore<Bytes, byte[]> done = context.getStateStore(AnsweredItems.name("documents"));
        List<AnsweredEntry> times = new ArrayList<>();
        try (var all = done.all()) {
            all.forEachRemaining(entry -> times.add(new AnsweredEntry(
                    entry.key.key(), entry.value, entry.key.window().start())));
        }
        answered = times;
        committed.putAll(read);
        lanes.pace().committed(0);
    }

    private static <K, V> List<KeyValue<K, V>> all(KeyValueStore<K, V> store) {
        List<KeyValue<K, V>> entries = new ArrayList<>();
        try (var all = store.all()) {
            all.forEachRemaining(entries::add);
        }
        return entries;
    }

    private void endOne(Random random, boolean withTrouble) {
        if (api.open.isEmpty()) {
            return;
        }
        FakeApi<DocumentRequest>.Held one = api.open.get(random.nextInt(api.open.size()));
        boolean isPoll = one.job().isPresent();
        ItemKey key = one.request().key();
        if (LAST_RESORT.equals(one.request().mode())) {
            lastResorts.merge(key, 1, Integer::sum);
        }
        boolean isOftenRefused = !isPoll && isRefused(key.index());
        int kind = !withTrouble ? 0 : isOftenRefused && random.nextBoolean() ? 1 : random.nextInt(5);
        if (kind != 1 && !isPoll) {
            paid.merge(key, 1, Integer::sum);
        }
        if (kind == 1 && !isPoll) {
            one.accept(new CallOutcome.Retry(
                    new CallError("busy", "rate_limit_error", null, null, true, 429), Duration.ZERO, null));
        } else if (kind == 2) {
            String name = isPoll ? "same" : "job_" + jobs++;
            one.accept(new CallOutcome.Accepted(
                    new RemoteJob(name, Instant.ofEpochMilli(1_000_000), Duration.ZERO, null)));
        } else {
            one.accept(new CallOutcome.Succeeded(new Answer(
                    JsonNodeFactory.instance.objectNode(), "text", null, "m", "req", Answer.COMPLETED, null)));
        }
    }
}

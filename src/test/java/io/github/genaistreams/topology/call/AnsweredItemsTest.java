package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireHeaders;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.Random;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.state.WindowStore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnsweredItemsTest {

    private static final Duration RETENTION = Duration.ofHours(2);
    private static final long START = 1_790_000_012_345L;
    private static final long MINUTE = 60_000;
    private static final Headers PLAIN = new RecordHeaders();

    @TempDir
    Path stateDir;

    private MockProcessorContext<Object, Object> context;
    private WindowStore<Bytes, byte[]> store;
    private long reads;
    private long now = START;
    private AnsweredItems answered;

    @BeforeEach
    void start() {
        context = new MockProcessorContext<>(new Properties(), new TaskId(0, 3), stateDir.toFile());
        store = AnsweredItems.store("responses", RETENTION)
                .withCachingDisabled()
                .withLoggingDisabled()
                .build();
        store.init(context.getStateStoreContext(), store);
        context.addStateStore((WindowStore<?, ?>) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {WindowStore.class}, (proxy, method, arguments) -> {
                    reads += method.getName().equals("fetch") ? 1 : 0;
                    try {
                        return method.invoke(store, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                }));
        restart();
    }

    @AfterEach
    void close() {
        store.close();
    }

    /** As when a task is resumed, or has come from elsewhere. */
    private void restart() {
        context.setCurrentSystemTimeMs(now);
        answered = new AnsweredItems(context, "responses", RETENTION);
    }

    @Test
    void knowsAnItemForItsWholeRetentionAndHardlyLonger() {
        answered.add(item(5), PLAIN, now);
        assertThat(repeat(5)).isTrue();
        assertThat(repeat(4)).isFalse();

        now = START + RETENTION.toMillis();
        assertThat(repeat(5)).isTrue();
        restart();
        assertThat(repeat(5)).as("read from the store").isTrue();
        now += MINUTE;
        assertThat(repeat(5)).isFalse();
        restart();
        assertThat(repeat(5)).as("read from the store").isFalse();
    }

    /** At whatever times and places, with clocks that differ from worker to worker, each of which may start anew. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void agreesWithAModelOfSingleEntries(long seed) {
        Random random = new Random(seed);
        Map<ItemKey, Long> model = new HashMap<>();
        long latest = now;
        for (int i = 0; i < 5_000; i++) {
            switch (random.nextInt(200)) {
                case 0 -> restart();
                case 1 -> now = latest - random.nextInt(8 * (int) MINUTE);
                case 2 -> now += random.nextInt(40 * (int) MINUTE);
                default -> now += random.nextInt(500);
            }
            latest = Math.max(latest, now);
            ItemKey item = new ItemKey("b" + random.nextInt(3), random.nextInt(2) * 5_000 + random.nextInt(1_500));
            Long at = model.get(item);
            boolean isRepeat = answered.isRepeat(item, PLAIN, now);
            if (at == null || at < now - RETENTION.toMillis() - MINUTE) {
                assertThat(isRepeat).as("%s at %d", item, now).isFalse();
            } else if (at >= now - RETENTION.toMillis()) {
                assertThat(isRepeat)
                        .as("%s at %d, answered at %d", item, now, at)
                        .isTrue();
            }
            if (random.nextInt(3) == 0) {
                answered.add(item, PLAIN, now);
                model.merge(item, now, Math::max);
            }
        }
    }

    @Test
    void letsEachRetryPassOnceWhateverItsName() {
        String[] names = {"r1", "r2", "", "x".repeat(1_000), "x".repeat(70_000), "x".repeat(70_001)};
        answered.add(item(0), PLAIN, now);
        for (String name : names) {
            assertThat(repeat(0, name)).as(name).isFalse();
            answered.add(item(0), retry(name), ++now);
            assertThat(repeat(0, name)).as(name).isTrue();
            assertThat(repeat(1, name)).as(name).isFalse();
        }
        restart();
        assertThat(names).allMatch(name -> repeat(0, name));
        assertThat(repeat(0, "r3")).isFalse();
    }

    @Test
    void knowsAnItemThatWasAnsweredAsARetryAlone() {
        answered.add(item(7), retry("r1"), now);
        restart();

        assertThat(repeat(7)).isTrue();
    }

    @Test
    void honoursEntriesOfEarlierVersionsAsLongAsThereAreSome() {
        store.put(Bytes.wrap(ItemKeys.encode(item(1))), new byte[0], now);
        store.put(Bytes.wrap(ItemKeys.encode(item(2))), "r1".getBytes(UTF_8), now);
        restart();

        assertThat(repeat(1)).isTrue();
        assertThat(repeat(1, "r1")).isFalse();
        assertThat(repeat(2)).isTrue();
        assertThat(repeat(2, "r1")).isTrue();
        assertThat(repeat(2, "r2")).isFalse();
        assertThat(repeat(3)).isFalse();
        now += RETENTION.toMillis();
        assertThat(repeat(1)).isTrue();
        now += 2 * MINUTE;
        assertThat(repeat(1)).isFalse();
    }

    @Test
    void readsTheStoreOnceForAThousandItemsAndStoresThemAsOneEntry() {
        reads = 0;
        for (int i = 0; i < AnsweredChunk.SIZE; i++) {
            assertThat(repeat(i)).isFalse();
            answered.add(item(i), PLAIN, now);
        }

        assertThat(reads).as("the chunk, and its first minute").isEqualTo(2);
        int bytes = 0;
        int entries = 0;
        try (var all = store.all()) {
            while (all.hasNext()) {
                entries++;
                bytes += all.next().value.length;
            }
        }
        assertThat(entries).isEqualTo(1);
        assertThat(bytes).isEqualTo(AnsweredChunk.SIZE / Byte.SIZE);
    }

    /** A transaction that is aborted takes with it what the store has; the task begins anew. */
    @Test
    void knowsNothingThatTheStoreDoesNotKnow() {
        answered.add(item(1), PLAIN, now);
        try (var all = store.all()) {
            var entry = all.next();
            store.put(entry.key.key(), null, entry.key.window().start());
        }
        restart();

        assertThat(repeat(1)).isFalse();
    }

    @Test
    void holdsABoundedPartOfManyBatchesAndOfFarIndexesInMemoryAndKnowsThemAll() {
        var chunks = new AnsweredChunks();
        Random random = new Random(1);
        for (int i = 0; i < 20_000; i++) {
            var place = new AnsweredChunks.Place("batch-" + random.nextInt(10_000), random.nextInt());
            AnsweredChunk chunk = chunks.at(place, () -> new AnsweredChunk(Bytes.wrap(new byte[1])));
            int weight = chunk.weight();
            chunk.load(1, null);
            chunk.add(random.nextInt(AnsweredChunk.SIZE));
            chunks.weigh(weight, chunk.weight());
            assertThat(chunks.weight()).isBetween(1, AnsweredChunks.MAX_ITEMS);
        }

        for (int i = 0; i < 3_000; i++) {
            answered.add(new ItemKey("batch-" + i, Integer.MAX_VALUE - i), PLAIN, now);
        }
        for (int i = 0; i < 3_000; i++) {
            assertThat(answered.isRepeat(new ItemKey("batch-" + i, Integer.MAX_VALUE - i), PLAIN, now))
                    .isTrue();
            assertThat(answered.isRepeat(new ItemKey("batch-" + i, Integer.MAX_VALUE - i - 1), PLAIN, now))
                    .isFalse();
        }
    }

    private boolean repeat(int index) {
        return answered.isRepeat(item(index), PLAIN, now);
    }

    private boolean repeat(int index, String name) {
        return answered.isRepeat(item(index), retry(name), now);
    }

    private static ItemKey item(int index) {
        return new ItemKey("b", index);
    }

    private static Headers retry(String name) {
        return new RecordHeaders().add(WireHeaders.RETRY, name.getBytes(UTF_8));
    }
}

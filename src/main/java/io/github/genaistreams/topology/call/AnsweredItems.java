package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Sha256;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireHeaders;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;
import org.apache.kafka.streams.state.WindowStoreIterator;

/**
 * The recently answered items of a partition, so that a repeat of a request is not called and paid for again. A request
 * with a retry header passes once. The window store drops old entries by itself.
 *
 * <p>The store has a bitmap for each minute and chunk of indexes of a batch ({@link AnsweredChunk}), and a named entry
 * for each answered explicit retry. Its cache makes a commit write each changed entry once. Part of one incarnation of
 * a task, on its stream thread.
 */
public final class AnsweredItems {

    /**
     * How far our clock may be behind that of the partition's previous worker, less one minute, since the store drops
     * whole minutes.
     */
    private static final Duration CLOCK_SLACK = Duration.ofMinutes(10);

    private static final long MINUTE = Duration.ofMinutes(1).toMillis();

    /** Bytes of a retry's name that are kept unchanged. */
    private static final int MAX_RETRY_LENGTH = 1_000;

    private static final byte[] NO_RETRY = {};
    private static final Bytes NO_ITEM = Bytes.wrap(new byte[] {0});

    /** Prefixes of the keys of chunks and of retries. */
    private static final byte CHUNK = 1;

    private static final byte RETRY = 2;

    /** Earlier versions had an entry for each item, with the JSON key of its result. */
    private static final Bytes FIRST_OLDER = Bytes.wrap(new byte[] {'{'});

    private static final Bytes PAST_OLDER = Bytes.wrap(new byte[] {'{' + 1});

    private final WindowStore<Bytes, byte[]> store;
    private final long retention;
    private final AnsweredChunks chunks = new AnsweredChunks();

    /** Until this time, there may be entries of earlier versions. */
    private final long olderUntil;

    /** The store of a task, with this retention. */
    AnsweredItems(ProcessorContext<?, ?> context, String api, Duration retention) {
        this.store = context.getStateStore(name(api));
        this.retention = retention.toMillis();
        long now = context.currentSystemTimeMs();
        this.olderUntil = hasOlder(now) ? now + this.retention + CLOCK_SLACK.toMillis() : 0;
    }

    public static String name(String api) {
        return api + "-answered";
    }

    public static StoreBuilder<WindowStore<Bytes, byte[]>> store(String api, Duration retention) {
        // Other values would change the bounds of the segments on disk, and the entries in them would not be found.
        return Stores.windowStoreBuilder(
                        Stores.persistentWindowStore(
                                name(api), retention.plus(CLOCK_SLACK), Duration.ofMillis(1), false),
                        Serdes.Bytes(),
                        Serdes.ByteArray())
                .withCachingEnabled();
    }

    private boolean hasOlder(long now) {
        try (KeyValueIterator<Windowed<Bytes>, byte[]> older =
                store.fetch(FIRST_OLDER, PAST_OLDER, earliest(now), latest(now))) {
            return older.hasNext();
        }
    }

    /** Whether the store is empty. */
    boolean isNew() {
        try (KeyValueIterator<Windowed<Bytes>, byte[]> all = store.all()) {
            return !all.hasNext();
        }
    }

    /**
     * Adds an entry that is not an item. A window store keeps its offset in its segments. If it has no segment, Kafka
     * Streams 4.3 finds no offset at the next start, reports the task's state as corrupted, and restores it from the
     * beginning.
     */
    void begin(long now) {
        store.put(NO_ITEM, NO_RETRY, now);
    }

    /** Whether this item was answered, and these headers do not request a new call. */
    boolean isRepeat(ItemKey key, Headers headers, long now) {
        byte[] retry = retry(headers);
        boolean isKnown = retry.length == 0
                ? chunk(key, now).isAnswered(place(key), minute(earliest(now)), minute(latest(now)))
                : has(retry, key(RETRY, key.batchId(), key.index()), now);
        return isKnown || now < olderUntil && has(retry, Bytes.wrap(ItemKeys.encode(key)), now);
    }

    /** Whether an entry with this key has this name; true for any entry if there is no name to look for. */
    private boolean has(byte[] retry, Bytes key, long now) {
        try (WindowStoreIterator<byte[]> times = store.fetch(key, earliest(now), latest(now))) {
            while (times.hasNext()) {
                byte[] answeredRetry = times.next().value;
                if (retry.length == 0 || Arrays.equals(retry, answeredRetry)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The item has its result. */
    void add(ItemKey key, Headers headers, long now) {
        byte[] retry = retry(headers);
        if (retry.length > 0) {
            store.put(key(RETRY, key.batchId(), key.index()), retry, now);
        }
        AnsweredChunk chunk = chunk(key, now);
        int minute = minute(now);
        int weight = chunk.weight();
        if (!chunk.isAt(minute)) {
            // There may be a newer minute, since the clocks of workers differ.
            chunk.load(minute, store.fetch(chunk.key(), minute * MINUTE));
        }
        if (chunk.add(place(key))) {
            store.put(chunk.key(), chunk.bitmap(), minute * MINUTE);
        }
        chunks.weigh(weight, chunk.weight());
    }

    private AnsweredChunk chunk(ItemKey key, long now) {
        int number = key.index() / AnsweredChunk.SIZE;
        return chunks.at(new AnsweredChunks.Place(key.batchId(), number), () -> {
            AnsweredChunk chunk = new AnsweredChunk(key(CHUNK, key.batchId(), number));
            // The complete range of the store, so that an entry is still found after the clock was corrected.
            long oldest = earliest(now) - CLOCK_SLACK.toMillis();
            try (WindowStoreIterator<byte[]> minutes = store.fetch(chunk.key(), oldest, Long.MAX_VALUE)) {
                while (minutes.hasNext()) {
                    KeyValue<Long, byte[]> next = minutes.next();
                    chunk.load(minute(next.key), next.value);
                }
            }
            return chunk;
        });
    }

    private static int place(ItemKey key) {
        return key.index() % AnsweredChunk.SIZE;
    }

    private static int minute(long time) {
        return (int) (time / MINUTE);
    }

    /** The start of the oldest minute whose answers still count. */
    private long earliest(long now) {
        return minute(now - retention) * MINUTE;
    }

    private static long latest(long now) {
        return now + CLOCK_SLACK.toMillis();
    }

    private static byte[] retry(Headers headers) {
        Header header = headers.lastHeader(WireHeaders.RETRY);
        if (header == null) {
            return NO_RETRY;
        }
        byte[] name = header.value();
        if (name == null || name.length == 0) {
            return "retry".getBytes(UTF_8);
        }
        // A producer may choose a name that is as long as a record.
        return name.length <= MAX_RETRY_LENGTH ? name : Sha256.of(name);
    }

    private static Bytes key(byte kind, String batchId, int number) {
        byte[] key = BatchIndexKey.of(batchId, number);
        return Bytes.wrap(ByteBuffer.allocate(1 + key.length).put(kind).put(key).array());
    }
}

package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireHeaders;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
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
 * The items of a partition that were answered lately, so that a repeat of a request is not called, and paid, again. A request that
 * says in a header that it is a retry passes once. A window store forgets by itself what is older than it keeps.
 *
 * <p>The store has a bitmap for each minute and chunk of indexes of a batch ({@link AnsweredChunk}), and an entry for each explicit
 * retry that was answered, with its name. Its cache writes what was touched once in a commit. Part of one incarnation of a task, on
 * its stream thread.
 */
public final class Answered {

    /**
     * How far our clock may be behind that of the worker that had the partition before; a minute less, since the store forgets whole
     * minutes.
     */
    private static final Duration CLOCK_SLACK = Duration.ofMinutes(10);

    private static final long MINUTE = Duration.ofMinutes(1).toMillis();

    /** Bytes of a retry's name that are kept as they are. */
    private static final int MAX_RETRY_LENGTH = 1_000;

    private static final byte[] NO_RETRY = {};
    private static final Bytes NO_ITEM = Bytes.wrap(new byte[] {0});

    /** What the keys of chunks and of retries begin with. */
    private static final byte CHUNK = 1;

    private static final byte RETRY = 2;

    /** Earlier versions had an entry for each item, whose key is that of its result: JSON. */
    private static final Bytes FIRST_OLDER = Bytes.wrap(new byte[] {'{'});

    private static final Bytes PAST_OLDER = Bytes.wrap(new byte[] {'{' + 1});

    private final WindowStore<Bytes, byte[]> store;
    private final long retention;
    private final AnsweredChunks chunks = new AnsweredChunks();

    /** Until then there may be entries of earlier versions. */
    private final long olderUntil;

    /** As a task sees it; {@code retention} is that of the store. */
    Answered(ProcessorContext<?, ?> context, String api, Duration retention) {
        this.store = context.getStateStore(name(api));
        this.retention = retention.toMillis();
        long now = context.currentSystemTimeMs();
        this.olderUntil = hasOlder(now) ? now + this.retention + CLOCK_SLACK.toMillis() : 0;
    }

    public static String name(String api) {
        return api + "-answered";
    }

    public static StoreBuilder<WindowStore<Bytes, byte[]>> store(String api, Duration retention) {
        // Other figures would give segments on disk other bounds, and what is in them would not be found.
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

    /** Whether nothing was ever put here. */
    boolean isNew() {
        try (KeyValueIterator<Windowed<Bytes>, byte[]> all = store.all()) {
            return !all.hasNext();
        }
    }

    /**
     * Puts something in that is no item. A window store keeps its offset in its segments; for one without any, Kafka Streams 4.3 finds
     * none at the next start, and so takes all state of the task for corrupted, says so, and restores it from the beginning.
     */
    void begin(long now) {
        store.put(NO_ITEM, NO_RETRY, now);
    }

    /** Whether this item was answered, and these headers do not say that it is to be called all the same. */
    boolean isRepeat(ItemKey key, Headers headers, long now) {
        byte[] retry = retry(headers);
        boolean isKnown = retry.length == 0
                ? chunk(key, now).isAnswered(place(key), minute(earliest(now)), minute(latest(now)))
                : has(retry, key(RETRY, key.batchId(), key.index()), now);
        return isKnown || now < olderUntil && has(retry, Bytes.wrap(ItemKeys.encode(key)), now);
    }

    /** Whether one of the entries with this key has this name, which any of them has if there is none to look for. */
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
            // There may be one: clocks of workers differ.
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
            // All that the store keeps: it stays at hand when the clock is put right.
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

    /** The beginning of the minute in which an item was answered that is still known. */
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
        return name.length <= MAX_RETRY_LENGTH ? name : hash(name);
    }

    /** Of a name that somebody made as long as a record may be. */
    private static byte[] hash(byte[] name) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Bytes key(byte kind, String batchId, int number) {
        byte[] key = BatchIndexKey.of(batchId, number);
        return Bytes.wrap(ByteBuffer.allocate(1 + key.length).put(kind).put(key).array());
    }
}

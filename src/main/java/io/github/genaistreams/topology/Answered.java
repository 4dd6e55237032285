package io.github.genaistreams.topology;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireHeaders;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Arrays;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
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
 */
final class Answered {

    /** How far our clock may be behind that of the worker that had the partition before. */
    private static final Duration CLOCK_SLACK = Duration.ofMinutes(10);

    /** Bytes of a retry's name that are kept as they are. */
    private static final int LONGEST_RETRY = 1_000;

    private static final byte[] NO_RETRY = {};
    private static final Bytes NO_ITEM = Bytes.wrap(new byte[] {0});

    private final WindowStore<Bytes, byte[]> store;
    private final Duration retention;

    /** As a task sees it; {@code retention} is that of the store. */
    Answered(ProcessorContext<?, ?> context, String api, Duration retention) {
        this.store = context.getStateStore(name(api));
        this.retention = retention;
    }

    static String name(String api) {
        return api + "-answered";
    }

    static StoreBuilder<WindowStore<Bytes, byte[]>> store(String api, Duration retention) {
        return Stores.windowStoreBuilder(
                        Stores.persistentWindowStore(
                                name(api), retention.plus(CLOCK_SLACK), Duration.ofMillis(1), false),
                        Serdes.Bytes(),
                        Serdes.ByteArray())
                .withCachingDisabled();
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
        boolean answered = false;
        try (WindowStoreIterator<byte[]> times =
                store.fetch(key(key), now - retention.toMillis(), now + CLOCK_SLACK.toMillis())) {
            while (times.hasNext()) {
                byte[] answeredRetry = times.next().value;
                answered |= retry.length == 0 || Arrays.equals(retry, answeredRetry);
            }
        }
        return answered;
    }

    /** The item has its result. */
    void add(ItemKey key, Headers headers, long now) {
        store.put(key(key), retry(headers), now);
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
        return name.length <= LONGEST_RETRY ? name : hash(name);
    }

    /** Of a name that somebody made as long as a record may be. */
    private static byte[] hash(byte[] name) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(name);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Bytes key(ItemKey key) {
        return Bytes.wrap(ItemKeys.encode(key));
    }
}

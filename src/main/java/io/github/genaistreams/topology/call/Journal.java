package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.JournalCodec;
import io.github.genaistreams.wire.JournalEntry;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The journal as a state store, with its entries for the processor. */
public final class Journal {

    private static final Logger LOG = LoggerFactory.getLogger(Journal.class);
    private static final int SEGMENT_BYTES = 32 << 20;
    /** Stands for a request that is not in the entry: it is elsewhere, or lost. */
    static final byte[] NOTHING = {};

    private Journal() {}

    /** The store's name; also the suffix of its changelog topic. */
    public static String name(String api) {
        return api + "-journal";
    }

    public static StoreBuilder<KeyValueStore<ItemKey, JournalEntry>> store(String api, int entryMaxBytes) {
        return Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name(api)), keys(), entries())
                // An entry lives about as long as a call, which is longer than a transaction: a cache would save
                // nothing.
                .withCachingDisabled()
                .withLoggingEnabled(changelog(entryMaxBytes));
    }

    /** Changelog settings of a store with short-lived entries. */
    public static Map<String, String> changelog(int entryMaxBytes) {
        return Map.of(
                TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
                Integer.toString(entryMaxBytes),
                // With small segments, compaction keeps up, so that a restore reads little more than the open entries.
                TopicConfig.SEGMENT_BYTES_CONFIG,
                Integer.toString(Math.max(SEGMENT_BYTES, entryMaxBytes)),
                TopicConfig.MIN_CLEANABLE_DIRTY_RATIO_CONFIG,
                "0.2");
    }

    /** It reads an invalid key, which no worker writes, as null. */
    public static Serde<ItemKey> keys() {
        return Serdes.serdeFrom((topic, key) -> key == null ? null : ItemKeys.encode(key), (topic, bytes) -> {
            try {
                return bytes == null ? null : ItemKeys.decode(bytes);
            } catch (WireException e) {
                LOG.error("An entry of the journal is ignored, since its key is not an item's: {}", e.getMessage());
                return null;
            }
        });
    }

    /** It reads an invalid entry as {@link #unknown}, so that its item ends. */
    public static Serde<JournalEntry> entries() {
        return Serdes.serdeFrom((topic, entry) -> entry == null ? null : JournalCodec.encode(entry), (topic, bytes) -> {
            try {
                return bytes == null ? null : JournalCodec.decode(bytes);
            } catch (WireException e) {
                LOG.error(
                        "An entry of the journal cannot be read, so its item ends with a failed result; submit it"
                                + " again: {}",
                        e.getMessage());
                return unknown(System.currentTimeMillis());
            }
        });
    }

    /** All entries, except those with an invalid key, which no worker writes. */
    static Map<ItemKey, JournalEntry> all(KeyValueStore<ItemKey, JournalEntry> journal) {
        Map<ItemKey, JournalEntry> all = new LinkedHashMap<>();
        try (KeyValueIterator<ItemKey, JournalEntry> entries = journal.all()) {
            while (entries.hasNext()) {
                var next = entries.next();
                if (next.key != null) {
                    all.put(next.key, next.value);
                }
            }
        }
        return all;
    }

    /** The assumption for an item without an entry: it may have been called, and its request is lost. */
    static JournalEntry unknown(long now) {
        return new JournalEntry(
                JournalEntry.State.STARTED,
                1,
                Instant.EPOCH,
                Instant.ofEpochMilli(now),
                null,
                List.of(),
                NOTHING,
                null,
                null);
    }

    /** The assumption for an item that was not called, if nothing else is known about it. */
    static JournalEntry uncalled(long now) {
        return first(Instant.ofEpochMilli(now), new RecordHeaders(), NOTHING);
    }

    /** A request before its first call. */
    static JournalEntry first(Instant submittedAt, Headers headers, byte[] request) {
        return again(1, Instant.EPOCH, submittedAt, null, headers, request, null);
    }

    /** A request before another call. */
    static JournalEntry again(
            int attempt,
            Instant notBefore,
            Instant submittedAt,
            @Nullable CallError lastError,
            Headers headers,
            byte[] request,
            JournalEntry.@Nullable Earlier earlier) {
        return new JournalEntry(
                JournalEntry.State.OPEN,
                attempt,
                notBefore,
                submittedAt,
                lastError,
                kept(headers),
                request,
                null,
                earlier);
    }

    private static List<JournalEntry.Header> kept(Headers headers) {
        List<JournalEntry.Header> kept = new ArrayList<>();
        for (Header header : headers) {
            kept.add(new JournalEntry.Header(header.key(), header.value()));
        }
        return kept;
    }

    /** The same entry, with the span of its attempt if the entry's headers name one. */
    static JournalEntry withSpan(JournalEntry entry, Headers headers) {
        return headers.lastHeader(WireHeaders.ATTEMPT) == null ? entry : entry.withHeaders(kept(headers));
    }

    /**
     * The mark that a request is on the retry topic, so that a repeat of it is recognised. It keeps what the retry
     * record does not carry.
     */
    static JournalEntry away(
            int attempt, Instant notBefore, Instant submittedAt, JournalEntry.@Nullable Earlier earlier) {
        return new JournalEntry(
                JournalEntry.State.RETRYING, attempt, notBefore, submittedAt, null, List.of(), NOTHING, null, earlier);
    }

    /** Time of the explicit retry of an entry's item, epoch milliseconds; 0 if there was none. */
    static long retriedAt(JournalEntry entry) {
        return has(WireHeaders.RETRY, entry) ? entry.submittedAt().toEpochMilli() : 0;
    }

    /** Whether an entry's item has this header. */
    static boolean has(String key, JournalEntry entry) {
        for (JournalEntry.Header header : entry.headers()) {
            if (header.key().equals(key)) {
                return true;
            }
        }
        return false;
    }

    /** The same, for a request with these headers. */
    static long retriedAt(Headers headers, Instant submittedAt) {
        return headers.lastHeader(WireHeaders.RETRY) == null ? 0 : submittedAt.toEpochMilli();
    }

    /** An entry's size for the lane's bounds. */
    static Work work(ApiRequest request, JournalEntry entry) {
        return Work.of(request, entry.request().length, retriedAt(entry), has(WireHeaders.URGENT, entry));
    }

    static Headers headers(JournalEntry entry) {
        Headers headers = new RecordHeaders();
        for (JournalEntry.Header header : entry.headers()) {
            headers.add(new RecordHeader(header.key(), header.value()));
        }
        return headers;
    }
}

package io.github.genaistreams.registry;

import io.github.genaistreams.registry.SchemaApi.Lookup;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WriterSchema;
import io.github.genaistreams.wire.WriterSchemas;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cache of a registry's schemas. Each is requested once, since the meaning of an ID never changes. While the registry
 * is unreachable, refuses the credentials, or gives other answers than the API's, an ID is requested again at growing
 * intervals, as long as somebody needs it. The log says so once a minute. Thread-safe.
 */
final class SchemaCache implements WriterSchemas {

    private static final Logger LOG = LoggerFactory.getLogger(SchemaCache.class);

    /** How long an ID that the registry does not know is requested again: one of several replicas may be behind. */
    static final Duration ABSENT_RETRY = Duration.ofSeconds(10);

    /** How long that answer is cached afterwards. */
    static final Duration ABSENT_CACHE = Duration.ofMinutes(1);

    static final Duration MAX_PAUSE = Duration.ofSeconds(30);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LOG_INTERVAL = Duration.ofMinutes(1);

    /** Maximum number of cached IDs. Records between a consumer and its processor have far fewer. */
    static final int MAX_CACHED = 20_000;

    /** Maximum number of requests at once. */
    static final int MAX_REQUESTS = 8;

    private final IntFunction<CompletableFuture<Lookup>> ask;
    private final LongSupplier clock;

    /** Also the lock for the following fields. */
    private final Map<Integer, Entry> entries = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, SchemaCache.Entry> eldest) {
            return size() > MAX_CACHED;
        }
    };

    /** Requests in progress. */
    private int requests;

    /** Why the last request failed. Null if it did not. */
    private @Nullable String lastFailure;

    /** Whether that failure was logged. */
    private boolean isLogged;

    private long logAt = Long.MIN_VALUE;

    /** What is known about an ID. */
    private static final class Entry {
        private @Nullable WriterSchema schema;

        /** When the registry first said that it does not know the ID, since it was last unreachable. */
        private @Nullable Long absentSince;

        /** Why there is no schema. */
        private @Nullable String reason;

        private long absentUntil;
        private boolean isRequested;
        private int failures;
        private long requestAt;

        private boolean isSettled(long now) {
            return schema != null || reason != null && now < absentUntil;
        }
    }

    /**
     * @param ask   requests a schema from the registry
     * @param clock monotonic milliseconds
     */
    SchemaCache(IntFunction<CompletableFuture<Lookup>> ask, LongSupplier clock) {
        this.ask = ask;
        this.clock = clock;
    }

    /** The pause before another request. Half of it is random, so that many workers do not ask at the same time. */
    static long pauseMillis(int failures) {
        long pause = Math.min(MAX_PAUSE.toMillis(), FIRST_PAUSE.toMillis() << Math.min(failures, 10));
        return ThreadLocalRandom.current().nextLong(pause / 2, pause + 1);
    }

    @Override
    public boolean isAtHand(int id) {
        long now = clock.getAsLong();
        Entry entry;
        synchronized (entries) {
            entry = entries.computeIfAbsent(id, first -> new Entry());
            if (entry.isSettled(now)) {
                return true;
            }
            if (entry.isRequested || now < entry.requestAt || requests == MAX_REQUESTS) {
                return false;
            }
            entry.isRequested = true;
            requests++;
        }
        CompletableFuture<Lookup> request;
        try {
            request = ask.apply(id);
        } catch (RuntimeException e) {
            request = CompletableFuture.failedFuture(e);
        }
        request.whenComplete((lookup, failure) -> take(
                id,
                entry,
                failure == null ? lookup : new Lookup.Away(failure.getClass().getSimpleName())));
        return false;
    }

    private void take(int id, Entry entry, Lookup lookup) {
        long now = clock.getAsLong();
        synchronized (entries) {
            requests--;
            entry.isRequested = false;
            if (lookup instanceof Lookup.Away away) {
                entry.absentSince = null;
                entry.requestAt = now + pauseMillis(entry.failures++);
                logAway(id, away.reason(), now);
                return;
            }
            logBack();
            if (lookup instanceof Lookup.Absent && entry.reason == null && mayBeBehind(entry, now)) {
                entry.requestAt = now + pauseMillis(entry.failures++);
                return;
            }
            entry.failures = 0;
            if (lookup instanceof Lookup.Found found) {
                entry.schema = found.schema();
                return;
            }
            entry.reason = lookup instanceof Lookup.Unusable unusable
                    ? unusable.reason()
                    : "the schema registry has no schema with ID " + id;
            entry.absentUntil = now + ABSENT_CACHE.toMillis();
        }
    }

    /** Whether another replica may know the ID. After an outage, the first one to return may be behind. */
    private static boolean mayBeBehind(Entry entry, long now) {
        if (entry.absentSince == null) {
            entry.absentSince = now;
        }
        return now - entry.absentSince < ABSENT_RETRY.toMillis();
    }

    private void logAway(int id, String reason, long now) {
        lastFailure = reason;
        if (now >= logAt) {
            logAt = now + LOG_INTERVAL.toMillis();
            isLogged = true;
            LOG.atWarn()
                    .addKeyValue("schema", id)
                    .log("The schema registry cannot be reached: {}. Records with an unknown schema wait", reason);
        }
    }

    private void logBack() {
        lastFailure = null;
        if (isLogged) {
            isLogged = false;
            LOG.info("The schema registry is available again");
        }
    }

    /** Never waits: an ID that is not cached is an error. */
    @Override
    public WriterSchema of(int id) {
        synchronized (entries) {
            Entry entry = entries.get(id);
            if (entry != null && entry.schema != null) {
                return entry.schema;
            }
            throw new WireException(
                    entry != null && entry.reason != null
                            ? entry.reason
                            : "the schema with ID " + id + " of the registry is not known yet; replay this record");
        }
    }

    /** Why the last request to the registry failed. Null if it did not. */
    @Nullable
    String lastFailure() {
        synchronized (entries) {
            return lastFailure;
        }
    }

    /** Adds a schema that another caller has found. */
    void put(int id, WriterSchema schema) {
        synchronized (entries) {
            entries.computeIfAbsent(id, first -> new Entry()).schema = schema;
        }
    }
}

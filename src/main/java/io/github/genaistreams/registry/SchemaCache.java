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

    /** How long a registry that does not know an ID is asked again: one of several replicas may be behind. */
    static final Duration DOUBT = Duration.ofSeconds(10);

    /** How long the answer is cached after that. */
    static final Duration BELIEF = Duration.ofMinutes(1);

    static final Duration MAX_PAUSE = Duration.ofSeconds(30);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LOG_INTERVAL = Duration.ofMinutes(1);

    /** Maximum number of cached IDs. Records between a consumer and its processor have far fewer. */
    static final int MAX_KNOWN = 20_000;

    /** Maximum number of requests at once. */
    static final int MAX_QUESTIONS = 8;

    private final IntFunction<CompletableFuture<Lookup>> ask;
    private final LongSupplier clock;

    /** Also the lock for the following fields. */
    private final Map<Integer, Entry> entries = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, SchemaCache.Entry> eldest) {
            return size() > MAX_KNOWN;
        }
    };

    /** Requests in progress. */
    private int questions;

    /** Why the last request failed. Null if it did not. */
    private @Nullable String trouble;

    /** Whether the trouble was logged. */
    private boolean isSaid;

    private long sayAt = Long.MIN_VALUE;

    /** What is known of an ID. */
    private static final class Entry {
        private @Nullable WriterSchema schema;

        /** When the registry first said that it does not know the ID, since it was last unreachable. */
        private @Nullable Long absentSince;

        /** Why there is no schema. */
        private @Nullable String reason;

        private long believedUntil;
        private boolean isAsked;
        private int failures;
        private long askAt;

        private boolean isSettled(long now) {
            return schema != null || reason != null && now < believedUntil;
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
            if (entry.isAsked || now < entry.askAt || questions == MAX_QUESTIONS) {
                return false;
            }
            entry.isAsked = true;
            questions++;
        }
        CompletableFuture<Lookup> question;
        try {
            question = ask.apply(id);
        } catch (RuntimeException e) {
            question = CompletableFuture.failedFuture(e);
        }
        question.whenComplete((lookup, failure) -> take(
                id,
                entry,
                failure == null ? lookup : new Lookup.Away(failure.getClass().getSimpleName())));
        return false;
    }

    private void take(int id, Entry entry, Lookup lookup) {
        long now = clock.getAsLong();
        synchronized (entries) {
            questions--;
            entry.isAsked = false;
            if (lookup instanceof Lookup.Away away) {
                entry.absentSince = null;
                entry.askAt = now + pauseMillis(entry.failures++);
                sayAway(id, away.reason(), now);
                return;
            }
            sayBack();
            if (lookup instanceof Lookup.Absent && entry.reason == null && isDoubtful(entry, now)) {
                entry.askAt = now + pauseMillis(entry.failures++);
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
            entry.believedUntil = now + BELIEF.toMillis();
        }
    }

    /** Whether another replica may know the ID. After an outage, the first one to return may be behind. */
    private static boolean isDoubtful(Entry entry, long now) {
        if (entry.absentSince == null) {
            entry.absentSince = now;
        }
        return now - entry.absentSince < DOUBT.toMillis();
    }

    private void sayAway(int id, String reason, long now) {
        trouble = reason;
        if (now >= sayAt) {
            sayAt = now + LOG_INTERVAL.toMillis();
            isSaid = true;
            LOG.atWarn()
                    .addKeyValue("schema", id)
                    .log("The schema registry cannot be reached: {}. Records with an unknown schema wait", reason);
        }
    }

    private void sayBack() {
        trouble = null;
        if (isSaid) {
            isSaid = false;
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
    String trouble() {
        synchronized (entries) {
            return trouble;
        }
    }

    /** Adds a schema that another caller has found. */
    void put(int id, WriterSchema schema) {
        synchronized (entries) {
            entries.computeIfAbsent(id, first -> new Entry()).schema = schema;
        }
    }
}

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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A cache of a registry's schemas. Each is requested once, since the meaning of an ID never changes. While the registry
 * is unreachable, refuses the credentials, or gives other answers than the API's, an ID is requested again at growing
 * intervals, as long as somebody needs it; the log reports it once a minute. Thread-safe.
 */
final class SchemaCache implements WriterSchemas {

    private static final Logger LOG = LoggerFactory.getLogger(SchemaCache.class);

    /** How long to keep asking a registry that does not know an ID: one of several replicas may be behind. */
    static final Duration DOUBT = Duration.ofSeconds(10);

    /** How long that answer is then cached. */
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

    private int questions;
    private String trouble; // null while there are no problems
    private boolean isSaid; // whether the trouble was logged
    private long sayAt = Long.MIN_VALUE;

    /** The state of an ID. */
    private static final class Entry {
        private WriterSchema schema;

        /** When the registry first said so since it was last unreachable; null if it has not. */
        private Long absentSince;

        private String reason; // why there is no schema
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

    /** Half of it is random, so that many workers do not ask at the same time. */
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

    /** Counted from the first such answer: after any outage, the first replica to return may be behind. */
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

    /** The exception for an ID that is not cached. */
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

    /** Why the last request to the registry failed; null if it did not. */
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

package io.github.genaistreams.worker;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.topology.call.CallEvents;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs the calls of one API to a logger of its own. INFO: a line when this worker starts a batch, and one when its part
 * of the batch is done. DEBUG: a line per call. WARN: retries, failures and dead letters, at most one line of each kind
 * in ten seconds, with the number of suppressed lines, so that an outage does not flood the log. Never a prompt, an
 * answer or a key. Thread-safe.
 */
final class ApiLog implements CallEvents {

    /** Minimum time between two warnings of one kind. */
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** A batch without open items and without news for this long has ended for this worker. */
    private static final long BATCH_QUIET_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** A batch without news for this long has ended for this worker, even with open items. */
    private static final long BATCH_GONE_NANOS = TimeUnit.MINUTES.toNanos(15);

    /** Maximum number of kinds of warnings. Their names come from servers, which may invent any number. */
    private static final int MAX_KINDS = 1_000;

    private final String api;
    private final Logger log;
    private final Logger failed;
    private final LongSupplier nanoTime;
    private final Map<String, Quiet> warnings = new ConcurrentHashMap<>();
    private final Map<String, BatchItems> batches = new ConcurrentHashMap<>();

    /** Logs one warning of its kind, then suppresses its kind for a while. */
    private static final class Quiet {
        private boolean spoken;
        private long spokeAt;
        private long leftOut;

        private synchronized long speak(long now) {
            if (spoken && now - spokeAt < QUIET_NANOS) {
                leftOut++;
                return -1;
            }
            long before = leftOut;
            spoken = true;
            spokeAt = now;
            leftOut = 0;
            return before;
        }

        /**
         * The number of warnings suppressed since the last one, if no later warning has reported it. Each is reported
         * once.
         */
        private synchronized long unreported(long now) {
            long count = now - spokeAt < QUIET_NANOS ? 0 : leftOut;
            leftOut -= count;
            return count;
        }
    }

    /** What this worker has seen of a batch. */
    private record BatchItems(
            long open,
            long succeeded,
            long failed,
            @Nullable Integer size,
            long startNanos,
            long lastNanos) {

        static BatchItems start(long now) {
            return new BatchItems(0, 0, 0, null, now, now);
        }

        BatchItems opened(@Nullable Integer size, long now) {
            return new BatchItems(open + 1, succeeded, failed, size, startNanos, now);
        }

        BatchItems done(boolean success, @Nullable Integer size, long now) {
            // This worker has not counted a refused item, or one taken over from the journal, as open.
            return new BatchItems(
                    Math.max(0, open - 1),
                    success ? succeeded + 1 : succeeded,
                    success ? failed : failed + 1,
                    size,
                    startNanos,
                    now);
        }

        boolean isComplete() {
            return size != null && succeeded + failed >= size;
        }
    }

    ApiLog(String api, LongSupplier nanoTime) {
        this.api = api;
        this.log = LoggerFactory.getLogger(WorkerLog.logger(api));
        this.failed = LoggerFactory.getLogger(WorkerLog.failures(api));
        this.nanoTime = nanoTime;
    }

    @Override
    public void accepted(ApiRequest request, int partition) {
        long now = nanoTime.getAsLong();
        batches.compute(request.batchId(), (id, part) -> orStart(id, part, request.batchSize(), now)
                .opened(request.batchSize(), now));
    }

    private BatchItems orStart(String id, @Nullable BatchItems part, @Nullable Integer size, long now) {
        if (part == null) {
            log.atInfo()
                    .addKeyValue("api", api)
                    .addKeyValue("batch", id)
                    .addKeyValue("size", size)
                    .log("batch_start");
            return BatchItems.start(now);
        }
        return part;
    }

    @Override
    public void finished(CallResult result, int partition) {
        long now = nanoTime.getAsLong();
        BatchItems part = batches.compute(result.batchId(), (id, before) -> orStart(id, before, result.batchSize(), now)
                .done(result.success(), result.batchSize(), now));
        if (part.isComplete()) {
            end(result.batchId(), part);
        }
        if (log.isDebugEnabled()) {
            log.atDebug()
                    .addKeyValue("batch", result.batchId())
                    .addKeyValue("index", result.index())
                    .addKeyValue("partition", partition)
                    .addKeyValue("attempt", result.attempts())
                    .addKeyValue("success", result.success())
                    .addKeyValue("secs", result.processingTimeSecs())
                    .log("call_end");
        }
        CallError error = result.error();
        if (error != null) {
            warn(failed, "call_failed", kind(error), result.key(), partition, result.attempts(), error.message());
        }
    }

    private void end(String id, BatchItems part) {
        if (batches.remove(id) != null) {
            log.atInfo()
                    .addKeyValue("api", api)
                    .addKeyValue("batch", id)
                    .addKeyValue("ok", part.succeeded())
                    .addKeyValue("failed", part.failed())
                    .addKeyValue("secs", secs(part.lastNanos() - part.startNanos()))
                    .log(part.isComplete() ? "batch_end" : "batch_end_here");
        }
    }

    /** Reports suppressed warnings that no later warning has reported. Called periodically. */
    void reportSuppressed() {
        long now = nanoTime.getAsLong();
        warnings.forEach((kind, quiet) -> {
            long count = quiet.unreported(now);
            if (count > 0) {
                log.atWarn()
                        .addKeyValue("api", api)
                        .addKeyValue("kind", kind)
                        .addKeyValue("left_out", count)
                        .log("warnings_left_out");
            }
        });
    }

    /** Ends the batches whose remaining items other workers have. Called periodically. */
    void endQuietBatches() {
        long now = nanoTime.getAsLong();
        batches.forEach((id, part) -> {
            long quiet = now - part.lastNanos();
            // Open items may have moved to another worker with their partition.
            if (quiet > BATCH_QUIET_NANOS && part.open() == 0 || quiet > BATCH_GONE_NANOS) {
                end(id, part);
            }
        });
    }

    @Override
    public void started(ItemKey key, int partition, int attempt) {
        if (log.isDebugEnabled()) {
            log.atDebug()
                    .addKeyValue("batch", key.batchId())
                    .addKeyValue("index", key.index())
                    .addKeyValue("partition", partition)
                    .addKeyValue("attempt", attempt)
                    .log("call_start");
        }
    }

    @Override
    public void retried(ItemKey key, int partition, int failedAttempt, Duration delay, CallError error) {
        boolean limited = Objects.equals(error.httpStatus(), 429);
        warn(
                log,
                limited ? "rate_limit" : "retry",
                kind(error),
                key,
                partition,
                failedAttempt,
                error.message() + "; next attempt in " + secs(delay.toNanos()) + " s");
    }

    @Override
    public void split(String batchId, int items, int partition) {
        log.atInfo()
                .addKeyValue("api", api)
                .addKeyValue("batch", batchId)
                .addKeyValue("items", items)
                .addKeyValue("partition", partition)
                .log("batch_split");
    }

    @Override
    public void duplicate(ItemKey key, int partition) {
        if (log.isDebugEnabled()) {
            log.atDebug()
                    .addKeyValue("batch", key.batchId())
                    .addKeyValue("index", key.index())
                    .addKeyValue("partition", partition)
                    .log("duplicate_dropped");
        }
    }

    @Override
    public void deadLetter(
            String topic, int partition, long offset, @Nullable String batchId, DeadLetterKind kind, String reason) {
        long leftOut = speak("dead_letter");
        if (leftOut >= 0) {
            log.atWarn()
                    .addKeyValue("batch", batchId)
                    .addKeyValue("topic", topic)
                    .addKeyValue("partition", partition)
                    .addKeyValue("offset", offset)
                    .addKeyValue("left_out", leftOut)
                    .log("dead_letter: {}", reason);
        }
    }

    private void warn(Logger to, String event, String kind, ItemKey key, int partition, int attempt, String message) {
        long leftOut = speak(event + ":" + kind);
        if (leftOut >= 0) {
            to.atWarn()
                    .addKeyValue("batch", key.batchId())
                    .addKeyValue("index", key.index())
                    .addKeyValue("partition", partition)
                    .addKeyValue("attempt", attempt)
                    .addKeyValue("left_out", leftOut)
                    .log("{}: {}", event, message);
        }
    }

    /** The number of suppressed warnings of this kind before this one; -1 if this one is suppressed too. */
    private long speak(String kind) {
        String known = warnings.containsKey(kind) || warnings.size() < MAX_KINDS ? kind : "other";
        return warnings.computeIfAbsent(known, k -> new Quiet()).speak(nanoTime.getAsLong());
    }

    private static String kind(CallError error) {
        return error.code() == null ? error.type() : error.code();
    }

    private static double secs(long nanos) {
        return Math.round(nanos / 1e6) / 1e3;
    }
}

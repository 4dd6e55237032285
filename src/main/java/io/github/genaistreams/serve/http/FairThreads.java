package io.github.genaistreams.serve.http;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Threads that several keys share. Each key has its own line of waiting tasks. The next task comes from the key with the
 * fewest running tasks; among equal keys, from the one that was served longest ago. No key gets all threads.
 * Thread-safe.
 */
public final class FairThreads {

    private static final Logger LOG = LoggerFactory.getLogger(FairThreads.class);

    private static final int RETRY_SECONDS = 2;

    private final Executor executor;
    private final int threads;
    private final int threadsOfKey;
    private final int maxWaiting;

    /** The keys that have tasks. The key that was served longest ago comes first. */
    private final Map<String, Line> lines = new LinkedHashMap<>();

    private int running;
    private int waiting;

    private static final class Line {
        private final Deque<Runnable> tasks = new ArrayDeque<>();
        private int running;
    }

    private record QueuedTask(String key, Line line, Runnable task) {}

    /**
     * @param executor     must start a thread for each task at once; not shut down here
     * @param threads      maximum number of running tasks
     * @param threadsOfKey maximum number of running tasks of one key
     * @param maxWaiting   maximum number of waiting tasks of one key
     */
    public FairThreads(Executor executor, int threads, int threadsOfKey, int maxWaiting) {
        this.executor = executor;
        this.threads = threads;
        this.threadsOfKey = threadsOfKey;
        this.maxWaiting = maxWaiting;
    }

    /**
     * Runs a task when its turn comes.
     *
     * @throws ApiException 429 if the key has too many tasks, 503 if other keys have all threads and no task may wait
     * @throws java.util.concurrent.RejectedExecutionException if the executor is shut down
     */
    public void execute(String key, Runnable task) {
        @Nullable QueuedTask next;
        synchronized (this) {
            Line line = lines.computeIfAbsent(key, any -> new Line());
            boolean isAtOnce = running < threads && line.running < threadsOfKey;
            if (!isAtOnce && line.tasks.size() >= maxWaiting) {
                forgetIfIdle(key, line);
                throw refusal(line);
            }
            line.tasks.add(task);
            waiting++;
            next = next();
        }
        if (next != null) {
            start(next);
        }
    }

    private ApiException refusal(Line line) {
        if (line.running < threadsOfKey && line.tasks.isEmpty()) {
            return ApiException.busy(
                    "The server has too many requests of this kind at once. Send this one again in a moment.",
                    RETRY_SECONDS);
        }
        return ApiException.tooManyAtOnce(
                "The key has too many requests of this kind at once: " + line.running + " are under way, and "
                        + line.tasks.size() + " wait. Send this one again in a moment.",
                RETRY_SECONDS);
    }

    private void start(QueuedTask first) {
        boolean isStarted = false;
        try {
            executor.execute(() -> work(first));
            isStarted = true;
        } finally {
            if (!isStarted) {
                end(first);
            }
        }
    }

    private void work(QueuedTask first) {
        for (QueuedTask queued = first; queued != null; queued = after(queued)) {
            try {
                queued.task().run();
            } catch (RuntimeException | Error e) {
                LOG.error("A task has failed", e);
            }
        }
    }

    private synchronized @Nullable QueuedTask after(QueuedTask ended) {
        end(ended);
        return next();
    }

    /** Takes the next task, which counts as running from now on; null if no task may run. */
    private synchronized @Nullable QueuedTask next() {
        if (running == threads) {
            return null;
        }
        Map.Entry<String, Line> chosen = null;
        int fewest = threadsOfKey;
        for (Map.Entry<String, Line> each : lines.entrySet()) {
            Line line = each.getValue();
            if (!line.tasks.isEmpty() && line.running < fewest) {
                chosen = each;
                fewest = line.running;
            }
        }
        if (chosen == null) {
            return null;
        }
        String key = chosen.getKey();
        Line line = chosen.getValue();
        // The key goes to the end, so that keys with equally many threads take turns.
        lines.remove(key);
        lines.put(key, line);
        line.running++;
        running++;
        waiting--;
        return new QueuedTask(key, line, line.tasks.remove());
    }

    private synchronized void end(QueuedTask queued) {
        queued.line().running--;
        running--;
        forgetIfIdle(queued.key(), queued.line());
        notifyAll();
    }

    private void forgetIfIdle(String key, Line line) {
        if (line.running == 0 && line.tasks.isEmpty()) {
            lines.remove(key);
        }
    }

    /** Whether a task waits for a thread. */
    public synchronized boolean isWanted() {
        return waiting > 0;
    }

    /** Waits until no task runs, up to the given time. */
    public synchronized void awaitIdle(Duration atMost) throws InterruptedException {
        long end = System.nanoTime() + atMost.toNanos();
        for (long left = atMost.toNanos(); running > 0 && left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }
}

package io.github.genaistreams.provider.http;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Limits that a worker's large answers share: the bytes in memory at once, and the threads that parse them instead of
 * an event loop. One of these threads also reports the outcome. Its receiver may take its time: the answer's bytes
 * count until it returns.
 */
public final class LargeAnswers {

    /** An answer of more bytes is large. An event loop parses this many in a few milliseconds. */
    static final int LARGE = 1 << 20;

    /**
     * Bodies may fill one part in sixteen of the heap. For a moment, parsing a body takes about five times its bytes: itself, the
     * parser's characters, the text and its copy. One body is parsed at a time, and at most one exceeds the budget.
     */
    private static final int PART_OF_HEAP = 16;

    private static final int THREADS = 2;
    private static final int IDLE_SECONDS = 30;

    private final MemoryBudget budget;
    private final ReentrantLock parsing = new ReentrantLock(true);
    private final ExecutorService threads;

    /** Limits for all clients of this process: a part of its heap. */
    public static LargeAnswers ofHeap() {
        return new LargeAnswers(Math.max(LARGE, Runtime.getRuntime().maxMemory() / PART_OF_HEAP));
    }

    /** @param bytes maximum bytes of bodies in memory at once */
    LargeAnswers(long bytes) {
        this.budget = new MemoryBudget(bytes);
        var pool = new ThreadPoolExecutor(
                THREADS, THREADS, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread thread = new Thread(task, "genai-large-answers");
                    thread.setDaemon(true);
                    return thread;
                });
        pool.allowCoreThreadTimeOut(true);
        this.threads = pool;
    }

    MemoryBudget budget() {
        return budget;
    }

    /** Runs a task that may take long. */
    void execute(Runnable task) {
        threads.execute(task);
    }

    /** Runs a parser, which takes several times the memory of its input. One runs at a time. */
    <T> T parse(Supplier<T> parser) {
        parsing.lock();
        try {
            return parser.get();
        } finally {
            parsing.unlock();
        }
    }
}

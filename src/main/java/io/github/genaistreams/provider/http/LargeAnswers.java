package io.github.genaistreams.provider.http;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * What all answers of a worker share that are too large to be read on an event loop: the bytes that may be in memory at once,
 * and the threads that parse them. Whoever receives the outcome of such an answer does so on one of these threads, and may take its
 * time: the answer's bytes count until it returns.
 */
public final class LargeAnswers {

    /** Takes an event loop a few milliseconds. */
    static final int LARGE = 1 << 20;

    /**
     * Of the heap, for the bodies. A body is parsed into about five times its bytes for a moment (itself, the parser's
     * characters, the text and its copy), one at a time, and at most one is larger than its share here.
     */
    private static final int PART_OF_HEAP = 16;

    private static final int THREADS = 2;
    private static final int IDLE_SECONDS = 30;

    private final MemoryBudget budget;
    private final ReentrantLock parsing = new ReentrantLock(true);
    private final ExecutorService threads;

    /** A part of the heap of this process. To be shared by all clients that use that heap. */
    public static LargeAnswers ofHeap() {
        return new LargeAnswers(Math.max(LARGE, Runtime.getRuntime().maxMemory() / PART_OF_HEAP));
    }

    /** @param bytes of bodies that may be in memory at once */
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

    /** Does something that may take long. */
    void execute(Runnable task) {
        threads.execute(task);
    }

    /** Does something that takes several times the memory of what it reads: one such thing at a time. */
    <T> T parse(Supplier<T> parser) {
        parsing.lock();
        try {
            return parser.get();
        } finally {
            parsing.unlock();
        }
    }
}

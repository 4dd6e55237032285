package io.github.genaistreams.provider.http;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Shared limits of a worker's answers that are too large to read on an event loop: the bytes in memory at once, and the
 * threads that parse them. The outcome of such an answer is reported on one of these threads, and its receiver may take
 * its time: the answer's bytes count until it returns.
 */
public final class LargeAnswers {

    /** An event loop needs a few milliseconds for this size. */
    static final int LARGE = 1 << 20;

    /**
     * The heap's share for bodies. Parsing a body briefly takes about five times its bytes (itself, the parser's
     * characters, the text and its copy). One body is parsed at a time, and at most one exceeds its share here.
     */
    private static final int PART_OF_HEAP = 16;

    private static final int THREADS = 2;
    private static final int IDLE_SECONDS = 30;

    private final MemoryBudget budget;
    private final ReentrantLock parsing = new ReentrantLock(true);
    private final ExecutorService threads;

    /** A part of this process's heap, shared by all clients in the process. */
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

    /** Runs an operation that may take long. */
    void execute(Runnable task) {
        threads.execute(task);
    }

    /** Runs an operation that takes several times the memory of its input: one at a time. */
    <T> T parse(Supplier<T> parser) {
        parsing.lock();
        try {
            return parser.get();
        } finally {
            parsing.unlock();
        }
    }
}

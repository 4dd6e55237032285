package io.github.genaistreams.serve.batch;

import io.github.genaistreams.serve.http.HttpReply;
import java.io.IOException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Bounds how many files are read at once: each reader holds some megabytes. The others wait. Thread-safe. */
final class Downloads {

    private static final int AT_ONCE = 8;
    private static final int WAIT_SECONDS = 300;

    private final Semaphore free = new Semaphore(AT_ONCE, true);

    /** The same body, written when its turn comes. */
    HttpReply.Body inTurn(HttpReply.Body body) {
        return out -> {
            try {
                if (!free.tryAcquire(WAIT_SECONDS, TimeUnit.SECONDS)) {
                    throw new IOException("too many downloads at once");
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("the server stops", e);
            }
            try {
                body.write(out);
            } finally {
                free.release();
            }
        };
    }
}

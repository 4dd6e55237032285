package io.github.genaistreams.cli.console;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Someone wants this process to end: the first SIGINT or SIGTERM asks, a second one ends it at once; so does the first if nobody asks
 * whether there was one.
 *
 * <p>Handled as a signal and not in a shutdown hook, since a hook cannot change the exit status without skipping what
 * other hooks still have to do. Thread-safe.
 */
public final class StopSignal {

    private final CountDownLatch requested = new CountDownLatch(1);
    private final List<Runnable> listeners = new ArrayList<>();
    private volatile boolean heeded;

    /** A signal that comes only when {@link #request()} is called. */
    public static StopSignal manual() {
        return new StopSignal();
    }

    /** The signals of this process. */
    static StopSignal ofProcess() {
        var signal = new StopSignal();
        signal.handle("INT", ExitStatus.INTERRUPTED);
        signal.handle("TERM", 143);
        return signal;
    }

    private void handle(String name, int status) {
        // Without handlers the JVM ends on a signal as it always does: nothing is lost, results stay on their topic.
        Signals.on(name, () -> {
            if (!request() || !isHeeded()) {
                Runtime.getRuntime().halt(status);
            }
        });
    }

    /**
     * Asks to stop.
     *
     * @return false if that was asked before
     */
    public boolean request() {
        List<Runnable> toRun;
        synchronized (listeners) {
            if (requested.getCount() == 0) {
                return false;
            }
            requested.countDown();
            toRun = List.copyOf(listeners);
        }
        toRun.forEach(Runnable::run);
        return true;
    }

    public boolean isRequested() {
        heeded = true;
        return requested.getCount() == 0;
    }

    /** Whether anybody asks for it: as long as a command only reads its input, or waits for a broker, it can just end. */
    public boolean isHeeded() {
        return heeded;
    }

    /** Runs this once when a stop is asked for, at once if it was already; must be quick. */
    public void onRequest(Runnable listener) {
        heeded = true;
        synchronized (listeners) {
            if (!isRequested()) {
                listeners.add(listener);
                return;
            }
        }
        listener.run();
    }

    public void await() throws InterruptedException {
        heeded = true;
        requested.await();
    }

    /** @return whether a stop was asked for */
    public boolean await(long millis) throws InterruptedException {
        heeded = true;
        return requested.await(millis, TimeUnit.MILLISECONDS);
    }
}

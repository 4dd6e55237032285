package io.github.genaistreams.cli.console;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A request to end this process. The first SIGINT or SIGTERM is a request; a second one ends the process at once. The
 * first one also does so if no command checks for requests.
 *
 * <p>A signal handler and not a shutdown hook, since a hook cannot change the exit status without skipping other hooks.
 * Thread-safe.
 */
public final class StopSignal {

    private final CountDownLatch requested = new CountDownLatch(1);
    private final List<Runnable> listeners = new ArrayList<>();
    private volatile boolean heeded;

    /** A request that comes only from {@link #request()}. */
    public static StopSignal manual() {
        return new StopSignal();
    }

    /** Requests by the signals of this process. */
    static StopSignal ofProcess() {
        var signal = new StopSignal();
        signal.handle("INT", ExitStatus.INTERRUPTED);
        signal.handle("TERM", 143);
        return signal;
    }

    private void handle(String name, int status) {
        // Without handlers, a signal ends the JVM as usual: nothing is lost, and results stay on their topic.
        Signals.on(name, () -> {
            if (!request() || !isHeeded()) {
                Runtime.getRuntime().halt(status);
            }
        });
    }

    /**
     * Asks to stop.
     *
     * @return false if a stop was requested before
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

    /**
     * Whether a command checks for requests. While it only reads its input, or waits for a broker, it can end at once.
     */
    public boolean isHeeded() {
        return heeded;
    }

    /** Runs this once when a stop is requested, or at once if it already was; must be quick. */
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

    /** @return whether a stop was requested */
    public boolean await(long millis) throws InterruptedException {
        heeded = true;
        return requested.await(millis, TimeUnit.MILLISECONDS);
    }
}

package io.github.genaistreams.cli.console;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A request to end this process. The first SIGINT or SIGTERM is a request; a second one ends the process at once. The
 * first one also does so if no command checks for requests.
 *
 * <p>It uses signal handlers, because a shutdown hook cannot change the exit status without skipping other hooks.
 * Thread-safe.
 */
public final class StopSignal {

    private final CountDownLatch requested = new CountDownLatch(1);
    private final List<Runnable> listeners = new ArrayList<>();
    private volatile boolean heeded;

    /** A stop that only {@link #request()} can request. */
    public static StopSignal manual() {
        return new StopSignal();
    }

    /** A stop that the signals of this process request. */
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
     * Requests a stop.
     *
     * @return false if a stop was already requested
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
     * Whether the command checks for requests. While it only reads its input or waits for a broker, the first signal may end
     * it at once.
     */
    public boolean isHeeded() {
        return heeded;
    }

    /** Runs the listener once when a stop is requested, or now if one was requested. The listener must be quick. */
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

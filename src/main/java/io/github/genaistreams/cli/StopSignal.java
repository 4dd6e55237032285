package io.github.genaistreams.cli;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Someone wants this process to end: the first SIGINT or SIGTERM asks, a second one ends it at once.
 *
 * <p>Handled as a signal and not in a shutdown hook, since a hook cannot change the exit status without skipping what
 * other hooks still have to do. Thread-safe.
 */
final class StopSignal {

    private final CountDownLatch requested = new CountDownLatch(1);
    private final List<Runnable> listeners = new ArrayList<>();

    /** A signal that comes only when {@link #request()} is called. */
    static StopSignal manual() {
        return new StopSignal();
    }

    /** The signals of this process. */
    static StopSignal ofProcess() {
        var signal = new StopSignal();
        signal.handle("INT", ExitStatus.INTERRUPTED);
        signal.handle("TERM", 143);
        return signal;
    }

    /** By reflection: the classes are in every JDK, but the compiler warns of them. */
    private void handle(String name, int secondStatus) {
        try {
            Class<?> type = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object handler = Proxy.newProxyInstance(
                    StopSignal.class.getClassLoader(),
                    new Class<?>[] {handlerType},
                    (proxy, method, arguments) -> switch (method.getName()) {
                        case "handle" -> {
                            if (!request()) {
                                Runtime.getRuntime().halt(secondStatus);
                            }
                            yield null;
                        }
                        case "equals" -> proxy == arguments[0];
                        case "hashCode" -> System.identityHashCode(proxy);
                        default -> "StopSignal for SIG" + name;
                    });
            Method handle = type.getMethod("handle", type, handlerType);
            handle.invoke(null, type.getConstructor(String.class).newInstance(name), handler);
        } catch (ReflectiveOperationException | RuntimeException e) {
            // Without handlers the JVM ends on a signal as it always does: nothing is lost, results stay on their
            // topic.
            return;
        }
    }

    /**
     * Asks to stop.
     *
     * @return false if that was asked before
     */
    boolean request() {
        List<Runnable> toRun;
        synchronized (listeners) {
            if (isRequested()) {
                return false;
            }
            requested.countDown();
            toRun = List.copyOf(listeners);
        }
        toRun.forEach(Runnable::run);
        return true;
    }

    boolean isRequested() {
        return requested.getCount() == 0;
    }

    /** Runs this once when a stop is asked for, at once if it was already; must be quick. */
    void onRequest(Runnable listener) {
        synchronized (listeners) {
            if (!isRequested()) {
                listeners.add(listener);
                return;
            }
        }
        listener.run();
    }

    void await() throws InterruptedException {
        requested.await();
    }

    /** @return whether a stop was asked for */
    boolean await(long millis) throws InterruptedException {
        return requested.await(millis, TimeUnit.MILLISECONDS);
    }
}

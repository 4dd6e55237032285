package io.github.genaistreams.cli.console;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** Signals of the operating system. By reflection: the classes are in every JDK, but the compiler warns about them. */
final class Signals {

    private Signals() {}

    /**
     * Runs this whenever the signal arrives, on a thread of the JVM.
     *
     * @param name without SIG: {@code INT}
     * @return false if this JVM or system has no such signal; its default behaviour stays
     */
    static boolean on(String name, Runnable action) {
        try {
            Class<?> type = Class.forName("sun.misc.Signal");
            Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            Object handler = Proxy.newProxyInstance(
                    Signals.class.getClassLoader(),
                    new Class<?>[] {handlerType},
                    (proxy, method, arguments) -> switch (method.getName()) {
                        case "handle" -> {
                            action.run();
                            yield null;
                        }
                        case "equals" -> proxy == arguments[0];
                        case "hashCode" -> System.identityHashCode(proxy);
                        default -> "Signals for SIG" + name;
                    });
            Method handle = type.getMethod("handle", type, handlerType);
            handle.invoke(null, type.getConstructor(String.class).newInstance(name), handler);
            return true;
        } catch (ReflectiveOperationException | RuntimeException e) {
            return false;
        }
    }
}

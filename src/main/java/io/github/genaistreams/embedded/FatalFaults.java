package io.github.genaistreams.embedded;

import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import kafka.server.FaultHandlerFactory;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.server.fault.FaultHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Receives a broker's fatal faults. A stand-alone broker then ends its process. A broker inside another program must not,
 * because that program has work to finish and errors to report. So a fatal fault is logged, completes {@link #first()} and
 * ends its thread, and the process continues.
 *
 * <p>Most faults are reported to a handler. A few broker threads call {@link Exit} instead. It is static, so it is replaced
 * once per process, and such a fault counts for every running broker.
 */
final class FatalFaults implements FaultHandlerFactory, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(FatalFaults.class);
    private static final Set<FatalFaults> LIVE = ConcurrentHashMap.newKeySet();

    static {
        Exit.setExitProcedure((status, message) -> throwInstead("exit", status, message));
        Exit.setHaltProcedure((status, message) -> throwInstead("halt", status, message));
    }

    private final CompletableFuture<Throwable> first = new CompletableFuture<>();

    FatalFaults() {
        LIVE.add(this);
    }

    /** The first fatal fault; never completes if there is none. */
    CompletableFuture<Throwable> first() {
        return first;
    }

    @Override
    public FaultHandler build(String name, boolean fatal, Runnable action) {
        return (message, cause) -> {
            var fault = new IllegalStateException("Kafka's " + name + ": " + message, cause);
            action.run();
            if (fatal) {
                report(fault);
            } else {
                log.warn("Fault in the local Kafka", fault);
            }
            return fault;
        };
    }

    private void report(Throwable fault) {
        log.error("The local Kafka has failed and must be restarted", fault);
        first.complete(fault);
    }

    private static void throwInstead(String how, int status, String message) {
        var fault = new IllegalStateException("it wanted to %s the process with status %d in thread %s%s"
                .formatted(how, status, Thread.currentThread().getName(), message == null ? "" : ": " + message));
        LIVE.forEach(faults -> faults.report(fault));
        throw fault;
    }

    @Override
    public void close() {
        LIVE.remove(this);
    }
}

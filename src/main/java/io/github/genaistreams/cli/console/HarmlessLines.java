package io.github.genaistreams.cli.console;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;

/**
 * Leaves out what Kafka logs as a warning or an error although nothing is wrong, or what is said elsewhere in a sentence. Each kind is
 * known by its logger and its words, so that whatever else the same class says is seen. Used by the appenders in logback.xml.
 */
public final class HarmlessLines extends Filter<ILoggingEvent> {

    /** A client that has lost its broker says so for each attempt to connect. */
    private static final long PAUSE_MILLIS = TimeUnit.SECONDS.toMillis(30);

    private static final String NETWORK_CLIENT = "org.apache.kafka.clients.NetworkClient";
    private static final String NOT_THERE = "could not be established. Node may not be available.";

    /**
     * @param start  what its message has in it, after what Kafka puts in front to say who speaks
     * @param end    what comes later in it; may be empty
     * @param reason its exception, or null if that does not matter
     */
    private record Line(String logger, String start, String end, Class<? extends Throwable> reason) {

        boolean is(ILoggingEvent event) {
            if (!event.getLoggerName().equals(logger)) {
                return false;
            }
            String message = event.getFormattedMessage();
            int at = message.indexOf(start);
            return at >= 0
                    && message.indexOf(end, at) >= 0
                    && (reason == null
                            || event.getThrowableProxy() != null
                                    && event.getThrowableProxy().getClassName().equals(reason.getName()));
        }
    }

    private static final List<Line> NEVER = List.of(
            // An idempotent producer has several requests under way. If the broker rejects the first of a partition for
            // a passing reason
            // (a topic that was made just now, a transaction that is just ending), it rejects those behind it with
            // this. The producer
            // sends all of them again in their order (TransactionManager.canRetry). If a sequence is lost indeed, the
            // producer says so
            // itself, and its owner fails with that.
            new Line(
                    "kafka.server.ReplicaManager",
                    "Error processing append operation on partition",
                    "",
                    OutOfOrderSequenceException.class),
            // A heartbeat of the local broker has waited in its own controller for more than half of
            // broker.heartbeat.interval.ms, since
            // disk or CPU were busy. It counts as a sign of life all the same
            // (ReplicationControlManager.processExpiredBrokerHeartbeat);
            // the next one does the rest.
            new Line(
                    "org.apache.kafka.controller.ReplicationControlManager",
                    "processExpiredBrokerHeartbeat:",
                    "",
                    null),
            // The exception that follows is what the worker makes its sentence of: give each worker a directory of its
            // own.
            new Line(
                    "org.apache.kafka.streams.processor.internals.StateDirectory",
                    "Unable to obtain lock as state directory is already locked",
                    "",
                    null),
            // Who closes a client twice does nothing the second time (NetworkClient.close).
            new Line(NETWORK_CLIENT, "Attempting to close NetworkClient that has already been closed", "", null),
            // Nodes below 0 are addresses of bootstrap.servers: nothing was reached yet. The command that has asked
            // says so in a sentence
            // when its time is over. (A connection that fails for another reason, such as a wrong password, is told of
            // in other words.)
            new Line(NETWORK_CLIENT, "Connection to node -", NOT_THERE, null),
            new Line(NETWORK_CLIENT, "Bootstrap broker", "disconnected", null));

    private static final List<Line> NOW_AND_THEN =
            List.of(new Line(NETWORK_CLIENT, "Connection to node", NOT_THERE, null));

    private final Map<Line, Long> shownAt = new HashMap<>();

    @Override
    public FilterReply decide(ILoggingEvent event) {
        if (event.getLevel().isGreaterOrEqual(Level.WARN) && isLeftOut(event)) {
            return FilterReply.DENY;
        }
        return FilterReply.NEUTRAL;
    }

    private boolean isLeftOut(ILoggingEvent event) {
        return NEVER.stream().anyMatch(line -> line.is(event))
                || NOW_AND_THEN.stream().filter(line -> line.is(event)).anyMatch(line -> wasJustShown(line, event));
    }

    private synchronized boolean wasJustShown(Line line, ILoggingEvent event) {
        Long before = shownAt.get(line);
        if (before != null && event.getTimeStamp() - before < PAUSE_MILLIS) {
            return true;
        }
        shownAt.put(line, event.getTimeStamp());
        return false;
    }
}

package io.github.genaistreams.cli.console;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.jspecify.annotations.Nullable;

/**
 * Filters messages that Kafka logs as a warning or an error although nothing is wrong, or that another message covers.
 * Each kind is recognised by its logger and its words, so that other messages of the same class stay visible. Used by
 * the appenders in logback.xml.
 */
public final class HarmlessLines extends Filter<ILoggingEvent> {

    /** A client that has lost its broker logs each attempt to connect. */
    private static final long PAUSE_MILLIS = TimeUnit.SECONDS.toMillis(30);

    private static final String NETWORK_CLIENT = "org.apache.kafka.clients.NetworkClient";
    private static final String NOT_THERE = "could not be established. Node may not be available.";

    /**
     * @param start  start of the message, after the prefix that names the client
     * @param end    a later part of the message; may be empty
     * @param reason the exception of the log event; null for any
     */
    private record Line(
            String logger,
            String start,
            String end,
            @Nullable Class<? extends Throwable> reason) {

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
            // An idempotent producer has several requests in flight. If the broker rejects the first one of a partition
            // for a temporary reason (a new topic, a transaction that is about to end), it rejects the later ones with
            // this message. The producer sends all of them again in order (TransactionManager.canRetry). If a sequence
            // is really lost, the producer reports that itself, and its owner fails.
            new Line(
                    "kafka.server.ReplicaManager",
                    "Error processing append operation on partition",
                    "",
                    OutOfOrderSequenceException.class),
            // Disk or CPU were busy, so a heartbeat of the local broker has waited in the controller for more than half
            // of broker.heartbeat.interval.ms. It still counts as a sign of life
            // (ReplicationControlManager.processExpiredBrokerHeartbeat), and the next heartbeat completes the work.
            new Line(
                    "org.apache.kafka.controller.ReplicationControlManager",
                    "processExpiredBrokerHeartbeat:",
                    "",
                    null),
            // A local broker that starts on earlier data may register before its controller is active again. It then
            // registers once more.
            new Line(
                    "kafka.server.ControllerApis",
                    "Unexpected error handling request",
                    "CONTROLLER_REGISTRATION",
                    null),
            // The disk or the processors of this machine were busy for some time.
            new Line("org.apache.kafka.controller.EventPerformanceMonitor", "Exceptionally slow", "", null),
            // The local broker was stopped while it was reading the group's metadata. It reads them again at its next
            // start.
            new Line(
                    "org.apache.kafka.coordinator.common.runtime.CoordinatorRuntime",
                    "Failed to load metadata from",
                    "",
                    NotLeaderOrFollowerException.class),
            // The worker turns the exception that follows into a sentence: give each worker its own directory.
            new Line(
                    "org.apache.kafka.streams.processor.internals.StateDirectory",
                    "Unable to obtain lock as state directory is already locked",
                    "",
                    null),
            // Closing a client a second time does nothing (NetworkClient.close).
            new Line(NETWORK_CLIENT, "Attempting to close NetworkClient that has already been closed", "", null),
            // Negative node IDs are addresses of bootstrap.servers: no broker was reached yet. The command reports this
            // in a sentence after its time-out. (A connection that fails for another reason, such as a wrong password,
            // has other messages.)
            new Line(NETWORK_CLIENT, "Connection to node -", NOT_THERE, null),
            new Line(NETWORK_CLIENT, "Bootstrap broker", "disconnected", null));

    /**
     * A killed process leaves state that may be ahead of what was committed. At its start, Kafka Streams notices this,
     * deletes the state, and reads it again from its topic (TaskManager.maybeThrowTaskExceptions). The pattern matches only
     * if every task of the message has this reason.
     */
    private static final Pattern READ_BACK = Pattern.compile(".*Get exceptions for the following tasks: \\{"
            + "(?:(?:, )?\\w+=org\\.apache\\.kafka\\.streams\\.errors\\.TaskCorruptedException: Tasks \\[[\\w, ]+]"
            + " are corrupted and hence need to be re-initialized)+}");

    private static final String TASK_MANAGER = "org.apache.kafka.streams.processor.internals.TaskManager";

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
                || event.getLoggerName().equals(TASK_MANAGER)
                        && READ_BACK.matcher(event.getFormattedMessage()).matches()
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

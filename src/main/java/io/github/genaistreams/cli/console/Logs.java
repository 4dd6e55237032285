package io.github.genaistreams.cli.console;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import io.github.genaistreams.worker.WorkerLog;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/** Sets up the log for a command. A file given as {@code -Dlogback.configurationFile} stays in force. */
public final class Logs {

    static final String OURS = "io.github.genaistreams";

    /** Not at logback's default location: a service with this jar on its class path configures its own log. */
    private static final String TEXT_LINES = "io/github/genaistreams/cli/logback.xml";

    private static final String JSON_LINES = "io/github/genaistreams/cli/logback-json.xml";
    private static final String CONFIGURATION_FILE = "logback.configurationFile";

    private static final String KAFKA = "org.apache.kafka";

    /** A broker's log of its partitions. */
    private static final String KAFKA_STATES = "state.change.logger";

    /**
     * Vert.x warns about threads that made no progress for a while. On a busy machine, or after sleep, that happens
     * without a fault. A call that takes too long has its own time-out.
     */
    private static final String VERTX = "io.vertx";

    /** Form of a log line. */
    public enum Format {
        TEXT,
        JSON
    }

    /** Default log levels. */
    public enum Chatter {
        /** A worker or a broker: the log is its output. */
        SERVICE(Level.INFO, Level.WARN),
        /** A command that ends by itself: its output is enough, unless something is wrong. */
        COMMAND(Level.WARN, Level.ERROR),
        /** A demo with deliberate faults, which are not worth a warning. */
        SHOW(Level.ERROR, Level.ERROR);

        private final Level ours;
        private final Level kafka;

        Chatter(Level ours, Level kafka) {
            this.ours = ours;
            this.kafka = kafka;
        }
    }

    private Logs() {}

    /**
     * Makes logback read this program's file, unless the user names another one. Call it before the first logger of the
     * process is created.
     */
    public static void useOurs() {
        if (System.getProperty(CONFIGURATION_FILE) == null) {
            System.setProperty(CONFIGURATION_FILE, TEXT_LINES);
        }
    }

    /**
     * @param verbosity number of {@code -v} options
     * @param levels    a level for this program such as {@code DEBUG}, or {@code logger=LEVEL,…}; null for none
     */
    public static void configure(Format format, Chatter chatter, int verbosity, @Nullable String levels) {
        ILoggerFactory factory = LoggerFactory.getILoggerFactory();
        if (!(factory instanceof LoggerContext context)) {
            return;
        }
        if (System.getProperty(CONFIGURATION_FILE, TEXT_LINES).equals(TEXT_LINES)) {
            if (format == Format.JSON) {
                load(context, JSON_LINES);
            }
            setOurs(context, chatter.ours);
            set(context, Map.of(KAFKA, chatter.kafka, "kafka", chatter.kafka, VERTX, chatter.kafka));
            WorkerLog.FAILURES.forEach(logger -> context.getLogger(logger).setLevel(null));
            context.getLogger(KAFKA_STATES).setLevel(null);
        }
        if (verbosity > 0) {
            setOurs(context, verbosity == 1 ? Level.INFO : Level.DEBUG);
            set(
                    context,
                    Map.of(KAFKA, verbosity > 2 ? Level.INFO : Level.WARN, "kafka", Level.WARN, VERTX, Level.WARN));
        }
        if (levels != null) {
            for (String entry : levels.split(",")) {
                apply(context, entry.strip());
            }
        }
    }

    /** Kafka in this process has failed, and that was said. What it logs from now on only follows from that. */
    public static void withoutKafka() {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            set(context, Map.of(KAFKA, Level.OFF, "kafka", Level.OFF, KAFKA_STATES, Level.OFF));
        }
    }

    /** Suppresses this logger's warnings. */
    public static void onlyErrors(String logger) {
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger(logger).setLevel(Level.ERROR);
        }
    }

    /** Sets the level of this program's package and of the log of calls. */
    private static void setOurs(LoggerContext context, Level level) {
        set(context, Map.of(OURS, level, WorkerLog.LOGGER, level));
    }

    private static void set(LoggerContext context, Map<String, Level> levels) {
        levels.forEach((name, level) -> context.getLogger(name).setLevel(level));
    }

    private static void apply(LoggerContext context, String entry) {
        int equals = entry.indexOf('=');
        String name = equals < 0 ? null : entry.substring(0, equals).strip();
        String text = entry.substring(equals + 1).strip();
        Level level = Level.toLevel(text.toUpperCase(Locale.ROOT), null);
        if (level == null) {
            throw new CliException("GENAI_LOG_LEVEL: '" + text
                    + "' is not a level. Use ERROR, WARN, INFO, DEBUG, TRACE or OFF, or logger=LEVEL,logger=LEVEL.");
        }
        if (name == null) {
            setOurs(context, level);
            return;
        }
        context.getLogger(name.equalsIgnoreCase("root") ? Logger.ROOT_LOGGER_NAME : name)
                .setLevel(level);
    }

    private static void load(LoggerContext context, String resource) {
        context.reset();
        var configurator = new JoranConfigurator();
        configurator.setContext(context);
        try {
            configurator.doConfigure(Logs.class.getClassLoader().getResource(resource));
        } catch (JoranException e) {
            throw new IllegalStateException(resource, e);
        }
    }
}

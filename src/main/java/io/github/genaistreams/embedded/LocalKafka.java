package io.github.genaistreams.embedded;

import io.github.genaistreams.sandbox.TemporaryDirectory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real Kafka broker (KRaft, broker and controller in one) inside this process, for demos, tests and runs on one
 * machine. It listens on 127.0.0.1 only and keeps one copy of everything. It is a tool for trials, not for running a
 * service.
 *
 * <pre>{@code
 * try (var kafka = LocalKafka.start(LocalKafka.Options.temporary())) {
 *     properties.put("bootstrap.servers", kafka.bootstrapServers());
 * }
 * }</pre>
 *
 * <p>A kept directory may be used again later, under any port, even after the process was killed: Kafka recovers its
 * logs. A fatal fault of the broker never ends this process; see {@link #failure()}. There is no shutdown hook, since
 * the program's own hook may still need the broker: close it there. Topics must be created explicitly. Thread-safe.
 */
public final class LocalKafka implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LocalKafka.class);
    private static final String LOG = "kafka";
    private static final int PORT_ATTEMPTS = 3;

    private final Path dataDir;
    private final boolean temporary;
    private final DirectoryLock lock;
    private final int port;
    private final Map<String, String> settings;
    private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
    private @Nullable EmbeddedBroker broker; // null while stopped
    private boolean closed;

    /**
     * How to run a local Kafka.
     *
     * @param port    port to listen on; 0 for any free port
     * @param dataDir a directory that is kept; empty for a temporary one that {@link LocalKafka#close()} deletes
     * @param broker  further settings of the broker, as in its {@code server.properties}
     */
    public record Options(int port, Optional<Path> dataDir, Map<String, String> broker) {

        public Options {
            Objects.requireNonNull(dataDir, "dataDir");
            broker = Map.copyOf(broker);
            if (port < 0 || port > 65_535) {
                throw new IllegalArgumentException("port must be from 0 (any free port) to 65535, not " + port);
            }
        }

        public Options(int port, Optional<Path> dataDir) {
            this(port, dataDir, Map.of());
        }

        /** A free port and a temporary directory. */
        public static Options temporary() {
            return new Options(0, Optional.empty());
        }

        /**
         * Data in this directory, and a free port. The directory is created if it is missing. If it has data of an earlier run,
         * the broker uses the data again, and the same port if possible.
         */
        public static Options keptIn(Path dataDir) {
            return new Options(0, Optional.of(dataDir));
        }

        /** The same, with additional settings of the broker. */
        public Options withBroker(Map<String, String> broker) {
            return new Options(port, dataDir, broker);
        }

        public Options withPort(int port) {
            return new Options(port, dataDir, broker);
        }
    }

    private LocalKafka(Path dataDir, boolean temporary, int port, Map<String, String> settings) {
        this.dataDir = dataDir;
        this.settings = settings;
        this.temporary = temporary;
        this.lock = DirectoryLock.of(dataDir);
        try {
            Path logDirectory = dataDir.resolve(LOG);
            broker = port == 0 ? onFreePort(dataDir, logDirectory) : EmbeddedBroker.start(logDirectory, port, settings);
            BrokerPort.remember(dataDir, broker.port());
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
        broker.failure().thenAccept(failure::complete);
        this.port = broker.port();
    }

    /** Another process may take the chosen port before the broker does. Then another port is chosen. */
    private EmbeddedBroker onFreePort(Path dataDir, Path logDirectory) {
        for (int attempt = 1; ; attempt++) {
            try {
                return EmbeddedBroker.start(logDirectory, BrokerPort.choose(dataDir), settings);
            } catch (LocalKafkaException e) {
                if (!(e.getCause() instanceof BindException) || attempt == PORT_ATTEMPTS) {
                    throw e;
                }
            }
        }
    }

    /**
     * Starts a broker, and returns when it serves clients. This takes about two seconds.
     *
     * @throws LocalKafkaException if the port or the directory is in use or the broker fails to start
     */
    public static LocalKafka start(Options options) {
        long started = System.nanoTime();
        boolean temporary = options.dataDir().isEmpty();
        Path dataDir = options.dataDir()
                .orElseGet(LocalKafka::newTemporaryDirectory)
                .toAbsolutePath()
                .normalize();
        try {
            var kafka = new LocalKafka(dataDir, temporary, options.port(), options.broker());
            log.info(
                    "Local Kafka on {} with data in {}, ready after {} ms",
                    kafka.bootstrapServers(),
                    dataDir,
                    Duration.ofNanos(System.nanoTime() - started).toMillis());
            return kafka;
        } catch (RuntimeException e) {
            if (temporary) {
                TemporaryDirectory.delete(dataDir);
            }
            throw e;
        }
    }

    /** The address of the running broker whose data is in this directory; empty if there is none. */
    public static Optional<String> running(Path dataDir) {
        int port = DirectoryLock.isHeld(dataDir) ? BrokerPort.remembered(dataDir) : 0;
        return port == 0 ? Optional.empty() : Optional.of(BrokerSettings.HOST + ":" + port);
    }

    /** Whether a local Kafka uses this directory, or has used it. */
    public static boolean isDataDir(Path dataDir) {
        return DirectoryLock.existsIn(dataDir);
    }

    /** Whether a local Kafka uses this directory now. */
    public static boolean isInUse(Path dataDir) {
        return DirectoryLock.isHeld(dataDir);
    }

    /**
     * Runs an action while no local Kafka can use this directory.
     *
     * @throws LocalKafkaException if a local Kafka uses it now; the action is not run then
     */
    public static void whileUnused(Path dataDir, Runnable action) {
        try (DirectoryLock lock = DirectoryLock.of(dataDir)) {
            action.run();
        }
    }

    /** The {@code bootstrap.servers} for clients. It stays the same after a {@link #restart()}. */
    public String bootstrapServers() {
        return BrokerSettings.HOST + ":" + port;
    }

    public int port() {
        return port;
    }

    public Path dataDir() {
        return dataDir;
    }

    /**
     * Completes with the reason if the broker meets a fault that would end a stand-alone broker (such as a full disk).
     * This process continues, and {@link #restart()} may help. Never completes otherwise.
     */
    public CompletableFuture<Throwable> failure() {
        return failure.copy();
    }

    /** What {@link #failure()} means for people. */
    public String sentence(Throwable failure) {
        String kept = temporary ? "" : " The data in " + dataDir + " is kept.";
        return "The local Kafka has failed: " + EmbeddedBroker.withoutStop(failure) + "." + kept
                + DiskSpace.hint(dataDir);
    }

    /** Stops the broker if it runs. {@link #restart()} uses the same port, directory and data. */
    public synchronized void stop() {
        if (broker != null) {
            broker.close();
            broker = null;
        }
    }

    /** Stops the broker if it runs, and starts it with the same port and data. */
    public synchronized void restart() {
        if (closed) {
            throw new IllegalStateException("This local Kafka is closed; start a new one on " + dataDir);
        }
        stop();
        broker = EmbeddedBroker.start(dataDir.resolve(LOG), port, settings);
        broker.failure().thenAccept(failure::complete);
    }

    /** Stops the broker, and deletes a temporary directory. */
    @Override
    public synchronized void close() {
        if (closed) {
            return;
        }
        closed = true;
        stop();
        lock.close();
        if (temporary) {
            TemporaryDirectory.delete(dataDir);
        }
    }

    private static Path newTemporaryDirectory() {
        try {
            return Files.createTempDirectory("genai-kafka-");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.github.genaistreams.embedded;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import kafka.server.BrokerServer;
import kafka.server.ControllerServer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.server.Server;
import kafka.server.SharedServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.metrics.Metrics;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of a combined broker and controller, from {@link #start} to {@link #close}. */
final class EmbeddedBroker implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(EmbeddedBroker.class);

    private final ServerSocketChannel clientSocket;
    private final ServerSocketChannel controllerSocket;
    private final FatalFaults faults = new FatalFaults();
    private @Nullable ControllerServer controller;
    private @Nullable BrokerServer broker;
    private @Nullable Metrics metrics;

    private EmbeddedBroker(int port) {
        // Sockets are opened first: no other process can take the port, and a port in use is found before anything is
        // written.
        clientSocket = bind(port);
        try {
            controllerSocket = bind(0);
        } catch (RuntimeException e) {
            quietly(clientSocket::close);
            throw e;
        }
    }

    /**
     * @param logDirectory formatted if it is new
     * @param port         0 for any free port
     * @param more         further settings of the broker
     */
    static EmbeddedBroker start(Path logDirectory, int port, Map<String, String> more) {
        var embedded = new EmbeddedBroker(port);
        try {
            embedded.run(logDirectory, more);
            return embedded;
        } catch (Exception | InternalError e) {
            // The JVM throws an InternalError if the disk has no room for a mapped file.
            embedded.close();
            throw new LocalKafkaException(
                    "The local Kafka in %s could not start: %s.%s"
                            .formatted(logDirectory, withoutStop(e), DiskSpace.hint(logDirectory)),
                    e);
        }
    }

    static String withoutStop(Throwable e) {
        String message = e.getMessage() == null ? e.toString() : e.getMessage();
        return message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
    }

    int port() {
        return portOf(clientSocket);
    }

    CompletableFuture<Throwable> failure() {
        return faults.first();
    }

    private void run(Path logDirectory, Map<String, String> more) throws Exception {
        boolean isNew = !Files.exists(logDirectory.resolve("meta.properties"));
        boolean stoppedWell = Files.exists(logDirectory.resolve(".kafka_cleanshutdown"));
        if (isNew) {
            format(logDirectory);
        }
        Map<String, String> settings =
                BrokerSettings.of(logDirectory, port(), portOf(controllerSocket), !isNew && !stoppedWell);
        settings.putAll(more);
        var config = new KafkaConfig(settings, /* doLog= */ false);
        var stored = KafkaRaftServer.initializeLogDirs(config, log, "");
        metrics = Server.initializeMetrics(
                config, Time.SYSTEM, stored._1().clusterId().orElseThrow());
        var shared = new SharedServer(
                config,
                stored._1(),
                Time.SYSTEM,
                metrics,
                CompletableFuture.completedFuture(Map.of(
                        BrokerSettings.NODE_ID, new InetSocketAddress(BrokerSettings.HOST, portOf(controllerSocket)))),
                List.of(),
                faults,
                (listener, address, backlog, buffer) ->
                        listener.equals(BrokerSettings.CLIENTS) ? clientSocket : controllerSocket);
        broker = new BrokerServer(shared);
        controller = new ControllerServer(shared, KafkaRaftServer.configSchema(), stored._2());
        controller.startup();
        broker.startup();
    }

    private static void format(Path logDirectory) throws Exception {
        new Formatter()
                .setClusterId(Uuid.randomUuid().toString())
                .setNodeId(BrokerSettings.NODE_ID)
                .setControllerListenerName(BrokerSettings.CONTROLLER)
                .setDirectories(List.of(logDirectory.toString()))
                .setMetadataLogDirectory(logDirectory.toString())
                .setPrintStream(new PrintStream(OutputStream.nullOutputStream()))
                .run();
    }

    private static ServerSocketChannel bind(int port) {
        try {
            var channel = ServerSocketChannel.open();
            try {
                // A restart can use the same port while connections of the earlier run are still in TIME_WAIT.
                channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
                channel.bind(new InetSocketAddress(BrokerSettings.HOST, port));
                channel.configureBlocking(false);
                return channel;
            } catch (IOException e) {
                channel.close();
                throw e;
            }
        } catch (BindException e) {
            throw new LocalKafkaException(
                    ("Port %d on %s is in use. Stop the program that listens there, or choose another port (0: any"
                                    + " free port).")
                            .formatted(port, BrokerSettings.HOST),
                    e);
        } catch (IOException e) {
            throw new LocalKafkaException("Cannot listen on %s:%d: %s".formatted(BrokerSettings.HOST, port, e), e);
        }
    }

    private static int portOf(ServerSocketChannel channel) {
        return channel.socket().getLocalPort();
    }

    /** Stops in order: the broker needs its controller for a clean shutdown. */
    @Override
    public void close() {
        if (broker != null) {
            // By default, the broker would wait five minutes for the answer of a failed controller.
            Duration patience = faults.first().isDone() ? Duration.ofSeconds(1) : Duration.ofSeconds(30);
            BrokerServer stopping = broker;
            quietly(() -> stopping.shutdown(patience));
        }
        if (controller != null) {
            quietly(controller::shutdown);
        }
        if (metrics != null) {
            quietly(metrics::close);
        }
        quietly(clientSocket::close);
        quietly(controllerSocket::close);
        faults.close();
    }

    private interface Action {
        void run() throws Exception;
    }

    private static void quietly(Action action) {
        try {
            action.run();
        } catch (Exception e) {
            log.warn("The local Kafka did not stop cleanly: {}", e.toString(), e);
        }
    }
}

package io.github.genaistreams.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Set;
import org.apache.kafka.common.errors.KafkaStorageException;
import org.apache.kafka.common.errors.NotLeaderOrFollowerException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.TaskCorruptedException;
import org.apache.kafka.streams.processor.TaskId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** With the configurations as they are shipped. */
class HarmlessLinesTest {

    private static final String NETWORK = "org.apache.kafka.clients.NetworkClient";
    private static final String REPLICAS = "kafka.server.ReplicaManager";

    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final PrintStream before = System.err;
    private final LoggerContext context = new LoggerContext();

    @BeforeEach
    void log() throws Exception {
        context.setMDCAdapter(new LogbackMDCAdapter());
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
        configure("io/github/genaistreams/cli/logback.xml");
    }

    private void configure(String resource) throws Exception {
        context.reset();
        var configurator = new JoranConfigurator();
        configurator.setContext(context);
        configurator.doConfigure(getClass().getClassLoader().getResource(resource));
    }

    @AfterEach
    void restore() {
        System.setErr(before);
        context.stop();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            org.apache.kafka.controller.ReplicationControlManager | [QuorumController id=1] processExpiredBrokerHeartbeat: controller event queue overloaded. Timed out heartbeat from broker 1.
            org.apache.kafka.controller.EventPerformanceMonitor | [QuorumController id=1] Exceptionally slow controller event handleCommit[baseOffset=0] took 2178 ms.
            org.apache.kafka.clients.NetworkClient | [Raft] Attempting to close NetworkClient that has already been closed.
            org.apache.kafka.clients.NetworkClient | [AdminClient clientId=a] Connection to node -1 (localhost/127.0.0.1:1) could not be established. Node may not be available.
            org.apache.kafka.clients.NetworkClient | [AdminClient clientId=a] Bootstrap broker localhost:1 (id: -1 rack: null) disconnected
            org.apache.kafka.streams.processor.internals.TaskManager | stream-thread [a] Get exceptions for the following tasks: {1_0=org.apache.kafka.streams.errors.TaskCorruptedException: Tasks [1_0] are corrupted and hence need to be re-initialized}
            org.apache.kafka.streams.processor.internals.StateDirectory | stream-client Unable to obtain lock as state directory is already locked by another process
            """)
    void whatIsNobodysBusinessIsLeftOut(String logger, String message) throws Exception {
        for (String form :
                new String[] {"io/github/genaistreams/cli/logback.xml", "io/github/genaistreams/cli/logback-json.xml"
                }) {
            configure(form);
            context.getLogger(logger).error(message);
            context.getLogger(logger).warn(message);
        }

        assertThat(written()).isEmpty();
    }

    @Test
    void aBrokerThatIsStoppedWhileItReadsItsGroupsIsNoError() {
        var logger = context.getLogger("org.apache.kafka.coordinator.common.runtime.CoordinatorRuntime");
        String message = "[GroupCoordinator id=1] Failed to load metadata from __consumer_offsets-0 with epoch 24";
        logger.error(message, new NotLeaderOrFollowerException("Stopped loading records"));
        assertThat(written()).isEmpty();

        logger.error(message, new IllegalStateException("a record of an unknown type"));
        assertThat(written()).contains("Failed to load metadata");
    }

    @Test
    void anAppendThatTheProducerRepeatsIsNotAnError() {
        context.getLogger(REPLICAS)
                .error(
                        "[ReplicaManager broker=1] Error processing append operation on partition t-0",
                        new OutOfOrderSequenceException("Out of order sequence number"));

        assertThat(written()).isEmpty();
    }

    @Test
    void anyOtherErrorOfTheSameClassIsSeen() {
        context.getLogger(REPLICAS)
                .error(
                        "[ReplicaManager broker=1] Error processing append operation on partition t-0",
                        new KafkaStorageException("disk"));
        context.getLogger(REPLICAS).error("Error processing append operation on partition t-0, without a reason");

        assertThat(written().lines().filter(line -> line.contains("ReplicaManager ")))
                .hasSize(2);
    }

    @Test
    void readingStateBackAfterAKillIsNotAnError() {
        var tasks = context.getLogger("org.apache.kafka.streams.processor.internals.TaskManager");
        var found = new LinkedHashMap<TaskId, Exception>();
        found.put(new TaskId(1, 0), new TaskCorruptedException(Set.of(new TaskId(1, 0))));
        found.put(new TaskId(3, 0), new TaskCorruptedException(Set.of(new TaskId(3, 0))));
        tasks.error("stream-thread [w-StreamThread-1] Get exceptions for the following tasks: {}", found);

        assertThat(written()).isEmpty();

        found.put(new TaskId(2, 0), new StreamsException("the disk is full"));
        tasks.error("stream-thread [w-StreamThread-1] Get exceptions for the following tasks: {}", found);

        assertThat(written()).contains("the disk is full");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[AdminClient] Connection to node -1 (h/1.2.3.4:1) failed authentication due to: wrong password",
                "[AdminClient] Connection to node -1 (h/1.2.3.4:1) terminated during authentication. This may happen",
                "[Producer] Received error UNSUPPORTED_VERSION from node 1"
            })
    void aConnectionThatFailsForAReasonIsSeenEachTime(String message) {
        context.getLogger(NETWORK).warn(message);
        context.getLogger(NETWORK).warn(message);

        assertThat(written().lines()).hasSize(2);
    }

    @Test
    void aMissingBrokerIsLoggedFromTimeToTime() {
        for (int i = 0; i < 20; i++) {
            context.getLogger(NETWORK)
                    .warn(
                            "[Consumer] Connection to node 1 (h/1.2.3.4:1) could not be established. Node may not be available.");
        }

        assertThat(written().lines()).hasSize(1);
    }

    @Test
    void aCommandIsSilentOfThreadsThatAMachineLetsWait() {
        Logs.configure(Logs.Format.TEXT, Logs.Chatter.COMMAND, 0, null);
        assertThat(level("io.vertx")).isEqualTo(Level.ERROR);
        Logs.configure(Logs.Format.TEXT, Logs.Chatter.COMMAND, 1, null);
        assertThat(level("io.vertx")).isEqualTo(Level.WARN);
        Logs.configure(Logs.Format.TEXT, Logs.Chatter.SERVICE, 0, null);
        assertThat(level("io.vertx")).isEqualTo(Level.WARN);
    }

    private static Level level(String logger) {
        return ((ch.qos.logback.classic.Logger) org.slf4j.LoggerFactory.getLogger(logger)).getLevel();
    }

    private String written() {
        return written.toString(StandardCharsets.UTF_8);
    }
}

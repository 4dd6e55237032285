package io.github.genaistreams.embedded;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * Settings of a broker for one machine: one replica of everything, little memory, quick to start and to notice a lost
 * client.
 */
final class BrokerSettings {

    static final int NODE_ID = 1;
    static final String HOST = "127.0.0.1";
    static final String CLIENTS = "CLIENTS";
    static final String CONTROLLER = "CONTROLLER";

    private static final int MIB = 1024 * 1024;

    /** Records of 16 MiB, with room for keys, headers and the batch around them. */
    private static final int MAX_BATCH_BYTES = 20 * MIB;

    private BrokerSettings() {}

    /**
     * @param afterCrash whether the last run in this directory has crashed: its broker still counts as alive until its
     *     session ends, and the new one must wait for that, so the session is short
     */
    static Map<String, String> of(Path logDirectory, int port, int controllerPort, boolean afterCrash) {
        var settings = new HashMap<String, Object>();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", NODE_ID);
        settings.put("controller.quorum.voters", NODE_ID + "@" + HOST + ":" + controllerPort);
        settings.put("controller.listener.names", CONTROLLER);
        settings.put("inter.broker.listener.name", CLIENTS);
        settings.put(
                "listeners", "%s://%s:%d,%s://%s:%d".formatted(CLIENTS, HOST, port, CONTROLLER, HOST, controllerPort));
        settings.put("listener.security.protocol.map", CLIENTS + ":PLAINTEXT," + CONTROLLER + ":PLAINTEXT");
        settings.put("log.dirs", logDirectory.toString());

        one(settings, "offsets.topic", "replication.factor");
        // An existing directory keeps its number of partitions.
        settings.put("offsets.topic.num.partitions", 1);
        one(settings, "transaction.state.log", "replication.factor", "min.isr");
        settings.put("transaction.state.log.num.partitions", 1);
        one(settings, "share.coordinator.state.topic", "replication.factor", "min.isr");
        settings.put("share.coordinator.state.topic.num.partitions", 1);
        settings.put("default.replication.factor", 1);
        settings.put("min.insync.replicas", 1);
        settings.put("auto.create.topics.enable", false);

        settings.put("message.max.bytes", MAX_BATCH_BYTES);
        settings.put("replica.fetch.max.bytes", MAX_BATCH_BYTES);
        settings.put("socket.request.max.bytes", 5 * MAX_BATCH_BYTES);

        // A test's consumer or a killed worker should not hold up a group for long.
        settings.put("group.initial.rebalance.delay.ms", 0);
        settings.put("group.min.session.timeout.ms", 1_000);
        // How long a record waits if the markers of the last commit have not been written. The default is 20 ms.
        settings.put("add.partitions.to.txn.retry.backoff.ms", 1);
        settings.put("transaction.max.timeout.ms", 60 * 60 * 1_000);
        settings.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", 1_000);

        // The default waits for more writers.
        settings.put("controller.quorum.append.linger.ms", 0);
        settings.put("broker.heartbeat.interval.ms", 500);
        settings.put("broker.session.timeout.ms", afterCrash ? 2_000 : 9_000);

        settings.put("num.network.threads", 2);
        settings.put("num.io.threads", 4);
        settings.put("background.threads", 2);
        settings.put("num.recovery.threads.per.data.dir", 2);

        // Indexes are mapped at full size for each partition. A small segment needs only a small index.
        settings.put("log.segment.bytes", 64 * MIB);
        settings.put("log.index.size.max.bytes", MIB);
        settings.put("log.cleaner.enable", true);
        settings.put("log.cleaner.threads", 1);
        settings.put("log.cleaner.dedupe.buffer.size", 2 * MIB);
        settings.put("log.cleaner.io.buffer.size", 256 * 1024);

        // MBeans are per process and named after the node: two local brokers would conflict.
        settings.put("metric.reporters", "");
        // As text, since Kafka distinguishes a short from an int.
        var asText = new HashMap<String, String>();
        settings.forEach((name, value) -> asText.put(name, value.toString()));
        return asText;
    }

    private static void one(Map<String, Object> settings, String prefix, String... names) {
        for (String name : names) {
            settings.put(prefix + "." + name, 1);
        }
    }
}

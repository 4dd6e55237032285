package io.github.genaistreams.topology;

import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.topology.gate.GatedConsumer;
import io.github.genaistreams.topology.gate.QuietAssignor;
import io.github.genaistreams.wire.RecordCompression;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/**
 * How Kafka Streams runs the topology.
 *
 * @param applicationId  name of the worker group
 * @param workerId       name as a static group member, or null
 * @param stateDir       where the journal's local copy lives
 * @param threads        stream threads
 * @param maxPollRecords records read at once
 * @param commitInterval longest time between transactions
 * @param drainTimeout   how long a rebalance may be held up for calls in flight
 * @param recordMaxBytes largest request or result record
 * @param client         further settings for all Kafka clients and for Kafka Streams, {@code bootstrap.servers} among
 *                       them; they win over what is set here, except where exactly-once depends on it
 */
public record StreamsSettings(
        String applicationId,
        String workerId,
        Path stateDir,
        int threads,
        int maxPollRecords,
        Duration commitInterval,
        Duration drainTimeout,
        int recordMaxBytes,
        Map<String, Object> client) {

    private static final long CACHE_BYTES = 16L << 20;

    /** Beyond what a rebalance may wait for. */
    private static final Duration TRANSACTION_MARGIN = Duration.ofSeconds(15);

    /** The brokers' default of {@code transaction.max.timeout.ms}. */
    private static final Duration TRANSACTION_MOST = Duration.ofMinutes(15);

    /** The longest that a stream thread's poll loop may be silent. */
    private static final Duration MAX_POLL_INTERVAL = Duration.ofMinutes(15);

    /** How long a worker may be silent until the others take over. */
    private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(10);

    /** The same for one with a name: its restarts must fit into it. In a rebalance the others wait for it so long. */
    private static final Duration NAMED_SESSION_TIMEOUT = Duration.ofSeconds(20);

    /** How late a member hears of a rebalance. Nobody who has joined commits anything until all have. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(1);

    /**
     * Of a producer's batch. What one transaction writes to a partition is as a rule one batch, sent with the commit: records compress
     * better together, and each produce request that comes to a new partition has the broker write the whole transaction down again.
     */
    private static final int BATCH_BYTES = 256 << 10;

    /** How late it is noticed that a topic has been given more partitions, unless the user's setting of Kafka says otherwise. */
    public static final Duration METADATA_MAX_AGE = Duration.ofMinutes(1);

    /** For which a broker keeps a fetch that finds nothing more to restore. */
    private static final Duration RESTORE_WAIT = Duration.ofMillis(20);

    /** For how long the consumer waits for records. The end of a call breaks the wait off: {@link GatedConsumer}. */
    static final Duration POLL = Duration.ofMillis(10);

    /** Without the clients' settings: passwords may be among them. */
    @Override
    public String toString() {
        return "StreamsSettings[" + applicationId + ", worker " + workerId + ", " + stateDir + ", " + threads
                + " threads]";
    }

    public Properties toProperties() {
        Map<String, Object> p = new HashMap<>();
        p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, threads);
        p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, commitInterval.toMillis());
        p.put(StreamsConfig.POLL_MS_CONFIG, POLL.toMillis());
        // For the batches' counts; the journal has no use for a cache.
        p.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES);
        p.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, JournalRocksDb.class);
        p.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, (int) MAX_POLL_INTERVAL.toMillis());
        Duration session = workerId == null ? SESSION_TIMEOUT : NAMED_SESSION_TIMEOUT;
        p.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, (int) session.toMillis());
        p.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, (int) HEARTBEAT.toMillis());
        p.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, Math.max(1 << 20, recordMaxBytes / 4));
        // Its next task has its first question behind the fetch that waits at the end of the one before.
        p.put(StreamsConfig.restoreConsumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), (int)
                RESTORE_WAIT.toMillis());
        p.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, recordMaxBytes + Outbox.ENVELOPE_BYTES);
        p.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
        p.putAll(RecordCompression.DEFAULTS);
        p.put(CommonClientConfigs.METADATA_MAX_AGE_CONFIG, METADATA_MAX_AGE.toMillis());
        // Under Kafka's own names: with the prefix of a client they would win over what the user gives without it.
        p.putAll(client);
        // Kafka Streams compares this one with the commit interval, and looks for it only here.
        p.putIfAbsent(
                StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG),
                client.getOrDefault(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int)
                        transactionTimeout(p).toMillis()));

        // Not open to change: the guarantees and the pairing of request and retry topic depend on them.
        p.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), maxPollRecords);
        p.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        p.put(StreamsConfig.APPLICATION_ID_CONFIG, applicationId);
        p.put(StreamsConfig.STATE_DIR_CONFIG, stateDir.toString());
        p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        // Requests and retries never wait for each other.
        p.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, -1L);
        // The gate needs a consumer whose rebalance is visible to it.
        p.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, "classic");
        // A journal is small: restoring it beats leaving a new worker without work until a replica has warmed up.
        p.put(StreamsConfig.ACCEPTABLE_RECOVERY_LAG_CONFIG, Long.MAX_VALUE);
        p.put(StreamsConfig.TASK_ASSIGNOR_CLASS_CONFIG, QuietAssignor.class.getName());
        p.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
        p.put(StreamsConfig.DEFAULT_TIMESTAMP_EXTRACTOR_CLASS_CONFIG, RecordTime.class);
        if (workerId != null) {
            p.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, workerId);
        }
        Properties properties = new Properties();
        properties.putAll(p);
        return properties;
    }

    /**
     * Kafka Streams commits nothing from its join on until the group is assigned. What that waits for is a member that is dead, and rarely
     * one that itself waits for calls in flight ({@link GatedConsumer}, the hold). Past this time a living worker's transaction is
     * aborted, and the calls whose results are in it are made again: so it is no shorter. After a kill others end the transaction sooner.
     */
    private Duration transactionTimeout(Map<String, Object> settings) {
        Duration needed = drainTimeout.plus(sessionTimeout(settings)).plus(TRANSACTION_MARGIN);
        return needed.compareTo(TRANSACTION_MOST) < 0 ? needed : TRANSACTION_MOST;
    }

    private static Duration sessionTimeout(Map<String, Object> settings) {
        String name = ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG;
        return Stream.of(StreamsConfig.mainConsumerPrefix(name), StreamsConfig.consumerPrefix(name), name)
                .filter(settings::containsKey)
                .map(key -> settings.get(key).toString().strip())
                .findFirst()
                // Kafka refuses what is no number.
                .filter(millis -> millis.matches("\\d{1,9}"))
                .map(millis -> Duration.ofMillis(Integer.parseInt(millis)))
                .orElse(NAMED_SESSION_TIMEOUT);
    }
}

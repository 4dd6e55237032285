package io.github.genaistreams.topology;

import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.topology.gate.GatedConsumer;
import io.github.genaistreams.topology.gate.QuietAssignor;
import io.github.genaistreams.wire.RecordCompression;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;
import org.jspecify.annotations.Nullable;

/**
 * How Kafka Streams runs the topology.
 *
 * @param applicationId  name of the worker group
 * @param workerId       name as a static group member; null for a dynamic one
 * @param stateDir       directory of the local copy of the journal
 * @param threads        stream threads
 * @param maxPollRecords records read at once
 * @param commitInterval maximum time between transactions
 * @param drainTimeout   how long a rebalance may wait for calls in flight
 * @param recordMaxBytes largest request or result record
 * @param client         further settings for all Kafka clients and for Kafka Streams, including
 *     {@code bootstrap.servers}. They override the settings made here, except where exactly-once depends on them
 */
public record StreamsSettings(
        String applicationId,
        @Nullable String workerId,
        Path stateDir,
        int threads,
        int maxPollRecords,
        Duration commitInterval,
        Duration drainTimeout,
        int recordMaxBytes,
        Map<String, Object> client) {

    private static final long CACHE_BYTES = 16L << 20;

    /** In addition to the time that a rebalance may wait. */
    private static final Duration TRANSACTION_MARGIN = Duration.ofSeconds(15);

    /** The brokers' default of {@code transaction.max.timeout.ms}. */
    private static final Duration MAX_TRANSACTION = Duration.ofMinutes(15);

    /** Maximum time between two polls of a stream thread. */
    private static final Duration MAX_POLL_INTERVAL = Duration.ofMinutes(15);

    /** How long a worker may be silent before others take over. */
    private static final Duration SESSION_TIMEOUT = Duration.ofSeconds(10);

    /**
     * The same for a static member: its restart must fit into this time. In a rebalance, the others wait for it this
     * long.
     */
    private static final Duration NAMED_SESSION_TIMEOUT = Duration.ofSeconds(20);

    /** Maximum delay until a member hears of a rebalance. Until all members have joined, none that has joined commits. */
    private static final Duration HEARTBEAT = Duration.ofSeconds(1);

    /**
     * Batch size of a producer. Usually, what one transaction writes to a partition is one batch, sent with the commit.
     * Records compress better together, and for each produce request to a new partition the broker writes the state of
     * the whole transaction again.
     */
    private static final int BATCH_BYTES = 256 << 10;

    /**
     * A broker refuses a write (CONCURRENT_TRANSACTIONS) until the markers of the previous transaction are on its partition,
     * which takes a few milliseconds. Kafka's default pause of 100 ms would be most of an answer's way through the worker.
     */
    private static final Duration PRODUCER_RETRY_BACKOFF = Duration.ofMillis(5);

    /** Maximum delay until a worker notices new partitions of a topic, unless the user sets it for Kafka. */
    public static final Duration METADATA_MAX_AGE = Duration.ofMinutes(1);

    /** How long a broker holds a fetch that finds nothing more to restore. */
    private static final Duration RESTORE_WAIT = Duration.ofMillis(20);

    /** How long the consumer waits for records. The end of a call ends the wait early: {@link GatedConsumer}. */
    static final Duration POLL = Duration.ofMillis(10);

    /** Without the clients' settings: they may contain passwords. */
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
        // The counts of batches need a cache. The journal would not benefit from one.
        p.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, CACHE_BYTES);
        p.put(StreamsConfig.ROCKSDB_CONFIG_SETTER_CLASS_CONFIG, JournalRocksDb.class);
        p.put(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG, (int) MAX_POLL_INTERVAL.toMillis());
        Duration session = workerId == null ? SESSION_TIMEOUT : NAMED_SESSION_TIMEOUT;
        p.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, (int) session.toMillis());
        p.put(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG, (int) HEARTBEAT.toMillis());
        p.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, Math.max(1 << 20, recordMaxBytes / 4));
        // The first fetch of the next task waits behind the last fetch of the one before.
        p.put(StreamsConfig.restoreConsumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), (int)
                RESTORE_WAIT.toMillis());
        p.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, recordMaxBytes + Outbox.ENVELOPE_BYTES);
        p.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
        p.putAll(RecordCompression.DEFAULTS);
        p.put(CommonClientConfigs.METADATA_MAX_AGE_CONFIG, METADATA_MAX_AGE.toMillis());
        // Under Kafka's own names: with a client's prefix, they would override a user's value without the prefix.
        p.putAll(client);
        p.putIfAbsent(
                StreamsConfig.producerPrefix(ProducerConfig.RETRY_BACKOFF_MS_CONFIG),
                client.getOrDefault(ProducerConfig.RETRY_BACKOFF_MS_CONFIG, PRODUCER_RETRY_BACKOFF.toMillis()));
        // Kafka Streams compares this setting with the commit interval, and reads it only here.
        p.putIfAbsent(
                StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG),
                client.getOrDefault(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, (int)
                        transactionTimeout(p).toMillis()));

        // Not configurable: the guarantees and the pairing of request and retry topic depend on them.
        p.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), maxPollRecords);
        p.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
        p.put(StreamsConfig.APPLICATION_ID_CONFIG, applicationId);
        p.put(StreamsConfig.STATE_DIR_CONFIG, stateDir.toString());
        p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        // Requests and retries never wait for each other.
        p.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, -1L);
        // The gate needs a consumer whose rebalance is visible to it.
        p.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, "classic");
        // A journal is small. Restoring it is better than leaving a new worker without work until a replica has warmed
        // up.
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
     * Kafka Streams commits nothing between its join and the assignment of the group. That waits for a dead member, or
     * rarely for a member that itself waits for calls in flight ({@link GatedConsumer}, the hold). After this time-out,
     * a living worker's transaction is aborted, and the calls whose results it contains are made again. So the time-out
     * is not shorter. After a kill, other workers end the transaction sooner.
     */
    private Duration transactionTimeout(Map<String, Object> settings) {
        Duration needed = drainTimeout.plus(sessionTimeout(settings)).plus(TRANSACTION_MARGIN);
        return needed.compareTo(MAX_TRANSACTION) < 0 ? needed : MAX_TRANSACTION;
    }

    private static Duration sessionTimeout(Map<String, Object> settings) {
        String name = ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG;
        return Stream.of(StreamsConfig.mainConsumerPrefix(name), StreamsConfig.consumerPrefix(name), name)
                .map(settings::get)
                .filter(Objects::nonNull)
                .map(value -> value.toString().strip())
                .findFirst()
                // Kafka refuses a value that is not a number.
                .filter(millis -> millis.matches("\\d{1,9}"))
                .map(millis -> Duration.ofMillis(Integer.parseInt(millis)))
                .orElse(NAMED_SESSION_TIMEOUT);
    }
}

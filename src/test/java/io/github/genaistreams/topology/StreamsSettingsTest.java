package io.github.genaistreams.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.topology.gate.QuietAssignor;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamsSettingsTest {

    private static final Duration DRAIN = Duration.ofSeconds(60);

    private String workerId;
    private Duration drain = DRAIN;
    private int recordMaxBytes = 12 << 20;
    private final Map<String, Object> client = new HashMap<>(Map.of("bootstrap.servers", "somewhere:9092"));

    private StreamsSettings settings() {
        return new StreamsSettings(
                "group", workerId, Path.of("state"), 3, 200, Duration.ofMillis(50), drain, recordMaxBytes, client);
    }

    private Properties properties() {
        return settings().toProperties();
    }

    /** Of the producer that Kafka Streams makes of them. */
    private Map<String, Object> producer() {
        return new StreamsConfig(properties()).getProducerConfigs("id");
    }

    private Map<String, Object> consumer() {
        return new StreamsConfig(properties()).getMainConsumerConfigs("group", "id", 0);
    }

    private int transactionSeconds() {
        return Integer.parseInt(producer()
                        .get(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG)
                        .toString())
                / 1_000;
    }

    @Test
    void isAcceptedByKafkaStreamsWithTheGuaranteesOfTheDocumentation() {
        var config = new StreamsConfig(properties());

        assertThat(config.getString(StreamsConfig.PROCESSING_GUARANTEE_CONFIG)).isEqualTo("exactly_once_v2");
        assertThat(config.getInt(StreamsConfig.NUM_STREAM_THREADS_CONFIG)).isEqualTo(3);
        assertThat(consumer())
                .containsEntry(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed")
                .containsEntry(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest")
                .containsEntry(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 10_000)
                .doesNotContainKey(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG);
    }

    /** Until then, a living worker may hold results in its transaction while a rebalance waits. */
    @Test
    void abortsNoTransactionWhileARebalanceMayWaitForCallsAndForADeadMember() {
        assertThat(transactionSeconds()).isEqualTo(60 + 10 + 15);

        workerId = "w-1";
        assertThat(transactionSeconds()).isEqualTo(60 + 20 + 15);
        drain = Duration.ofHours(1);
        assertThat(transactionSeconds()).as("no more than brokers allow").isEqualTo(15 * 60);
    }

    @Test
    void givesAStaticMemberTheTimeOfARestart() {
        workerId = "w-1";

        assertThat(consumer())
                .containsEntry(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 20_000)
                .hasEntrySatisfying(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, id -> assertThat(id.toString())
                        .startsWith("w-1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"session.timeout.ms", "consumer.session.timeout.ms", "main.consumer.session.timeout.ms"})
    void fitsTheTransactionToTheSessionThatTheUserSets(String name) {
        client.put(name, " 45000 ");

        assertThat(transactionSeconds()).isEqualTo(60 + 45 + 15);
        assertThat(consumer().get(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG).toString())
                .contains("45000");
    }

    @Test
    void usesTheNameThatKafkaStreamsPrefersIfTheUserSetsTheSessionTwice() {
        client.put("session.timeout.ms", "30000");
        client.put("main.consumer.session.timeout.ms", "45000");
        client.put("consumer.session.timeout.ms", "25000");

        assertThat(transactionSeconds()).isEqualTo(60 + 45 + 15);
    }

    @Test
    void leavesASessionThatIsNoNumberToKafka() {
        client.put("session.timeout.ms", "soon");

        assertThat(properties().get("producer.transaction.timeout.ms")).isEqualTo(95_000);
    }

    @ParameterizedTest
    @ValueSource(strings = {"transaction.timeout.ms", "producer.transaction.timeout.ms"})
    void usesTheTransactionTimeOutThatTheUserSets(String name) {
        client.put(name, "70000");

        assertThat(transactionSeconds()).isEqualTo(70);
    }

    @ParameterizedTest
    @CsvSource({"retry.backoff.ms, 77", "producer.retry.backoff.ms, 77", "other, 5"})
    void pausesShortlyAfterARefusedWriteUnlessTheUserSaysOtherwise(String name, String millis) {
        client.put(name, "77");

        assertThat(producer().get(ProducerConfig.RETRY_BACKOFF_MS_CONFIG)).hasToString(millis);
    }

    @Test
    void takesTheUsersValuesForWhatNoGuaranteeDependsOn() {
        client.putAll(Map.of(
                "linger.ms",
                "9",
                "compression.type",
                "gzip",
                "metadata.max.age.ms",
                "1234",
                "commit.interval.ms",
                "99"));

        assertThat(producer()).containsEntry("linger.ms", "9").containsEntry("compression.type", "gzip");
        assertThat(properties()).containsEntry("metadata.max.age.ms", "1234").containsEntry("commit.interval.ms", "99");
    }

    @ParameterizedTest
    @CsvSource({
        "application.id, other, group",
        "state.dir, /elsewhere, state",
        "processing.guarantee, at_least_once, exactly_once_v2",
        "max.task.idle.ms, 1000, -1",
        "group.protocol, streams, classic",
        "acceptable.recovery.lag, 0, 9223372036854775807",
        "main.consumer.max.poll.records, 1, 200",
        "main.consumer.auto.offset.reset, latest, earliest"
    })
    void keepsWhatTheGuaranteesDependOn(String name, String users, String kept) {
        client.put(name, users);

        assertThat(properties().get(name)).hasToString(kept);
    }

    @Test
    void assignsTasksInItsOwnWayWhateverTheUserSets() {
        client.put(StreamsConfig.TASK_ASSIGNOR_CLASS_CONFIG, "other.Assignor");
        client.put(StreamsConfig.DEFAULT_TIMESTAMP_EXTRACTOR_CLASS_CONFIG, "other.Extractor");

        assertThat(properties())
                .containsEntry(StreamsConfig.TASK_ASSIGNOR_CLASS_CONFIG, QuietAssignor.class.getName())
                .containsEntry(StreamsConfig.DEFAULT_TIMESTAMP_EXTRACTOR_CLASS_CONFIG, RecordTime.class);
    }

    @Test
    void sendsTheLargestRecordAndFetchesInPartsOfIt() {
        assertThat(producer())
                .containsEntry(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, recordMaxBytes + Outbox.ENVELOPE_BYTES);
        assertThat(consumer()).containsEntry(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 3 << 20);

        recordMaxBytes = 1 << 20;
        assertThat(consumer()).containsEntry(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 1 << 20);
    }

    @Test
    void showsNoPassword() {
        client.put("sasl.jaas.config", "secret");

        assertThat(settings().toString()).contains("group", "state").doesNotContain("secret");
    }
}

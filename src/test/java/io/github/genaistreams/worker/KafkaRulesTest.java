package io.github.genaistreams.worker;

import static io.github.genaistreams.worker.Configured.config;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What of Kafka's is the user's to set, and what is not. */
class KafkaRulesTest {

    /** Each way in which Kafka Streams lets a setting be given, for what we have a default of our own for. */
    @ParameterizedTest
    @CsvSource({
        "compression.type,zstd",
        "producer.compression.type,zstd",
        "max.request.size,20000000",
        "producer.max.request.size,20000000",
        "retry.backoff.ms,345",
        "producer.retry.backoff.ms,345",
        "transaction.timeout.ms,345678",
        "producer.transaction.timeout.ms,345678",
        "max.poll.interval.ms,345678",
        "main.consumer.max.poll.interval.ms,345678",
        "max.partition.fetch.bytes,345678",
        "consumer.max.partition.fetch.bytes,345678",
        "main.consumer.max.partition.fetch.bytes,345678",
        "metadata.max.age.ms,345678",
        "security.protocol,SASL_SSL",
        "admin.request.timeout.ms,34567",
        "request.timeout.ms,34567",
    })
    void givesKafkaWhatItsUserSetsHoweverItIsWritten(String key, String value) {
        GenAiConfig config = config(Map.of("kafka." + key, value));
        var streams = new StreamsConfig(config.streams().toProperties());

        Map<String, Object> all = new HashMap<>(streams.getProducerConfigs("p"));
        all.putAll(streams.getAdminConfigs("a"));
        all.putAll(streams.getMainConsumerConfigs("g", "c", 0));

        String name = key.replaceFirst("^(main\\.consumer|consumer|producer|admin)\\.", "");
        assertThat(all).containsEntry(name, value);
        if (!key.startsWith("main.") && !key.startsWith("consumer.") && !key.startsWith("producer.")) {
            assertThat(config.kafka().admin()).containsEntry(name, value);
        }
    }

    @Test
    void knowsForHowLongAWorkerMayBeSilent() {
        assertThat(config(Map.of()).kafka().sessionTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config(Map.of("worker.id", "w")).kafka().sessionTimeout()).isEqualTo(Duration.ofSeconds(20));
        assertThat(config(Map.of()).kafka().maxPollInterval()).isEqualTo(Duration.ofMinutes(15));
        assertThat(config(Map.of("kafka.session.timeout.ms", "7000", "kafka.max.poll.interval.ms", "8000"))
                        .kafka()
                        .maxPollInterval())
                .isEqualTo(Duration.ofSeconds(8));
        assertThat(config(Map.of(
                                "kafka.session.timeout.ms", "7000",
                                "kafka.consumer.session.timeout.ms", "9000",
                                "kafka.main.consumer.session.timeout.ms", "10000"))
                        .kafka()
                        .sessionTimeout())
                .isEqualTo(Duration.ofSeconds(10));
        assertThatThrownBy(() -> config(Map.of("kafka.consumer.session.timeout.ms", "soon")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("kafka.consumer.session.timeout.ms")
                .hasMessageContaining("soon");
    }

    /** A rebalance waits for a dead member, and for another one's calls in flight; nobody commits meanwhile. */
    @ParameterizedTest
    @CsvSource({
        "drain.timeout.ms,60000,85000",
        "worker.id,w,95000",
        "drain.timeout.ms,20000,45000",
        "kafka.session.timeout.ms,120000,195000",
        "kafka.main.consumer.session.timeout.ms,120000,195000",
        "kafka.session.timeout.ms,1800000,900000",
    })
    void letsATransactionBeOpenForAsLongAsARebalanceMayWait(String key, String value, int millis) {
        var streams = new StreamsConfig(config(Map.of(key, value)).streams().toProperties());
        assertThat(streams.getProducerConfigs("p")).containsEntry("transaction.timeout.ms", millis);
    }

    @ParameterizedTest
    @CsvSource({
        "bootstrap.servers,b:1,bootstrap.servers",
        "application.id,a,application.id",
        "group.id,a,application.id",
        "group.instance.id,a,worker.id",
        "main.consumer.group.instance.id,a,worker.id",
        "state.dir,/x,state.dir",
        "num.stream.threads,2,stream.threads",
        "commit.interval.ms,10,commit.interval.ms",
        "max.poll.records,10,max.poll.records",
        "consumer.max.poll.records,10,max.poll.records",
        "processing.guarantee,at_least_once,exactly_once_v2",
        "group.protocol,streams,classic",
        "isolation.level,read_uncommitted,read_committed",
        "consumer.isolation.level,read_uncommitted,read_committed",
        "auto.offset.reset,latest,earliest",
        "main.consumer.auto.offset.reset,latest,earliest",
        "enable.auto.commit,true,false",
        "allow.auto.create.topics,true,false",
        "enable.idempotence,false,true",
        "producer.acks,1,all",
        "max.task.idle.ms,5,-1",
        "acceptable.recovery.lag,5,9223372036854775807",
        "ensure.explicit.internal.resource.naming,false,true",
        "transactional.id,t,itself",
        "partition.assignment.strategy,x,itself",
        "key.serializer,x,itself",
        "value.deserializer,x,itself",
        "default.timestamp.extractor,x,itself",
        "default.client.supplier,x,itself",
        "task.assignor.class,x,itself",
        "max.request.size,1000000,record.max.bytes",
        "producer.max.request.size,1000000,record.max.bytes",
    })
    void refusesSettingsThatAUserCannotChooseAndSaysWhatToDo(String key, String value, String told) {
        assertThatThrownBy(() -> config(Map.of("kafka." + key, value)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("kafka." + key)
                .hasMessageContaining(told);
    }

    @Test
    void takesAValueThatSaysWhatHoldsAnyway() {
        GenAiConfig config = config(Map.of(
                "kafka.processing.guarantee", "exactly_once_v2",
                "kafka.isolation.level", "read_committed",
                "kafka.acks", "-1",
                "kafka.enable.idempotence", "true"));

        assertThat(config.streams().toProperties())
                .containsEntry(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    }

    /** What the worker sets over its users' settings has to be refused, or it would be overridden without a word. */
    @Test
    void overridesNothingWithoutAWord() {
        Properties ours = config(Map.of("worker.id", "w")).streams().toProperties();

        assertThat(ours.keySet()).hasSizeGreaterThan(10).allSatisfy(key -> {
            try {
                assertThat(config(Map.of("kafka." + key, "other")).streams().toProperties())
                        .containsEntry(key, "other");
            } catch (ConfigException refused) {
                assertThat(refused).hasMessageContaining("kafka." + key);
            }
        });
    }
}

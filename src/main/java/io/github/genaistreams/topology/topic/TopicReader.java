package io.github.genaistreams.topology.topic;

import io.github.genaistreams.topology.call.RequestLog;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the topics of requests and retries besides the stream: open requests again when a task begins
 * ({@link OffsetReader}), and requests ahead of the stream ({@link BacklogScanner}).
 */
public final class TopicReader implements RequestLog, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TopicReader.class);

    private static final Duration ANSWER = Duration.ofSeconds(15);
    private final TopicRetention retention = new TopicRetention();
    private final OffsetReader open;
    private final BacklogScanner scanner;

    /** @param client settings for Kafka's clients, {@code bootstrap.servers} among them */
    public TopicReader(Map<String, Object> client, String clientId) {
        Map<String, Object> config = new HashMap<>(client);
        config.keySet().removeAll(List.of(ConsumerConfig.GROUP_ID_CONFIG, ConsumerConfig.GROUP_INSTANCE_ID_CONFIG));
        config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        open = OffsetReader.ofManyAtOnce(config, clientId);
        scanner = BacklogScanner.of(config, clientId + "-ahead");
    }

    /**
     * Reads the retention of these topics. A topic whose retention may not be read counts as unsafe.
     *
     * @throws KafkaException if Kafka does not answer
     */
    public void readRetention(Admin admin, Set<String> topics) {
        try {
            admin.describeConfigs(topics.stream()
                            .map(topic -> new ConfigResource(ConfigResource.Type.TOPIC, topic))
                            .toList())
                    .values()
                    .forEach((topic, answer) -> {
                        try {
                            retention.put(topic.name(), answer.get(ANSWER.toMillis(), TimeUnit.MILLISECONDS));
                        } catch (ExecutionException | TimeoutException e) {
                            LOG.debug("The retention of {} could not be read", topic.name(), e);
                        } catch (InterruptedException e) {
                            throw new InterruptException(e);
                        }
                    });
        } catch (InterruptException e) {
            Thread.currentThread().interrupt();
            throw e;
        }
    }

    @Override
    public boolean keeps(String topic, long timestamp, long now) {
        return retention.keeps(topic, timestamp, now);
    }

    @Override
    public Reading read(TopicPartition partition, List<Long> offsets) {
        return open.read(partition, offsets);
    }

    @Override
    public Scan scan(
            TopicPartition partition, long from, Function<ConsumerRecord<byte[], byte[]>, @Nullable String> batchOf) {
        return scanner.scan(partition, from, batchOf);
    }

    @Override
    public void close() {
        open.close();
        scanner.close();
    }
}

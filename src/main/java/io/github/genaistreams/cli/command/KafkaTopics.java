package io.github.genaistreams.cli.command;

import io.github.genaistreams.topology.topic.TopicSetup;
import io.github.genaistreams.worker.GenAiConfig;
import java.time.Duration;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;

/** Operations on the topics of the configured Kafka. */
final class KafkaTopics {

    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    private KafkaTopics() {}

    /** Runs {@code work} and then closes the connection. */
    static <T> T with(GenAiConfig config, Function<TopicSetup, T> work) {
        try (Admin admin = Admin.create(config.kafka().admin())) {
            return work.apply(new TopicSetup(admin, config.topics(), config.recordMaxBytes(), TIMEOUT));
        }
    }
}

package io.github.genaistreams.worker;

import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.topology.topic.TopicSetup;
import io.github.genaistreams.topology.topic.TopicSetup.TopicsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.Uuid;

/** The checks before a worker starts. If one fails, a {@link WorkerException} says what to change. */
final class StartChecks {

    /** How long to wait for Kafka. */
    private static final Duration TIMEOUT = Duration.ofSeconds(15);

    private StartChecks() {}

    static void requireKey(GenAiConfig config) {
        if (ApiBindings.configured(config).isEmpty()) {
            throw new WorkerException("No API key: " + CredentialSettings.OPENAI.noKey() + "; for documents, "
                    + CredentialSettings.DATALAB.noKey());
        }
    }

    static void requireWritable(Path stateDir) {
        try {
            Files.createDirectories(stateDir);
            Files.delete(Files.createTempFile(stateDir, "write-check", null));
        } catch (IOException e) {
            throw new WorkerException(
                    "The state directory " + stateDir + " cannot be written ("
                            + e.getClass().getSimpleName() + "): set " + GenAiConfig.STATE_DIR
                            + " to a directory that this user can write to",
                    e);
        }
    }

    /**
     * Checks the topics and the journals of the APIs with a key.
     *
     * @return how many partitions the APIs have
     */
    static TaskCounts topics(GenAiConfig config) {
        try (Admin admin = Admin.create(config.kafka().admin())) {
            List<String> called = ApiBindings.configured(config);
            String applicationId = config.getString(GenAiConfig.APPLICATION_ID);
            var setup = new TopicSetup(admin, config.topics(), config.recordMaxBytes(), TIMEOUT);
            TaskCounts counts = TopicWatch.begin(setup, config.topics(), applicationId, called);
            var journals = new JournalCheck(admin, applicationId, TIMEOUT);
            called.forEach(
                    api -> journals.check(api, config.topics().requests(api), counts.of(api), config.recordMaxBytes()));
            return counts;
        } catch (TopicsException e) {
            throw new WorkerException(e);
        } catch (KafkaException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new WorkerException(
                    "Kafka cannot be reached with " + GenAiConfig.BOOTSTRAP_SERVERS + "="
                            + config.getString(GenAiConfig.BOOTSTRAP_SERVERS) + ": " + cause.getMessage(),
                    e);
        }
    }

    /** The IDs of topics that exist. */
    static Map<String, Uuid> ids(Admin admin, Set<String> topics) {
        Map<String, Uuid> ids = new HashMap<>();
        try {
            for (var answer : admin.describeTopics(topics).topicNameValues().entrySet()) {
                ids.put(
                        answer.getKey(),
                        answer.getValue()
                                .get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                                .topicId());
            }
            return ids;
        } catch (ExecutionException | TimeoutException e) {
            throw new WorkerException("Kafka did not describe the topics of requests: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new WorkerException("Interrupted while asking Kafka about its topics", e);
        }
    }
}

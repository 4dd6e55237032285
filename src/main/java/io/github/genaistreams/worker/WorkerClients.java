package io.github.genaistreams.worker;

import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.topology.topic.TopicReader;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.ToDoubleFunction;
import org.apache.kafka.clients.admin.Admin;

/** The clients of a worker besides Kafka Streams: for the APIs, the schema registry and Kafka. */
final class WorkerClients implements AutoCloseable {

    /** How long Kafka may take to answer what was asked before. */
    static final Duration ADMIN_CLOSE_TIMEOUT = Duration.ofSeconds(5);

    private final WorkerSchemas schemas;
    private final ApiBindings apis;
    private final TaskCounts counts;
    private final Admin admin;
    private final TopicReader reader;

    /**
     * @param checked the partitions of the APIs, after the check of their topics
     * @param shares  this worker's present share of an API's accounts, from 0 to 1; used from the first call on
     * @throws WorkerException if a client cannot be opened or the check has failed; nothing stays open then
     */
    WorkerClients(GenAiConfig config, CompletableFuture<TaskCounts> checked, ToDoubleFunction<String> shares) {
        schemas = WorkerSchemas.of(config);
        try {
            apis = new ApiBindings(
                    config, ApiBindings.configured(config), schemas.codecs().writers(), shares);
        } catch (RuntimeException e) {
            schemas.close();
            throw e;
        }
        try {
            counts = checked.join();
        } catch (CompletionException e) {
            apis.close();
            schemas.close();
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
        admin = Admin.create(config.kafka().admin());
        reader = new TopicReader(config.kafka().client(), config.getString(GenAiConfig.APPLICATION_ID) + "-reread");
    }

    WorkerSchemas schemas() {
        return schemas;
    }

    ApiBindings apis() {
        return apis;
    }

    /** How many partitions the APIs have. */
    TaskCounts counts() {
        return counts;
    }

    Admin admin() {
        return admin;
    }

    TopicReader reader() {
        return reader;
    }

    @Override
    public void close() {
        close(ADMIN_CLOSE_TIMEOUT);
    }

    /** @param patience with Kafka */
    void close(Duration patience) {
        apis.close();
        schemas.close();
        reader.close();
        admin.close(patience);
    }
}

package io.github.genaistreams.worker;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.streams.KafkaClientSupplier;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.errors.StreamsException;

/** Creates Kafka Streams on the state directory of a worker, after deleting state that is too old. */
final class WorkerStreams {

    private WorkerStreams() {}

    /**
     * @param inputs IDs of the topics that workers read
     * @throws WorkerException if it cannot start; the message says what to change
     */
    static KafkaStreams make(
            GenAiConfig config, Topology topology, KafkaClientSupplier gate, Map<String, Uuid> inputs) {
        KafkaStreams made = onOwnDirectory(config, topology, gate);
        try {
            StateTopics.check(groupDir(config), inputs);
            OldState.delete(groupDir(config), Instant.now());
            return made;
        } catch (RuntimeException e) {
            made.close(Duration.ZERO);
            throw e;
        }
    }

    /** Locks the directory, so that no other worker uses it. */
    private static KafkaStreams onOwnDirectory(GenAiConfig config, Topology topology, KafkaClientSupplier gate) {
        try {
            return new KafkaStreams(topology, config.streams().toProperties(), gate);
        } catch (StreamsException e) {
            // Kafka Streams has no exception type for its lock on the directory, only this message.
            boolean inUse = String.valueOf(e.getMessage()).contains("same state directory");
            throw new WorkerException(
                    inUse
                            ? "The state directory " + config.stateDir()
                                    + " is in use by another worker on this machine: give each worker a "
                                    + GenAiConfig.STATE_DIR + " of its own"
                            : "Kafka Streams cannot start: " + e.getMessage(),
                    e);
        } catch (RuntimeException e) {
            throw new WorkerException("Kafka Streams cannot start: " + e.getMessage(), e);
        }
    }

    /** The state cannot be opened. Call it after the end of Kafka Streams: the next start does without this state. */
    static WorkerException damaged(GenAiConfig config, ProcessorStateException e) {
        OldState.discard(groupDir(config));
        return new WorkerException(
                "The state in " + groupDir(config) + " was damaged and is deleted: start the worker again, and it reads"
                        + " its state from Kafka (" + e.getMessage() + ")",
                e);
    }

    private static Path groupDir(GenAiConfig config) {
        return config.stateDir().resolve(config.getString(GenAiConfig.APPLICATION_ID));
    }

    /** Records that the state is up to date now. */
    static void noteState(GenAiConfig config) {
        OldState.isCurrent(groupDir(config), Instant.now());
    }
}

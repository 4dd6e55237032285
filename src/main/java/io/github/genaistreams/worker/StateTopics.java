package io.github.genaistreams.worker;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.Uuid;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which topics local state belongs to. A topic that is deleted and created again has another ID, and so has each topic
 * of a cluster that is set up anew. State of the old topic would take requests of the new one for answered ones, and
 * would end items that nobody has submitted there.
 */
final class StateTopics {

    private static final Logger LOG = LoggerFactory.getLogger(StateTopics.class);

    static final String MARK = "genai-state-topics";

    private StateTopics() {}

    /**
     * Deletes the state of all tasks if it belongs to other topics. Call it before Kafka Streams starts, while nobody
     * else uses the directory.
     *
     * @param group  the directory of the application ID in {@code state.dir}
     * @param topics IDs of the topics that workers read
     * @throws WorkerException if the directory cannot be read or written
     */
    static void check(Path group, Map<String, Uuid> topics) {
        Path mark = group.resolve(MARK);
        try {
            Properties known = read(mark);
            if (topics.entrySet().stream().anyMatch(topic -> isOther(known.getProperty(topic.getKey()), topic))) {
                LOG.warn(
                        "The state in {} belongs to topics that were deleted, perhaps of another cluster; the worker"
                                + " reads its state again from Kafka",
                        group);
                OldState.discard(group);
            }
            topics.forEach((topic, id) -> known.setProperty(topic, id.toString()));
            Files.createDirectories(group);
            try (OutputStream out = Files.newOutputStream(mark)) {
                known.store(out, null);
            }
        } catch (IOException | IllegalArgumentException e) {
            throw new WorkerException(
                    "The state directory " + group + " cannot be read or written ("
                            + e.getClass().getSimpleName() + ")",
                    e);
        }
    }

    private static boolean isOther(@Nullable String known, Map.Entry<String, Uuid> topic) {
        return known != null && !known.equals(topic.getValue().toString());
    }

    /** Empty if it is missing: the state is new, or of an earlier version. */
    private static Properties read(Path mark) throws IOException {
        var known = new Properties();
        if (Files.exists(mark)) {
            try (InputStream in = Files.newInputStream(mark)) {
                known.load(in);
            }
        }
        return known;
    }
}

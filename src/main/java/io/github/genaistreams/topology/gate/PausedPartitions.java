package io.github.genaistreams.topology.gate;

import io.github.genaistreams.flow.Lanes;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;

/**
 * The partitions of a consumer that are not read. The gate pauses partitions with a full lane, and those whose next record
 * waits for its schema ({@link SchemaHold}). Kafka Streams pauses partitions for its own reasons. A partition is read
 * only while neither pauses it. For one thread.
 */
final class PausedPartitions {

    private final Lanes lanes;
    private final SchemaHold schemas;
    private final Set<TopicPartition> byStreams = new HashSet<>();
    private Set<TopicPartition> byGate = Set.of();

    PausedPartitions(Lanes lanes, SchemaHold schemas) {
        this.lanes = lanes;
        this.schemas = schemas;
    }

    /** Decides which of the assigned partitions the gate pauses, until this is called again. */
    void update(Set<TopicPartition> assigned) {
        schemas.release(assigned);
        byGate = unreadable(assigned);
        byStreams.retainAll(assigned);
    }

    private Set<TopicPartition> unreadable(Collection<TopicPartition> partitions) {
        Set<TopicPartition> unreadable = new HashSet<>(schemas.partitions());
        unreadable.addAll(lanes.full(partitions));
        return unreadable;
    }

    /** The partitions that the gate pauses. */
    Set<TopicPartition> byGate() {
        return byGate;
    }

    /** What the consumer must pause for the gate, given what it has paused. */
    Set<TopicPartition> toPause(Set<TopicPartition> paused) {
        Set<TopicPartition> toPause = new HashSet<>(byGate);
        toPause.removeAll(paused);
        return toPause;
    }

    /** What the consumer must resume, given what it has paused. */
    Set<TopicPartition> toResume(Set<TopicPartition> paused) {
        Set<TopicPartition> toResume = new HashSet<>(paused);
        toResume.removeAll(byGate);
        toResume.removeAll(byStreams);
        return toResume;
    }

    /** Kafka Streams pauses these. */
    void streamsPauses(Collection<TopicPartition> partitions) {
        byStreams.addAll(partitions);
    }

    /** Kafka Streams resumes these. Returns those that can be read. */
    Set<TopicPartition> streamsResumes(Collection<TopicPartition> partitions) {
        byStreams.removeAll(partitions);
        Set<TopicPartition> readable = new HashSet<>(partitions);
        readable.removeAll(unreadable(partitions));
        return readable;
    }
}

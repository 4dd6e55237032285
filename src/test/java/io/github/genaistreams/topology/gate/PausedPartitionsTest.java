package io.github.genaistreams.topology.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.LaneFigures;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WriterSchema;
import io.github.genaistreams.wire.WriterSchemas;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class PausedPartitionsTest {

    private static final TopicPartition FULL = new TopicPartition("requests", 0);
    private static final TopicPartition FREE = new TopicPartition("requests", 1);
    private static final TopicPartition RESULTS = new TopicPartition("results", 0);
    private static final Set<TopicPartition> ALL = Set.of(FULL, FREE, RESULTS);

    private final Lanes lanes = new Lanes();
    private final LaneFigures full = lane(FULL);
    private boolean isSchemaAtHand;
    private final SchemaHold schemas = new SchemaHold(new WriterSchemas() {
        @Override
        public WriterSchema of(int id) {
            throw new WireException("not asked for here");
        }

        @Override
        public boolean isAtHand(int id) {
            return isSchemaAtHand;
        }
    });
    private final PausedPartitions pauses = new PausedPartitions(lanes, schemas);

    PausedPartitionsTest() {
        lane(FREE);
        full.stopStarting();
    }

    private LaneFigures lane(TopicPartition partition) {
        var lane = new LaneFigures(new LaneSettings(10, 10, 1 << 20));
        lanes.open(partition, new TopicPartition("urgent", partition.partition()), lane);
        return lane;
    }

    private void readWithoutSchema(TopicPartition partition) {
        var record = new ConsumerRecord<byte[], byte[]>(
                partition.topic(), partition.partition(), 7, null, new byte[] {0, 0, 0, 0, 1, 9});
        schemas.upToTheFirst(new ConsumerRecords<>(Map.of(partition, List.of(record)), Map.of()), (where, to) -> {});
    }

    @Test
    void pausesAPartitionWithAFullLaneAndNoOther() {
        pauses.update(ALL);

        assertThat(pauses.byGate()).containsExactly(FULL);
        assertThat(pauses.toPause(Set.of())).containsExactly(FULL);
        assertThat(pauses.toPause(Set.of(FULL))).as("it is paused").isEmpty();
        assertThat(pauses.toResume(Set.of(FULL))).isEmpty();
    }

    @Test
    void resumesAPartitionWhoseLaneHasRoomAgain() {
        pauses.update(ALL);
        full.startAgain();
        pauses.update(ALL);

        assertThat(pauses.byGate()).isEmpty();
        assertThat(pauses.toResume(Set.of(FULL))).containsExactly(FULL);
    }

    @Test
    void pausesAPartitionWhoseNextRecordWaitsForItsSchema() {
        readWithoutSchema(RESULTS);
        pauses.update(ALL);
        assertThat(pauses.toPause(Set.of())).containsExactlyInAnyOrder(FULL, RESULTS);
        assertThat(pauses.streamsResumes(Set.of(RESULTS))).isEmpty();

        isSchemaAtHand = true;
        pauses.update(ALL);
        assertThat(pauses.toResume(Set.of(FULL, RESULTS))).containsExactly(RESULTS);
    }

    @Test
    void pausesOnlyPartitionsThatTheConsumerHas() {
        readWithoutSchema(RESULTS);
        pauses.update(Set.of(FREE));

        assertThat(pauses.byGate()).isEmpty();
    }

    @Test
    void leavesPausedWhatKafkaStreamsHasPaused() {
        pauses.streamsPauses(List.of(FULL, FREE));
        full.startAgain();
        pauses.update(ALL);
        assertThat(pauses.toResume(Set.of(FULL, FREE))).isEmpty();

        assertThat(pauses.streamsResumes(List.of(FREE))).containsExactly(FREE);
        assertThat(pauses.toResume(Set.of(FULL))).isEmpty();
    }

    @Test
    void opensNoFullLaneForKafkaStreams() {
        pauses.streamsPauses(List.of(FULL, FREE));
        assertThat(pauses.streamsResumes(List.of(FULL, FREE))).containsExactly(FREE);

        full.startAgain();
        pauses.update(ALL);
        assertThat(pauses.toResume(Set.of(FULL))).as("the gate does later").containsExactly(FULL);
    }

    @Test
    void forgetsWhatKafkaStreamsHasPausedWhenThePartitionGoesAway() {
        pauses.streamsPauses(List.of(FREE));
        pauses.update(Set.of(FULL));

        pauses.update(ALL);

        assertThat(pauses.toResume(Set.of(FREE))).containsExactly(FREE);
    }
}

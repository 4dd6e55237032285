package io.github.genaistreams.topology.gate;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.Set;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;

class PartitionNoteTest {

    private static final TopicPartition BUSY = new TopicPartition("requests", 0);
    private static final TopicPartition IDLE = new TopicPartition("requests", 1);

    @Test
    void notesPartitionsBehindTheDataOfOthers() {
        ByteBuffer data = ByteBuffer.wrap(new byte[] {1, 2, 3});
        ByteBuffer noted = PartitionNote.append(data, Set.of(BUSY, IDLE));
        assertThat(PartitionNote.read(noted)).containsExactlyInAnyOrder(BUSY, IDLE);
        assertThat(new byte[] {noted.get(0), noted.get(1), noted.get(2)}).containsExactly(1, 2, 3);
        assertThat(PartitionNote.read(PartitionNote.append(data, Set.of()))).isEmpty();
    }

    @Test
    void readsNothingWhereNothingIsNoted() {
        assertThat(PartitionNote.read(null)).isEmpty();
        assertThat(PartitionNote.read(ByteBuffer.allocate(0))).isEmpty();
        assertThat(PartitionNote.read(ByteBuffer.allocate(100))).isEmpty();
        ByteBuffer noted = PartitionNote.append(ByteBuffer.allocate(0), Set.of(BUSY));
        int length = noted.limit() - Long.BYTES - Integer.BYTES;
        for (int wrong : new int[] {-1, length + 1, Integer.MAX_VALUE}) {
            assertThat(PartitionNote.read(noted.putInt(length, wrong))).isEmpty();
        }
        assertThat(PartitionNote.read(noted.putInt(length, length - 1).put(length - 1, (byte) 'x')))
                .isEmpty();
    }
}

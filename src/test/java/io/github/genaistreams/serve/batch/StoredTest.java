package io.github.genaistreams.serve.batch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.serve.batch.Stored.BatchPhase;
import io.github.genaistreams.serve.batch.Stored.Order;
import io.github.genaistreams.serve.batch.Stored.StoredBatch;
import io.github.genaistreams.serve.batch.Stored.StoredFile;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class StoredTest {

    private static final StoredFile FILE = new StoredFile("file-1", "a", 1, 2, "x.jsonl", "batch", 10, 0, 5, 6, 2);
    private static final StoredBatch NEW = StoredBatch.of(
            "batch_1", "a", 1, 100, new Order(FILE, "/v1/responses", "24h", Map.of("k", "v"), null, 5, null, null));

    @Test
    void aBatchIsReadAsItWasWritten() throws IOException {
        StoredBatch batch = NEW.withTotal(7)
                .in(BatchPhase.IN_PROGRESS, 5)
                .withSubmitted(3)
                .withFaults(List.of(new Stored.InputFault("c", "m", null, 4L)))
                .in(BatchPhase.FINALIZING, 8)
                .withOutcome(new Stored.Outcome(5, 2, 50, 20))
                .in(BatchPhase.COMPLETED, 9);

        byte[] json = ObjectTable.MAPPER.writeValueAsBytes(batch);

        assertThat(ObjectTable.MAPPER.readValue(json, StoredBatch.class)).isEqualTo(batch);
        assertThat(batch.isWhole()).isTrue();
        assertThat(ObjectTable.MAPPER
                        .readValue("{\"id\":\"batch_1\",\"owner\":\"a\",\"later\":1}", StoredBatch.class)
                        .isWhole())
                .isFalse();
    }

    /** What a replica writes that was away for a while. */
    @Test
    void anOldStateDoesNotFollowALaterOne() {
        StoredBatch running = NEW.withTotal(7).in(BatchPhase.IN_PROGRESS, 5);
        StoredBatch done = running.in(BatchPhase.FINALIZING, 8).in(BatchPhase.COMPLETED, 9);

        assertThat(running.follows(NEW)).isTrue();
        assertThat(done.follows(running)).isTrue();
        assertThat(running.withSubmitted(4).follows(running)).isTrue();
        assertThat(running.follows(running.withSubmitted(4))).isFalse();
        assertThat(running.withSubmitted(5).follows(running.expired())).isFalse();
        assertThat(NEW.follows(running)).isFalse();
        assertThat(NEW.in(BatchPhase.FAILED, 3).follows(done)).isFalse();
        assertThat(running.follows(done)).isFalse();
    }

    @Test
    void anIdTellsWhatItNames() {
        assertThat(Stored.typeOf("file-01a2")).contains(StoredFile.class);
        assertThat(Stored.typeOf(new Output("batch_01a2", true).fileId())).contains(Stored.DeletedOutput.class);
        assertThat(Output.of("file-out-01a2")).contains(new Output("batch_01a2", false));
        assertThat(Output.of("file-err-01a2")).contains(new Output("batch_01a2", true));
        assertThat(Output.of("file-01a2")).isEmpty();
        assertThat(Stored.typeOf(Stored.Cancellation.idOf("batch_1"))).contains(Stored.Cancellation.class);
        assertThat(Stored.typeOf("other")).isEmpty();
    }

    @Property(tries = 50)
    void theSetOfIdsIsASet(@ForAll List<String> texts) {
        var seen = new SeenIds();
        Set<String> expected = new HashSet<>();

        for (String text : texts) {
            assertThat(seen.add(text)).isEqualTo(expected.add(text));
        }
    }

    @Test
    void theSetOfIdsGrows() {
        var seen = new SeenIds();

        for (int i = 0; i < 20_000; i++) {
            assertThat(seen.add("item-" + i)).isTrue();
        }
        for (int i = 0; i < 20_000; i++) {
            assertThat(seen.add("item-" + i)).isFalse();
        }
    }
}

package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Instant;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class AcceptedJobsTest {

    private static final JournalEntry.Job JOB = new JournalEntry.Job("job-1", Instant.EPOCH, null);

    private final AcceptedJobs jobs = new AcceptedJobs();

    @Test
    void takesNoJobForThatOfALaterRequestOrAnotherAttemptOfTheSameItem() {
        JournalEntry entry = entry(1_000);
        jobs.add(attempt(0, entry), JOB);

        assertThat(jobs.of(request(0).key(), entry)).isEqualTo(JOB);
        assertThat(jobs.of(request(1).key(), entry)).isNull();
        assertThat(jobs.of(request(0).key(), entry(1_001))).isNull();
        JournalEntry second = Journal.away(2, Instant.EPOCH, entry.submittedAt(), null);
        assertThat(jobs.of(request(0).key(), second)).isNull();
    }

    @Test
    void keepsTheLatestOfMany() {
        JournalEntry entry = entry(1_000);
        for (int index = 0; index <= 10_000; index++) {
            jobs.add(attempt(index, entry), JOB);
        }

        assertThat(jobs.of(request(0).key(), entry)).isNull();
        assertThat(jobs.of(request(1).key(), entry)).isEqualTo(JOB);
        assertThat(jobs.of(request(10_000).key(), entry)).isEqualTo(JOB);
    }

    private static JournalEntry entry(long submittedAt) {
        return Journal.first(Instant.ofEpochMilli(submittedAt), new RecordHeaders(), Journal.NOTHING);
    }

    private static Attempt<ResponsesRequest> attempt(int index, JournalEntry entry) {
        return Attempt.of(request(index), entry);
    }

    private static ResponsesRequest request(int index) {
        return ResponsesRequest.builder()
                .batchId("b")
                .index(index)
                .model("m")
                .userPrompt("p")
                .build();
    }
}

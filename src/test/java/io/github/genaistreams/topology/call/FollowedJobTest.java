package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Only time counts against a job in which the API was seen working on it. */
class FollowedJobTest {

    private static FollowedJob<ResponsesRequest> job(long lastKnown) {
        return new FollowedJob<>(new JournalEntry.Job("job-1", Instant.EPOCH, null), null, lastKnown);
    }

    @Test
    void countsTheTimeBetweenTwoAnswersThatTheApiIsAtWork() {
        var job = job(1_000);
        job.stillWorks(1_400);
        assertThat(job.millisLeft(1_000)).isEqualTo(600);
        job.stillWorks(2_000);
        assertThat(job.millisLeft(1_000)).isZero();
        job.stillWorks(2_500);
        assertThat(job.millisLeft(1_000)).isEqualTo(-500);
    }

    @Test
    void doesNotCountTheTimeBeforeTheFirstAnswerIfAnotherWorkerSubmittedTheJob() {
        var job = job(0);
        assertThat(job.millisLeft(1_000)).isEqualTo(Long.MAX_VALUE);
        job.stillWorks(50_000);
        assertThat(job.millisLeft(1_000)).isEqualTo(1_000);
        job.stillWorks(50_300);
        assertThat(job.millisLeft(1_000)).isEqualTo(700);
    }

    @Test
    void countsNeitherTheTimeBeforeNorAfterAPollWithoutAnAnswer() {
        var job = job(1_000);
        job.stillWorks(1_400);
        job.isNotKnown();
        assertThat(job.millisLeft(1_000)).as("nobody knows").isEqualTo(Long.MAX_VALUE);
        job.stillWorks(9_000);
        assertThat(job.millisLeft(1_000)).as("as before").isEqualTo(600);
    }

    @Test
    void doesNotGiveTimeBackWhenTheClockGoesBack() {
        var job = job(1_000);
        job.stillWorks(400);
        assertThat(job.millisLeft(1_000)).isEqualTo(1_000);
        job.stillWorks(500);
        assertThat(job.millisLeft(1_000)).isEqualTo(900);
    }
}

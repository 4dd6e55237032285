package io.github.genaistreams.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import org.junit.jupiter.api.Test;

class WorkerStatsTest {

    @Test
    void resultsOfOtherBatchesAreToldFromThoseOfTheOneThatIsFollowed() {
        var stats = new WorkerStats();
        stats.finished(result("mine"), 0);
        stats.follow("mine");
        stats.finished(result("mine"), 0);
        stats.finished(result("other"), 0);

        assertThat(stats.snapshot().succeeded()).isEqualTo(3);
        assertThat(stats.snapshot().others()).isEqualTo(2);
    }

    private static CallResult result(String batchId) {
        return CallResult.builder(new ItemKey(batchId, 0), "responses")
                .success(true)
                .build();
    }
}

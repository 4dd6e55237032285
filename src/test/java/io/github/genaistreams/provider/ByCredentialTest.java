package io.github.genaistreams.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Failed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Requests that name a key which this worker has no longer. */
class ByCredentialTest {

    private final ByCredential<DocumentRequest> clients = new ByCredential<>(Map.of());
    private final DocumentRequest request =
            DocumentRequest.builder().batchId("b").credential("team-a").buildUnchecked();
    private final List<CallOutcome> told = new ArrayList<>();

    @Test
    void refusesToSubmit() {
        clients.call(request, 1, 0, told::add);

        assertThat(told).singleElement().isInstanceOfSatisfying(Failed.class, failed -> assertThat(
                        failed.error().param())
                .isEqualTo("credential"));
    }

    @Test
    void waitsForTheKeyOfAJobThatIsPaid() {
        var job = new RemoteJob("/r1", Instant.EPOCH, Duration.ZERO, "r1");

        clients.poll(request, job, 1, 0, told::add);

        assertThat(told).singleElement().isInstanceOfSatisfying(Accepted.class, accepted -> {
            assertThat(accepted.job()).isEqualTo(job.after(Duration.ofSeconds(30)));
            assertThat(accepted.unanswered().param()).isEqualTo("credential");
        });
    }
}

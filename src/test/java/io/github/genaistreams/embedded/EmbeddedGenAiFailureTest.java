package io.github.genaistreams.embedded;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.client.BatchResult;
import io.github.genaistreams.client.ResponsesBatch;
import io.github.genaistreams.model.ResponsesRequest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.utils.Exit;
import org.junit.jupiter.api.Test;

/** A class of its own, since a fault like this one counts for every broker of the process. */
class EmbeddedGenAiFailureTest {

    @Test
    void failsTheFuturesWithTheReasonWhenItsKafkaFails() {
        var request = ResponsesRequest.builder().model("m");
        try (var lost = EmbeddedGenAi.startWithSandbox()) {
            CompletableFuture<BatchResult> batch =
                    lost.responses().processBatch(ResponsesBatch.of(request, "sandbox:hang"));

            assertThatThrownBy(() -> Exit.halt(1)).hasMessageContaining("wanted to halt");

            String reason = "The local Kafka has failed: it wanted to halt";
            assertThatThrownBy(() -> batch.get(10, TimeUnit.SECONDS)).hasMessageContaining(reason);
            assertThatThrownBy(() -> lost.responses()
                            .processBatch(ResponsesBatch.of(request, "late"))
                            .get(10, TimeUnit.SECONDS))
                    .hasMessageContaining(reason);
        }
    }
}

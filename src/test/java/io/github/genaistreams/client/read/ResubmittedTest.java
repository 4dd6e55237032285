package io.github.genaistreams.client.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.MostlyWaits;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.BatchHandle;
import io.github.genaistreams.client.FakeWorker;
import io.github.genaistreams.embedded.SharedKafka;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.topology.topic.TopicSetup;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A failed item that was submitted again is under way for whoever reads its batch. */
@Timeout(60)
class ResubmittedTest {

    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final AtomicInteger TESTS = new AtomicInteger();
    private static final int PARTITIONS = 2;

    @RegisterExtension
    static final SharedKafka KAFKA = new SharedKafka();

    private final Topics topics = new Topics("r" + TESTS.incrementAndGet() + ".");
    private BatchClient client;
    private FakeWorker worker;

    @BeforeEach
    void aBatchOfWhichTwoItemsFailed() {
        Map<String, Object> settings =
                Map.of("bootstrap.servers", KAFKA.broker().bootstrapServers());
        try (Admin admin = Admin.create(settings)) {
            new TopicSetup(admin, topics, 1 << 20, LONG).create(PARTITIONS, 1);
        }
        client = new BatchClient(settings, topics, WireFormat.JSON);
        worker = new FakeWorker(KAFKA.broker().bootstrapServers(), topics, PARTITIONS);
        client.submit("b", requests());
        worker.fails("b", 4, 1);
        worker.answers("b", 4, 0, 2);
        worker.fails("b", 4, 3);
    }

    @AfterEach
    void close() {
        worker.close();
        client.close();
    }

    @MostlyWaits
    @Test
    void isWaitedForByWhoFollowsTheBatch() {
        retry();
        try (var results = client.reattach("b").results()) {
            assertThat(results.poll(LONG).orElseThrow().index()).isZero();
            assertThat(results.poll(SHORT)).isEmpty();
            assertThat(results.finished()).isFalse();
            assertThat(results.progress().failed()).isZero();

            worker.answersAgain("b", 4, 1, true);
            worker.answersAgain("b", 4, 3, true);

            assertThat(texts(results)).containsExactly("again 1", "answer 2", "again 3");
            assertThat(results.progress().succeeded()).isEqualTo(4);
            assertThat(results.progress().attempts()).isEqualTo(6);
        }
    }

    @MostlyWaits
    @Test
    void isWaitedForByWhoSubmitsTheSameBatchAgain() {
        retry();

        var resumed = client.submitMissing("b", requests());

        assertThat(resumed.alreadySubmitted()).isEqualTo(4);
        try (var results = resumed.handle().results()) {
            assertThat(results.poll(LONG).orElseThrow().index()).isZero();
            assertThat(results.poll(SHORT)).isEmpty();
            worker.answersAgain("b", 4, 3, true);
            worker.answersAgain("b", 4, 1, true);
            assertThat(texts(results)).containsExactly("again 1", "answer 2", "again 3");
        }
    }

    @MostlyWaits
    @Test
    void isWaitedForByWhoWantsResultsAsTheyCompleteAndWhoFollowsManyBatches() {
        retry();
        try (var completed = client.reattach("b").resultsAsCompleted();
                var many = client.results(List.of(client.reattach("b")))) {
            assertThat(completed.next().outputText()).isEqualTo("answer 0");
            assertThat(completed.next().outputText()).isEqualTo("answer 2");
            assertThat(completed.poll(SHORT)).isEmpty();
            worker.answersAgain("b", 4, 3, true);
            worker.answersAgain("b", 4, 1, true);
            assertThat(texts(completed)).containsExactly("again 3", "again 1");
            List<String> texts = new ArrayList<>();
            many.forEachRemaining(result -> texts.add(result.outputText()));
            assertThat(texts).containsExactly("answer 0", "again 1", "answer 2", "again 3");
        }
    }

    @MostlyWaits
    @Test
    void countsAsUnderWayUntilEachHasANewResult() {
        var batch = client.reattach("b");
        assertThat(batch.underWayAgain()).isZero();
        retry();
        assertThat(batch.underWayAgain()).isEqualTo(2);
        worker.answersAgain("b", 4, 3, false);
        assertThat(batch.underWayAgain()).isEqualTo(1);
        worker.answersAgain("b", 4, 1, true);
        assertThat(batch.underWayAgain()).isZero();
        // It has failed once more, and was submitted once more.
        retry();
        assertThat(batch.underWayAgain()).isEqualTo(1);
    }

    @MostlyWaits
    @Test
    void isAFailureWhenItHasFailedAgain() {
        retry();
        worker.answersAgain("b", 4, 1, true);
        worker.answersAgain("b", 4, 3, false);

        for (BatchHandle batch : List.of(
                client.reattach("b"), client.submitMissing("b", requests()).handle())) {
            try (var results = batch.results()) {
                assertThat(texts(results)).hasSize(4);
                assertThat(results.progress().failed()).isEqualTo(1);
            }
        }
    }

    @MostlyWaits
    @Test
    void isShownAsTheFailureItIsByASnapshot() {
        retry();

        try (var now = client.reattach("b").snapshot()) {
            assertThat(texts(now)).hasSize(4);
            assertThat(now.progress().failed()).isEqualTo(2);
        }
    }

    @MostlyWaits
    @Test
    void isNotWaitedForIfOnlyOthersWereSubmittedAgain() {
        client.submit("other", requests());
        worker.fails("other", 4, 0, 1, 2, 3);
        retry();

        try (var results = client.reattach("other").results()) {
            assertThat(texts(results)).hasSize(4);
        }
        assertThat(client.reattach("other").underWayAgain()).isZero();
    }

    private void retry() {
        client.retryFailed("b", error -> true).results().close();
    }

    private static List<ResponsesRequest> requests() {
        return IntStream.range(0, 4)
                .mapToObj(i -> ResponsesRequest.builder()
                        .model("m")
                        .userPrompt("prompt " + i)
                        .build())
                .toList();
    }

    private static List<String> texts(BatchResults results) {
        return results.stream().map(CallResult::outputText).toList();
    }
}

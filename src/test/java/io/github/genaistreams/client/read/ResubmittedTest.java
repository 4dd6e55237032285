package io.github.genaistreams.client.read;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.BatchHandle;
import io.github.genaistreams.client.FakeWorker;
import io.github.genaistreams.embedded.SharedKafka;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.topology.topic.TopicSetup;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    @Test
    void isShownAsTheFailureItIsByASnapshot() {
        retry();

        try (var now = client.reattach("b").snapshot()) {
            assertThat(texts(now)).hasSize(4);
            assertThat(now.progress().failed()).isEqualTo(2);
        }
    }

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

    @Test
    void isReportedInRangesOfIndexes() {
        Map<Integer, Long> failures = new HashMap<>();
        IntStream.rangeClosed(0, 99).forEach(index -> failures.put(index, 500L + index));
        failures.put(105, 7L);
        failures.put(Integer.MAX_VALUE - 1, 8L);

        List<byte[]> headers = Resubmitted.headers(failures);

        assertThat(headers).extracting(header -> new String(header, UTF_8)).containsExactly("600:0-99,105,2147483646");
        Resubmitted read = Resubmitted.of(List.of(control(headers.get(0))));
        assertThat(failures).allSatisfy((index, offset) -> assertThat(read.has(index, offset))
                .isTrue());
        assertThat(read.has(0, 600)).isFalse();
        assertThat(read.has(100, 5)).isFalse();
    }

    @Test
    void isReportedInSeveralRecordsIfThereAreMany() {
        Map<Integer, Long> failures = new HashMap<>();
        IntStream.range(0, 100_000).forEach(i -> failures.put(2 * i, (long) i));

        List<byte[]> headers = Resubmitted.headers(failures);

        assertThat(headers).hasSizeGreaterThan(1).allSatisfy(header -> assertThat(header.length)
                .isLessThan(300_000));
        Resubmitted read =
                Resubmitted.of(headers.stream().map(ResubmittedTest::control).toList());
        assertThat(failures.keySet()).allMatch(index -> read.has(index, 5));
        assertThat(read.has(1, 5)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "1",
                "x:1",
                "1:",
                "1:x",
                "1:2-",
                "1:5-2",
                "1:-3",
                "1:99999999999",
                "99999999999999999999999999:1"
            })
    void isEmptyForAnInvalidHeader(String header) {
        assertThat(Resubmitted.of(List.of(control(header.getBytes(UTF_8)))).isEmpty())
                .isTrue();
    }

    private static ConsumerRecord<byte[], byte[]> control(byte[] header) {
        var record = new ConsumerRecord<>("control", 0, 0, new byte[0], new byte[0]);
        record.headers().add(WireHeaders.RESUBMITTED, header);
        return record;
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

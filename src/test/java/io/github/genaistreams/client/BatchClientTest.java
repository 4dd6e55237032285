package io.github.genaistreams.client;

import static io.github.genaistreams.client.BatchClientCase.PARTITIONS;
import static io.github.genaistreams.client.BatchClientCase.prompts;
import static io.github.genaistreams.client.BatchClientCase.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.TestTopics;
import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.embedded.SharedKafka;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is submitted, and what is refused. */
@Timeout(60)
class BatchClientTest {

    @RegisterExtension
    static final SharedKafka KAFKA = new SharedKafka();

    private BatchClientCase test;

    @BeforeEach
    void start() throws Exception {
        test = new BatchClientCase(KAFKA.broker());
    }

    @AfterEach
    void close() {
        test.close();
    }

    @Test
    void spreadsABatchEvenlyAndPlacesEachItem() {
        test.client.submit(test.batchId, prompts(10), Map.of("tenant", "blue"));

        var submitted = test.submitted();
        assertThat(submitted).hasSize(10).allSatisfy(record -> {
            var request = Codecs.RESPONSES_REQUEST.decode(record.value());
            assertThat(request.batchId()).isEqualTo(test.batchId);
            assertThat(request.batchSize()).isEqualTo(10);
            assertThat(request.userPrompt()).isEqualTo(UserPrompt.text("prompt " + request.index()));
            assertThat(record.partition()).isEqualTo(request.index() % PARTITIONS);
            assertThat(record.key()).isEqualTo(ItemKeys.encode(new ItemKey(test.batchId, request.index())));
            assertThat(record.headers().lastHeader("tenant").value()).asString().isEqualTo("blue");
        });
    }

    @Test
    void tellsTheSizeOfAStreamedBatchInItsLastRecord() {
        Iterable<ResponsesRequest> stream = prompts(5)::iterator;

        var batch = test.client.submit(test.batchId, stream);

        assertThat(batch.seen().size()).isEqualTo(5);
        var sizes = new TreeMap<Integer, Integer>();
        for (var record : test.submitted()) {
            var request = Codecs.RESPONSES_REQUEST.decode(record.value());
            sizes.put(request.index(), request.batchSize());
        }
        assertThat(sizes).contains(entry(3, null), entry(4, 5)).hasSize(5);
    }

    @Test
    void takesAStreamOfAnyLength() {
        var batch = test.client.submit(test.batchId, IntStream.range(0, 50).mapToObj(i -> request("prompt " + i)));

        assertThat(batch.seen().size()).isEqualTo(50);
        assertThat(test.submitted()).hasSize(50);
    }

    @Test
    void submitsOnlyWhatAnEarlierRunDidNot() {
        var requests = prompts(9);
        test.putEarlier(requests, 9, 0, 4, 5);

        var resumed = test.client.submitMissing(test.batchId, requests);

        assertThat(resumed.alreadySubmitted()).isEqualTo(3);
        assertThat(test.submitted())
                .extracting(record ->
                        Codecs.RESPONSES_REQUEST.decode(record.value()).index())
                .containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(test.client.submitMissing(test.batchId, requests).alreadySubmitted())
                .isEqualTo(9);
        assertThat(test.submitted()).hasSize(9);
        test.worker.answers(test.batchId, 9, IntStream.range(0, 9).toArray());
        assertThat(resumed.handle().await(Duration.ofSeconds(20))).isTrue();
    }

    @Test
    void resumesWhatWasStreamedInAvroAndSkipsForeignRecords() {
        try (var avro = test.newClient(Map.of(), WireFormat.AVRO)) {
            Iterable<ResponsesRequest> stream = prompts(3)::iterator;
            avro.submit(test.batchId, stream);
        }
        test.put(null, "no JSON".getBytes(StandardCharsets.UTF_8));
        test.client.submit("another " + test.batchId, prompts(2));

        assertThat(test.client.submitMissing(test.batchId, prompts(3)).alreadySubmitted())
                .isEqualTo(3);
    }

    @Test
    void refusesToResumeABatchOfOtherRequests() {
        test.putEarlier(prompts(4), 4, 0, 3);
        var others = new ArrayList<>(prompts(4));
        others.set(3, others.get(3).toBuilder().temperature(0.9).build());

        assertThatThrownBy(() -> test.client.submitMissing(test.batchId, others))
                .isInstanceOf(BatchClientException.class)
                .hasMessage(
                        "batch %s was submitted before with different requests: index 3 differs in temperature; use another batch ID"
                                .formatted(test.batchId));
        assertThatThrownBy(() -> test.client.submitMissing(test.batchId, prompts(5)))
                .hasMessageContaining("it had 4 requests, but now there are 5");
        assertThatThrownBy(() -> test.client.submitMissing(test.batchId, prompts(3)))
                .hasMessageContaining("use another batch ID");
        assertThat(test.submitted()).hasSize(2);
    }

    @Test
    void sendsNothingWhenOneRequestIsTooLarge() {
        try (var small = test.newClient(Map.of("max.request.size", 100_000))) {
            var requests = new ArrayList<>(prompts(3));
            requests.set(2, request("x".repeat(200_000)));

            assertThatThrownBy(() -> small.submit(test.batchId, requests))
                    .isInstanceOf(BatchClientException.class)
                    .hasMessageMatching("request 2 \\(the first one is 0\\) is too large: 200,\\d+ bytes, and"
                            + " max.request.size is 100,000; shorten it, or leave it out");
            assertThat(test.submitted()).isEmpty();

            Iterable<ResponsesRequest> stream = requests::iterator;
            assertThatThrownBy(() -> small.submit(test.batchId, stream))
                    .hasMessageContaining("request 2 (the first one is 0) is too large");
        }
    }

    @Test
    void namesTheTopicThatDoesNotAcceptALargeRequest() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", test.kafka.bootstrapServers()))) {
            var limited = new NewTopic(new Topics(test.topics.prefix() + "small.").requests("responses"), 1, (short) 1)
                    .configs(Map.of("max.message.bytes", "1000"));
            TestTopics.create(admin, limited);
        }
        var noise = new Random(1);
        String prompt = IntStream.range(0, 5_000)
                .mapToObj(any -> Integer.toHexString(noise.nextInt()))
                .collect(Collectors.joining());
        var small = new Topics(test.topics.prefix() + "small.");
        try (var limited = new BatchClient(test.clientSettings(Map.of()), small, WireFormat.JSON)) {
            assertThatThrownBy(() -> limited.submit(test.batchId, List.of(request("ok"), request(prompt))))
                    .isInstanceOf(BatchClientException.class)
                    .hasMessageContaining("request 1 (the first one is 0) is too large")
                    .hasMessageContaining("max.message.bytes of topic " + small.requests("responses"));
        }
    }

    @Test
    void saysWhichTopicIsMissing() {
        try (var lost = new BatchClient(test.clientSettings(Map.of()), new Topics("none."), WireFormat.JSON)) {
            String message = "topic none.%s does not exist: create the topics with `genai topics create`";

            assertThatThrownBy(() -> lost.submit(test.batchId, prompts(1)))
                    .isInstanceOf(BatchClientException.class)
                    .hasMessage(message.formatted("responses.requests"));
            assertThatThrownBy(() -> lost.reattach(test.batchId).results()).hasMessage(message.formatted("results"));
        }
    }

    @Test
    void saysThatKafkaDoesNotAnswer() {
        var unreachable = Map.<String, Object>of("bootstrap.servers", "127.0.0.1:1", "default.api.timeout.ms", 1_000);
        try (var lost = new BatchClient(unreachable)) {
            String message =
                    "Kafka at 127.0.0.1:1 did not answer within 1 s: check that it is running and that bootstrap.servers is correct";

            assertThatThrownBy(() -> lost.submit(test.batchId, prompts(1)))
                    .isInstanceOf(BatchClientException.class)
                    .hasMessage(message);
            long start = System.nanoTime();
            assertThatThrownBy(() -> lost.reattach(test.batchId).snapshot()).hasMessage(message);
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .as("it waits once")
                    .isLessThan(Duration.ofMillis(1_900));
        }
        try (var lost = new BatchClient(Map.of("bootstrap.servers", "no-such-host.invalid:9092"))) {
            assertThatThrownBy(() -> lost.submit(test.batchId, prompts(1)))
                    .isInstanceOf(BatchClientException.class)
                    .hasMessageContaining("no-such-host.invalid");
        }
    }

    @Test
    void refusesWhatIsNotABatch() {
        assertThatThrownBy(() -> test.client.submit(test.batchId, List.of()))
                .hasMessage("batch %s has no requests", test.batchId);
        assertThatThrownBy(() -> test.client.submit(" ", prompts(1))).hasMessage("a batch ID must not be blank");
        assertThatThrownBy(() -> test.client.reattach("x".repeat(257))).hasMessageContaining("at most 256 characters");
        assertThatThrownBy(() -> test.client.reattach("\ud800")).hasMessageContaining("surrogate");
        assertThat(BatchClient.newBatchId()).matches("\\d{8}-\\d{6}-[0-9a-z]{8}");
    }

    @Test
    void leavesNoThreadBehind() {
        try (var results = test.client.submit(test.batchId, prompts(1)).results()) {
            assertThat(results.poll(Duration.ofMillis(20))).isEmpty();
        }
        test.client.close();

        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.contains("genai-client")));
    }
}

package io.github.genaistreams.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.node.TextNode;
import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.client.read.IndexRange;
import io.github.genaistreams.client.read.ReadPosition;
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import io.github.genaistreams.registry.FakeRegistry;
import io.github.genaistreams.store.DirectoryStore;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.roaringbitmap.RoaringBitmap;
import org.slf4j.LoggerFactory;

@Timeout(60)
class BatchClientTest {

    private static final int PARTITIONS = 4;
    private static final AtomicInteger TESTS = new AtomicInteger();
    private static LocalKafka kafka;

    private final Topics topics = new Topics("t" + TESTS.incrementAndGet() + ".");
    private final String batchId = BatchClient.newBatchId();
    private BatchClient client;
    private FakeWorker worker;

    @BeforeAll
    static void startKafka() {
        kafka = LocalKafka.start(LocalKafka.Options.temporary());
    }

    @AfterAll
    static void stopKafka() {
        kafka.close();
    }

    @BeforeEach
    void createTopics() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            admin.createTopics(List.of(
                            new NewTopic(topics.requests("responses"), PARTITIONS, (short) 1),
                            new NewTopic(topics.results(), PARTITIONS, (short) 1),
                            new NewTopic(topics.batches(), PARTITIONS, (short) 1)))
                    .all()
                    .get(20, TimeUnit.SECONDS);
        }
        client = newClient(Map.of());
        worker = new FakeWorker(kafka.bootstrapServers(), topics, PARTITIONS);
    }

    @AfterEach
    void close() {
        client.close();
        worker.close();
    }

    @Test
    void shouldSpreadABatchEvenlyAndPlaceEachItem() {
        client.submit(batchId, prompts(10), Map.of("tenant", "blue"));

        var submitted = submitted();
        assertThat(submitted).hasSize(10).allSatisfy(record -> {
            var request = Codecs.RESPONSES_REQUEST.decode(record.value());
            assertThat(request.batchId()).isEqualTo(batchId);
            assertThat(request.batchSize()).isEqualTo(10);
            assertThat(request.userPrompt()).isEqualTo(UserPrompt.text("prompt " + request.index()));
            assertThat(record.partition()).isEqualTo(request.index() % PARTITIONS);
            assertThat(record.key()).isEqualTo(ItemKeys.encode(new ItemKey(batchId, request.index())));
            assertThat(record.headers().lastHeader("tenant").value()).asString().isEqualTo("blue");
        });
    }

    @Test
    void shouldReadWhatIsFramedForASchemaRegistryAndSayWhatToSetWithoutOne() {
        try (FakeRegistry registry = FakeRegistry.start();
                BatchClient reader = newClient(Map.of("schema.registry.url", registry.url()))) {
            int id = registry.add(Codecs.CALL_RESULT.avroSchema());
            for (int index : List.of(1, 0)) {
                worker.writes(
                        batchId,
                        ItemKeys.encode(new ItemKey(batchId, index)),
                        Codecs.CALL_RESULT
                                .framed(id)
                                .encode(FakeWorker.result("framed", batchId, 2, index), WireFormat.AVRO));
            }
            try (var results = reader.reattach(batchId).results()) {
                assertThat(texts(results)).containsExactly("framed 0", "framed 1");
            }
            assertThat(registry.requests()).containsExactly("GET /schemas/ids/" + id);
            assertThat(warningsWhile(() -> {
                        try (var results = client.reattach(batchId).snapshot()) {
                            assertThat(results.hasNext()).isFalse();
                        }
                    }))
                    .singleElement()
                    .asString()
                    .contains("schema ID " + id, "set schema.registry.url");
        }
    }

    private static List<String> warningsWhile(Runnable reading) {
        var log = new ListAppender<ILoggingEvent>();
        log.start();
        var logger = (Logger) LoggerFactory.getLogger("io.github.genaistreams.client.read.BatchCursor");
        logger.addAppender(log);
        try {
            reading.run();
        } finally {
            logger.detachAppender(log);
        }
        return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    void shouldTellTheSizeOfAStreamedBatchInItsLastRecord() {
        Iterable<ResponsesRequest> stream = prompts(5)::iterator;

        var batch = client.submit(batchId, stream);

        assertThat(batch.seen().size()).isEqualTo(5);
        var sizes = new TreeMap<Integer, Integer>();
        for (var record : submitted()) {
            var request = Codecs.RESPONSES_REQUEST.decode(record.value());
            sizes.put(request.index(), request.batchSize());
        }
        assertThat(sizes).contains(entry(3, null), entry(4, 5)).hasSize(5);
    }

    @Test
    void shouldGiveResultsInOrderWhileTheyArriveOutOfOrder() throws Exception {
        var batch = client.submit(batchId, prompts(6));
        try (var results = batch.results()) {
            var reader = CompletableFuture.supplyAsync(() -> texts(results));

            worker.answers(batchId, 6, 3, 1);
            worker.failsToCommit(batchId, 6, 0, 2);
            worker.answers("another " + batchId, 1, 0);
            worker.answersWith("second", batchId, 6, 3, 1);
            worker.answers(batchId, 6, 5, 0);
            await().until(() -> batch.seen().received() == 4);
            worker.answers(batchId, 6, 4, 2);

            assertThat(reader.get(20, TimeUnit.SECONDS))
                    .containsExactly("answer 0", "answer 1", "answer 2", "answer 3", "answer 4", "answer 5");
            assertThat(results.finished()).isTrue();
            assertThat(results.duplicates()).isEqualTo(2);
        }
        var progress = batch.seen();
        assertThat(progress.done()).isTrue();
        assertThat(progress.usage().totalTokens()).isEqualTo(18);
        assertThat(progress.attempts()).isEqualTo(6);
        assertThat(batch.await(Duration.ZERO)).isTrue();
    }

    @Test
    void shouldGiveAnEarlyResultAtOnceWhenOrderDoesNotMatter() {
        var batch = client.submit(batchId, prompts(3));
        worker.answers(batchId, 3, 2);

        try (var results = batch.resultsAsCompleted()) {
            assertThat(results.next().index()).isEqualTo(2);
            assertThat(results.poll(Duration.ofMillis(50))).isEmpty();
            assertThat(results.finished()).isFalse();
        }
    }

    @Test
    void shouldFindABatchThatAnotherClientSubmitted() {
        client.submit(batchId, prompts(3));
        client.close();
        worker.answers(batchId, 3, 2, 0, 1);

        try (var other = newClient(Map.of());
                var results = other.reattach(batchId).results()) {
            assertThat(texts(results)).containsExactly("answer 0", "answer 1", "answer 2");
        }
    }

    @Test
    void shouldLearnTheSizeLateWhenOnlyTheLastResultTellsIt() {
        worker.answers(batchId, null, 1, 0);
        worker.answers(batchId, 3, 2);

        var batch = client.reattach(batchId);

        assertThat(batch.await(Duration.ofSeconds(20))).isTrue();
        assertThat(batch.seen().size()).isEqualTo(3);
    }

    @Test
    void shouldEndWhenOnlyTheWorkersKnowHowManyItemsThereAre() {
        worker.answers(batchId, null, 1, 0);
        try (var results = client.reattach(batchId).results()) {
            assertThat(results.next().index()).isZero();
            assertThat(results.next().index()).isEqualTo(1);
            assertThat(results.poll(Duration.ofMillis(50))).isEmpty();
            assertThat(results.finished()).isFalse();

            worker.says(batchId, State.COMPLETED, 2, 2, 0);

            assertThat(results.hasNext()).isFalse();
            assertThat(results.progress().done()).isTrue();
        }
        assertThat(client.reattach(batchId).await(Duration.ofSeconds(20))).isTrue();
    }

    @Test
    void shouldEndWhenACancelledBatchIsOverThoughItemsHaveNoResult() {
        worker.answers(batchId, 10, 4, 0);
        worker.says(batchId, State.CANCELLED, 10, 2, 0);

        try (var results = client.reattach(batchId).results()) {
            assertThat(texts(results)).containsExactly("answer 0", "answer 4");
            assertThat(results.missing()).hasToString("[1-3, 5-9]");
        }
        assertThat(client.reattach(batchId).await(Duration.ofSeconds(20))).isTrue();
    }

    @Test
    void shouldGiveWhatTookThePlaceOfAFailureAndCountWhatBothHaveCost() {
        worker.answers(batchId, 3, 0);
        worker.fails(batchId, 3, 1, 2);
        worker.answersAgain(batchId, 3, 2, true);
        worker.answersAgain(batchId, 3, 1, false);
        worker.answersAgain(batchId, 3, 1, true);
        worker.answersAgain(batchId, 3, 0, false);
        worker.answersAgain(batchId, 3, 1, false);

        try (var results = client.reattach(batchId).results()) {
            assertThat(texts(results)).containsExactly("answer 0", "again 1", "again 2");
            assertThat(results.progress().succeeded()).isEqualTo(3);
            assertThat(results.progress().failed()).isZero();
        }
        try (var many = client.results(List.of(client.reattach(batchId)))) {
            List<String> texts = new ArrayList<>();
            many.forEachRemaining(result -> texts.add(result.outputText()));
            assertThat(texts).containsExactly("answer 0", "again 1", "again 2");
        }
        try (var now = client.reattach(batchId).snapshot()) {
            assertThat(texts(now)).containsExactly("answer 0", "again 1", "again 2");
            assertThat(now.progress().attempts()).isEqualTo(8);
        }
    }

    @Test
    void shouldCorrectItsCountsWhenAResultIsReplacedThatWasTakenBefore() {
        var batch = client.reattach(batchId);
        worker.fails(batchId, 2, 0);
        try (var results = batch.results()) {
            assertThat(results.next().success()).isFalse();
            worker.answersAgain(batchId, 2, 0, true);
            worker.answers(batchId, 2, 1);

            assertThat(results.next().index()).isEqualTo(1);
            assertThat(results.hasNext()).isFalse();
            assertThat(results.progress().succeeded()).isEqualTo(2);
            assertThat(results.progress().attempts()).isEqualTo(3);
        }
        assertThat(batch.seen().succeeded()).isEqualTo(2);
        assertThat(batch.seen().failed()).isZero();
    }

    @Test
    void shouldKeepTheOrderOfABatchOfWhichMostIsReadAgainWhenItIsDue() {
        int size = 3_000;
        int[] order = IntStream.range(0, size).toArray();
        Random random = new Random(7);
        // Neighbours change places, and the first comes last.
        for (int i = 1; i < size - 20; i++) {
            int other = i + random.nextInt(20);
            int kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
        worker.answers(
                batchId, size, IntStream.range(1, size).map(i -> order[i]).toArray());
        worker.answers(batchId, size, 0);

        try (var small = new BatchClient(clientSettings(Map.of()), topics, WireFormat.JSON, null, 10_000);
                var results = small.reattach(batchId).results()) {
            assertThat(results.stream().map(CallResult::outputText))
                    .containsExactlyElementsOf(IntStream.range(0, size)
                            .mapToObj(index -> "answer " + index)
                            .toList());
        }
    }

    @Test
    void shouldGoOnFromThePositionOfAnEarlierReadingInAnotherProcess() {
        worker.answers(batchId, 6, 3, 0, 1, 5);
        String position;
        try (var results = client.reattach(batchId).results()) {
            assertThat(results.next().index()).isZero();
            position = results.position().toString();
            assertThat(results.next().index()).isEqualTo(1);
        }
        worker.answers(batchId, 6, 2, 4);

        try (var other = new BatchClient(clientSettings(Map.of()), topics, WireFormat.JSON);
                var results = other.reattach(batchId).results(ReadPosition.parse(position))) {
            assertThat(results.stream().map(CallResult::index)).containsExactly(1, 2, 3, 4, 5);
            assertThat(results.progress().received()).isEqualTo(6);
            assertThat(results.duplicates()).isZero();
            // All of it was taken, so nothing is left.
            try (var none = other.reattach(batchId).resultsAsCompleted(results.position())) {
                assertThat(none.hasNext()).isFalse();
            }
        }
    }

    @Test
    void shouldRefuseThePositionOfAnotherTopic() {
        worker.answers(batchId, 1, 0);
        var taken = new RoaringBitmap();
        String elsewhere = "1:"
                + Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(ByteBuffer.allocate(12 + 16)
                                .putLong(1L << 40)
                                .putInt(0)
                                .put(serialized(taken))
                                .put(serialized(taken))
                                .array());

        assertThatThrownBy(() -> client.reattach(batchId).results(ReadPosition.parse(elsewhere)))
                .isInstanceOf(BatchClientException.class)
                .hasMessageContaining("another cluster or topic");
    }

    private static byte[] serialized(RoaringBitmap indexes) {
        ByteBuffer bytes = ByteBuffer.allocate(indexes.serializedSizeInBytes());
        indexes.serialize(bytes);
        return bytes.array();
    }

    /** Reading them again one by one took minutes. */
    @Test
    void shouldSoonHaveReadABatchWhoseNeighboursAreFarApartOnTheTopic() {
        int size = 20_000;
        for (int residue = 3; residue >= 0; residue--) {
            int first = residue;
            worker.answers(
                    batchId,
                    size,
                    IntStream.iterate(first, index -> index < size, index -> index + 4)
                            .toArray());
        }

        try (var small = new BatchClient(clientSettings(Map.of()), topics, WireFormat.JSON, null, 10_000);
                var results = small.reattach(batchId).results()) {
            assertTimeout(Duration.ofSeconds(30), () -> assertThat(
                            results.stream().map(CallResult::index))
                    .containsExactlyElementsOf(IntStream.range(0, size).boxed().toList()));
        }
    }

    @Test
    void shouldTakeAStreamOfAnyLength() {
        var batch = client.submit(batchId, IntStream.range(0, 50).mapToObj(i -> request("prompt " + i)));

        assertThat(batch.seen().size()).isEqualTo(50);
        assertThat(submitted()).hasSize(50);
    }

    @Test
    void shouldEndSeveralBatchesThatNobodyReadsAnyMoreSoonAfterClose() throws Exception {
        var results = client.results(List.of(client.submit(batchId, prompts(2))));
        var reader = CompletableFuture.supplyAsync(results::hasNext);
        assertThat(reader.isDone()).isFalse();

        client.close();

        assertThat(reader.get(5, TimeUnit.SECONDS)).isFalse();
        assertThat(results.finished()).isTrue();
    }

    @Test
    void shouldPublishNoMoreThanWasAskedForAndCompleteWithoutBeingAsked() throws Exception {
        worker.answers(batchId, 3, 2, 0, 1);
        var subscriber = new Recorder();
        client.reattach(batchId).publisher().subscribe(subscriber);
        Flow.Subscription subscription = subscriber.subscription.get(5, TimeUnit.SECONDS);

        subscription.request(2);
        await().until(() -> subscriber.indexes.size() == 2);
        assertThat(subscriber.end.isDone()).isFalse();
        subscription.request(1);

        assertThat(subscriber.end.get(20, TimeUnit.SECONDS)).isEqualTo("complete");
        assertThat(subscriber.indexes).containsExactly(0, 1, 2);
    }

    @Test
    void shouldTellSubscribersThatTheClientWasClosedOrThatTheyAskedForNothing() throws Exception {
        var waiting = new Recorder();
        var batch = client.submit(batchId, prompts(2));
        batch.publisher().subscribe(waiting);
        waiting.subscription.get(5, TimeUnit.SECONDS).request(5);
        var wrong = new Recorder();
        batch.publisher().subscribe(wrong);
        wrong.subscription.get(5, TimeUnit.SECONDS).request(0);
        var progress = new CompletableFuture<String>();
        batch.progress().subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(5);
            }

            @Override
            public void onNext(BatchStatus status) {}

            @Override
            public void onError(Throwable e) {
                progress.complete(e.getMessage());
            }

            @Override
            public void onComplete() {
                progress.complete("complete");
            }
        });
        var completion = batch.completion();
        assertThat(wrong.end.get(5, TimeUnit.SECONDS)).contains("request(0)");

        client.close();

        assertThat(waiting.end.get(5, TimeUnit.SECONDS)).isEqualTo("The client was closed");
        assertThat(progress.get(5, TimeUnit.SECONDS)).isEqualTo("The client was closed");
        assertThat(completion).failsWithin(Duration.ofSeconds(5));
        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.startsWith("genai-")));
    }

    /** Writes down what it is told. */
    private static final class Recorder implements Flow.Subscriber<CallResult> {
        private final CompletableFuture<Flow.Subscription> subscription = new CompletableFuture<>();
        private final List<Integer> indexes = new CopyOnWriteArrayList<>();
        private final CompletableFuture<String> end = new CompletableFuture<>();

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription.complete(given);
        }

        @Override
        public void onNext(CallResult result) {
            indexes.add(result.index());
        }

        @Override
        public void onError(Throwable e) {
            end.complete(e.getMessage());
        }

        @Override
        public void onComplete() {
            end.complete("complete");
        }
    }

    @Test
    void shouldGoOnAwaitingWhereItStopped() {
        var batch = client.submit(batchId, prompts(3));
        worker.answers(batchId, 3, 0);
        assertThat(batch.await(Duration.ofSeconds(2))).isFalse();
        assertThat(batch.missing()).hasToString("[1-2]");

        worker.answers(batchId, 3, 2, 1);

        assertThat(batch.await(Duration.ofSeconds(20))).isTrue();
    }

    @Test
    void shouldGiveWhatIsThereAndNameWhatIsMissing() {
        worker.answers(batchId, 10, 7, 1, 2);
        worker.failsToCommit(batchId, 10, 0);

        try (var results = client.reattach(batchId).snapshot()) {
            assertThat(texts(results)).containsExactly("answer 1", "answer 2", "answer 7");
            assertThat(results.missing()).hasToString("[0, 3-6, 8-9]");
            assertThat(results.progress().done()).isFalse();
        }
    }

    @Test
    void shouldGiveAnEmptySnapshotOfAnUnknownBatch() {
        try (var results = client.reattach(batchId).snapshot()) {
            assertThat(results.hasNext()).isFalse();
            assertThat(results.progress().size()).isNull();
        }
    }

    @Test
    void shouldSkipResultsThatCannotBeRead() {
        worker.writes(batchId, "foreign".getBytes(StandardCharsets.UTF_8), "no JSON");
        worker.writes(batchId, ItemKeys.encode(new ItemKey(batchId, 0)), "{\"batch_id\":7}");
        worker.writes(batchId, null, "");
        worker.answers(batchId, 1, 0);

        try (var results = client.reattach(batchId).results()) {
            assertThat(texts(results)).containsExactly("answer 0");
        }
    }

    @Test
    void shouldSkipResultsThatNoWorkerWrites() {
        String good = new String(
                Codecs.CALL_RESULT.encode(FakeWorker.result("answer", batchId, 2, 0), WireFormat.JSON),
                StandardCharsets.UTF_8);
        byte[] key = ItemKeys.encode(new ItemKey(batchId, 0));
        worker.writes(batchId, key, good.replace("\"index\":0", "\"index\":-1"));
        worker.writes(batchId, key, good.replace("\"success\":true", "\"success\":false"));
        worker.writes(batchId, key, good.replace("\"api\":\"responses\",", ""));
        worker.writes(batchId, key, good.replace("\"submitted_at\"", "\"service_tier\""));
        worker.writes(batchId, key, good.replace("\"batch_size\":2", "\"batch_size\":-2147483648"));
        worker.answers(batchId, 2, 1);

        try (var results = client.reattach(batchId).results()) {
            assertThat(texts(results)).containsExactly("answer 0", "answer 1");
        }
        try (var many = client.results(List.of(client.reattach(batchId)))) {
            assertThat(many.next().index()).isZero();
            assertThat(many.next().index()).isEqualTo(1);
            assertThat(many.hasNext()).isFalse();
        }
    }

    @Test
    void shouldFailOneResultWhoseAnswerCannotBeReadAndNotTheReading() {
        CallResult marked = FakeWorker.result("answer", batchId, 2, 0).toBuilder()
                .rawResponse(TextNode.valueOf("@@"))
                .build();
        byte[] avro = Codecs.CALL_RESULT.encode(marked, WireFormat.AVRO);
        // Half an object, in as many bytes as the text has.
        int at = new String(avro, StandardCharsets.ISO_8859_1).indexOf("\"@@\"");
        avro[at] = '{';
        worker.writes(batchId, ItemKeys.encode(marked.key()), avro);
        worker.answers(batchId, 2, 1);

        try (var results = client.reattach(batchId).results()) {
            CallResult unreadable = results.next();
            assertThat(unreadable.success()).isFalse();
            assertThat(unreadable.error().code()).isEqualTo("answer_unavailable");
            assertThat(unreadable.error().message()).contains("cannot be read", "raw_response");
            assertThat(results.next().outputText()).isEqualTo("answer 1");
            assertThat(results.hasNext()).isFalse();
            assertThat(results.progress().failed()).isEqualTo(1);
        }
        assertThat(client.retryFailed(batchId, error -> true).submitted()).isZero();
    }

    @Test
    void shouldFailAResultWhoseAnswerIsNotInTheReadersStoreForThatReaderOnlyAndNotPayForItAgain(@TempDir Path dir)
            throws Exception {
        try (var store = new DirectoryStore(dir.resolve("workers"));
                var other = new DirectoryStore(Files.createDirectories(dir.resolve("other")))) {
            String ref = store.put("{\"output\":[]}".getBytes(StandardCharsets.UTF_8));
            CallResult stored = FakeWorker.result("answer", batchId, 1, 0).toBuilder()
                    .responseRef(ref)
                    .build();
            worker.writes(batchId, ItemKeys.encode(stored.key()), Codecs.CALL_RESULT.encode(stored, WireFormat.JSON));

            for (DocumentStore readers : new DocumentStore[] {null, other}) {
                try (var reader = new BatchClient(clientSettings(Map.of()), topics, WireFormat.JSON, readers);
                        var results = reader.reattach(batchId).results()) {
                    CallResult result = results.next();
                    assertThat(result.success()).isFalse();
                    assertThat(result.error().code()).isEqualTo("answer_unavailable");
                    assertThat(result.responseRef()).isEqualTo(ref);
                    try (var again = reader.retryFailed(batchId, error -> true).results()) {
                        assertThat(submitted()).isEmpty();
                    }
                }
            }
            try (var reader = new BatchClient(clientSettings(Map.of()), topics, WireFormat.JSON, store);
                    var results = reader.reattach(batchId).results()) {
                assertThat(results.next().success()).isTrue();
            }
        }
    }

    @Test
    void shouldFindResultsOfARequestWhoseTimeStampIsAheadOfTheWorkersClock() {
        worker.answers(batchId, 1, 0);
        worker.says(batchId, State.COMPLETED, 1, 1, 0, Instant.now().plus(Duration.ofHours(3)));

        try (var results = client.reattach(batchId).results()) {
            assertThat(texts(results)).containsExactly("answer 0");
        }
    }

    @Test
    void shouldReadABatchWhoseStatusHasAnAbsurdTime() {
        worker.answers(batchId, 1, 0);
        worker.says(batchId, State.COMPLETED, 1, 1, 0, Instant.ofEpochMilli(Long.MIN_VALUE));

        try (var results = client.reattach(batchId).results()) {
            assertThat(texts(results)).containsExactly("answer 0");
        }
    }

    @Test
    void shouldSkipStatusesThatNoWorkerWrites() {
        worker.writesStatus(batchId, "{\"batch_id\":\"" + batchId + "\"}");
        worker.writesStatus(batchId, "no JSON");

        assertThat(client.reattach(batchId).status()).isEmpty();
    }

    @Test
    void shouldSubmitOnlyWhatAnEarlierRunDidNot() {
        var requests = prompts(9);
        putEarlier(requests, 9, 0, 4, 5);

        var resumed = client.submitMissing(batchId, requests);

        assertThat(resumed.alreadySubmitted()).isEqualTo(3);
        assertThat(submitted())
                .extracting(record ->
                        Codecs.RESPONSES_REQUEST.decode(record.value()).index())
                .containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(client.submitMissing(batchId, requests).alreadySubmitted()).isEqualTo(9);
        assertThat(submitted()).hasSize(9);
        worker.answers(batchId, 9, IntStream.range(0, 9).toArray());
        assertThat(resumed.handle().await(Duration.ofSeconds(20))).isTrue();
    }

    @Test
    void shouldResumeWhatWasStreamedInAvroAndSkipForeignRecords() {
        try (var avro = newClient(Map.of(), WireFormat.AVRO)) {
            Iterable<ResponsesRequest> stream = prompts(3)::iterator;
            avro.submit(batchId, stream);
        }
        put(null, "no JSON".getBytes(StandardCharsets.UTF_8));
        client.submit("another " + batchId, prompts(2));

        assertThat(client.submitMissing(batchId, prompts(3)).alreadySubmitted()).isEqualTo(3);
    }

    @Test
    void shouldRefuseToResumeABatchOfOtherRequests() {
        putEarlier(prompts(4), 4, 0, 3);
        var others = new ArrayList<>(prompts(4));
        others.set(3, others.get(3).toBuilder().temperature(0.9).build());

        assertThatThrownBy(() -> client.submitMissing(batchId, others))
                .isInstanceOf(BatchClientException.class)
                .hasMessage(
                        "batch %s was submitted with other requests: index 3 differs in temperature; use another --batch-id"
                                .formatted(batchId));
        assertThatThrownBy(() -> client.submitMissing(batchId, prompts(5)))
                .hasMessageContaining("it had 4 requests, now there are 5");
        assertThatThrownBy(() -> client.submitMissing(batchId, prompts(3)))
                .hasMessageContaining("use another --batch-id");
        assertThat(submitted()).hasSize(2);
    }

    @Test
    void shouldSendNothingWhenOneRequestIsTooLarge() {
        try (var small = newClient(Map.of("max.request.size", 100_000))) {
            var requests = new ArrayList<>(prompts(3));
            requests.set(2, request("x".repeat(200_000)));

            assertThatThrownBy(() -> small.submit(batchId, requests))
                    .isInstanceOf(BatchClientException.class)
                    .hasMessageMatching("request 2 is too large: 200,\\d+ bytes, and max.request.size is 100,000");
            assertThat(submitted()).isEmpty();

            Iterable<ResponsesRequest> stream = requests::iterator;
            assertThatThrownBy(() -> small.submit(batchId, stream)).hasMessageContaining("request 2 is too large");
        }
    }

    @Test
    void shouldBlameTheTopicWhenItTakesNoSuchLargeRequest() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            var limited = new NewTopic(new Topics(topics.prefix() + "small.").requests("responses"), 1, (short) 1)
                    .configs(Map.of("max.message.bytes", "1000"));
            admin.createTopics(List.of(limited)).all().get(20, TimeUnit.SECONDS);
            // The controller has it at once, the broker's own view of it follows.
            await().ignoreExceptions()
                    .until(() -> admin.describeTopics(List.of(limited.name()))
                                    .allTopicNames()
                                    .get()
                                    .size()
                            == 1);
        }
        var noise = new Random(1);
        String prompt = IntStream.range(0, 5_000)
                .mapToObj(any -> Integer.toHexString(noise.nextInt()))
                .collect(Collectors.joining());
        var small = new Topics(topics.prefix() + "small.");
        try (var limited = new BatchClient(clientSettings(Map.of()), small, WireFormat.JSON)) {
            assertThatThrownBy(() -> limited.submit(batchId, List.of(request("ok"), request(prompt))))
                    .isInstanceOf(BatchClientException.class)
                    .hasMessageContaining("request 1 is too large")
                    .hasMessageContaining("max.message.bytes of topic " + small.requests("responses"));
        }
    }

    @Test
    void shouldSayWhichTopicIsMissing() {
        try (var lost = new BatchClient(clientSettings(Map.of()), new Topics("none."), WireFormat.JSON)) {
            String message = "topic none.%s does not exist: create the topics with `genai topics create`";

            assertThatThrownBy(() -> lost.submit(batchId, prompts(1)))
                    .isInstanceOf(BatchClientException.class)
                    .hasMessage(message.formatted("responses.requests"));
            assertThatThrownBy(() -> lost.reattach(batchId).results()).hasMessage(message.formatted("results"));
        }
    }

    @Test
    void shouldSayThatKafkaDoesNotAnswer() {
        var unreachable = Map.<String, Object>of("bootstrap.servers", "127.0.0.1:1", "default.api.timeout.ms", 1_000);
        try (var lost = new BatchClient(unreachable)) {
            String message =
                    "Kafka at 127.0.0.1:1 did not answer within 1 s: is it running, and is bootstrap.servers right?";

            assertThatThrownBy(() -> lost.submit(batchId, prompts(1)))
                    .isInstanceOf(BatchClientException.class)
                    .hasMessage(message);
            assertThatThrownBy(() -> lost.reattach(batchId).snapshot()).hasMessage(message);
        }
        try (var lost = new BatchClient(Map.of("bootstrap.servers", "no-such-host.invalid:9092"))) {
            assertThatThrownBy(() -> lost.submit(batchId, prompts(1)))
                    .isInstanceOf(BatchClientException.class)
                    .hasMessageContaining("no-such-host.invalid");
        }
    }

    @Test
    void shouldRefuseWhatIsNoBatch() {
        assertThatThrownBy(() -> client.submit(batchId, List.of())).hasMessage("batch %s has no requests", batchId);
        assertThatThrownBy(() -> client.submit(" ", prompts(1))).hasMessage("a batch ID must not be blank");
        assertThatThrownBy(() -> client.reattach("x".repeat(257))).hasMessageContaining("at most 256 characters");
        assertThatThrownBy(() -> client.reattach("\ud800")).hasMessageContaining("surrogate");
        assertThat(BatchClient.newBatchId()).matches("\\d{8}-\\d{6}-[0-9a-z]{8}");
    }

    @Test
    void shouldEndAWaitingReaderSoonAfterClose() throws Exception {
        var batch = client.submit(batchId, prompts(2));
        var results = batch.results();
        var started = new CompletableFuture<Void>();
        var reader = CompletableFuture.supplyAsync(() -> {
            started.complete(null);
            return results.hasNext();
        });
        started.get(5, TimeUnit.SECONDS);

        long start = System.nanoTime();
        client.close();

        assertThat(reader.get(5, TimeUnit.SECONDS)).isFalse();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(1));
        assertThat(results.finished()).isTrue();
        assertThatThrownBy(batch::results).hasMessage("this client is closed");
    }

    @Test
    void shouldRespectATimeOut() {
        try (var results = client.submit(batchId, prompts(2)).results()) {
            Instant start = Instant.now();

            assertThat(results.poll(Duration.ofMillis(300))).isEmpty();

            assertThat(Duration.between(start, Instant.now()))
                    .isBetween(Duration.ofMillis(290), Duration.ofMillis(800));
        }
    }

    @Test
    void shouldLeaveNoThreadBehind() {
        try (var results = client.submit(batchId, prompts(1)).results()) {
            assertThat(results.poll(Duration.ofMillis(20))).isEmpty();
        }
        client.close();

        await().untilAsserted(() -> assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .noneMatch(name -> name.contains("genai-client")));
    }

    private BatchClient newClient(Map<String, Object> extra) {
        return newClient(extra, WireFormat.JSON);
    }

    private BatchClient newClient(Map<String, Object> extra, WireFormat format) {
        return new BatchClient(clientSettings(extra), topics, format);
    }

    private static Map<String, Object> clientSettings(Map<String, Object> extra) {
        var settings = new HashMap<>(extra);
        settings.put("bootstrap.servers", kafka.bootstrapServers());
        return settings;
    }

    private static List<ResponsesRequest> prompts(int count) {
        return IntStream.range(0, count)
                .mapToObj(index -> request("prompt " + index))
                .toList();
    }

    private static ResponsesRequest request(String prompt) {
        return ResponsesRequest.builder().model("model").userPrompt(prompt).build();
    }

    private static List<String> texts(BatchResults results) {
        return results.stream().map(CallResult::outputText).toList();
    }

    /** What a run submitted that was killed on the way. */
    private void putEarlier(List<ResponsesRequest> requests, int size, int... indexes) {
        for (int index : indexes) {
            var request = requests.get(index).toBuilder()
                    .batchId(batchId)
                    .index(index)
                    .batchSize(size)
                    .build();
            put(ItemKeys.encode(request.key()), Codecs.RESPONSES_REQUEST.encode(request, WireFormat.JSON));
        }
    }

    private void put(byte[] key, byte[] value) {
        try (var producer =
                new KafkaProducer<>(clientSettings(Map.of()), new ByteArraySerializer(), new ByteArraySerializer())) {
            producer.send(new ProducerRecord<>(topics.requests("responses"), key, value));
        }
    }

    private List<ConsumerRecord<byte[], byte[]>> submitted() {
        try (var consumer = new KafkaConsumer<>(
                clientSettings(Map.of()), new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            var partitions = IntStream.range(0, PARTITIONS)
                    .mapToObj(number -> new TopicPartition(topics.requests("responses"), number))
                    .toList();
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            var ends = consumer.endOffsets(partitions);
            var records = new ArrayList<ConsumerRecord<byte[], byte[]>>();
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                consumer.poll(Duration.ofMillis(100)).forEach(records::add);
            }
            return records;
        }
    }

    @Test
    void shouldEndReadingWhenWhatIsMissingIsInTheDeadLetters() {
        worker.answers(batchId, 3, 0, 2);
        worker.says(batchId, State.RUNNING, 3, 2, 0, Instant.now(), 1);
        var batch = client.reattach(batchId);

        try (var results = batch.results()) {
            assertThat(results.hasNext()).isTrue();
            assertThat(results.next().index()).isZero();
            assertThat(results.next().index()).isEqualTo(2);
            assertThat(results.hasNext()).isFalse();
            assertThat(results.missing()).containsExactly(new IndexRange(1, 1));
        }
        assertThat(batch.completion().orTimeout(20, TimeUnit.SECONDS).join().incomplete())
                .isTrue();
        assertThat(batch.await(Duration.ofSeconds(20))).isTrue();
    }

    @Test
    void shouldEndReadingABatchOfWhichThereAreOnlyDeadLetters() {
        worker.says(batchId, State.RUNNING, null, 0, 0, Instant.now(), 4);

        try (var results = client.reattach(batchId).resultsAsCompleted()) {
            assertThat(results.hasNext()).isFalse();
        }
    }
}

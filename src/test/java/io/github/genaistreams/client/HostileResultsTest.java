package io.github.genaistreams.client;

import static io.github.genaistreams.client.BatchClientCase.texts;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.node.TextNode;
import io.github.genaistreams.client.read.IndexRange;
import io.github.genaistreams.embedded.SharedKafka;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.registry.FakeRegistry;
import io.github.genaistreams.store.DirectoryStore;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireFormat;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Results and statuses that no worker writes, or that cannot be read. */
@Timeout(60)
class HostileResultsTest {

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
    void readsWhatIsFramedForASchemaRegistryAndSaysWhatToSetWithoutOne() {
        try (FakeRegistry registry = FakeRegistry.start();
                BatchClient reader = test.newClient(Map.of("schema.registry.url", registry.url()))) {
            int id = registry.add(Codecs.CALL_RESULT.avroSchema());
            for (int index : List.of(1, 0)) {
                test.worker.writes(
                        test.batchId,
                        ItemKeys.encode(new ItemKey(test.batchId, index)),
                        Codecs.CALL_RESULT
                                .framed(id)
                                .encode(FakeWorker.result("framed", test.batchId, 2, index), WireFormat.AVRO));
            }
            try (var results = reader.reattach(test.batchId).results()) {
                assertThat(texts(results)).containsExactly("framed 0", "framed 1");
            }
            assertThat(registry.requests()).containsExactly("GET /schemas/ids/" + id);
            assertThat(warningsWhile(() -> {
                        try (var results = test.client.reattach(test.batchId).snapshot()) {
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
    void skipsResultsThatCannotBeRead() {
        test.worker.writes(test.batchId, "foreign".getBytes(StandardCharsets.UTF_8), "no JSON");
        test.worker.writes(test.batchId, ItemKeys.encode(new ItemKey(test.batchId, 0)), "{\"batch_id\":7}");
        test.worker.writes(test.batchId, null, "");
        test.worker.answers(test.batchId, 1, 0);

        try (var results = test.client.reattach(test.batchId).results()) {
            assertThat(texts(results)).containsExactly("answer 0");
        }
    }

    @Test
    void skipsResultsThatNoWorkerWrites() {
        String good = new String(
                Codecs.CALL_RESULT.encode(FakeWorker.result("answer", test.batchId, 2, 0), WireFormat.JSON),
                StandardCharsets.UTF_8);
        byte[] key = ItemKeys.encode(new ItemKey(test.batchId, 0));
        test.worker.writes(test.batchId, key, good.replace("\"index\":0", "\"index\":-1"));
        test.worker.writes(test.batchId, key, good.replace("\"success\":true", "\"success\":false"));
        test.worker.writes(test.batchId, key, good.replace("\"api\":\"responses\",", ""));
        test.worker.writes(test.batchId, key, good.replace("\"submitted_at\"", "\"service_tier\""));
        test.worker.writes(test.batchId, key, good.replace("\"batch_size\":2", "\"batch_size\":-2147483648"));
        test.worker.answers(test.batchId, 2, 1);

        try (var results = test.client.reattach(test.batchId).results()) {
            assertThat(texts(results)).containsExactly("answer 0", "answer 1");
        }
        try (var many = test.client.results(List.of(test.client.reattach(test.batchId)))) {
            assertThat(many.next().index()).isZero();
            assertThat(many.next().index()).isEqualTo(1);
            assertThat(many.hasNext()).isFalse();
        }
    }

    @Test
    void failsOneResultWhoseAnswerCannotBeReadAndNotTheReading() {
        CallResult marked = FakeWorker.result("answer", test.batchId, 2, 0).toBuilder()
                .rawResponse(TextNode.valueOf("@@"))
                .build();
        byte[] avro = Codecs.CALL_RESULT.encode(marked, WireFormat.AVRO);
        // Half an object, in as many bytes as the text has.
        int at = new String(avro, StandardCharsets.ISO_8859_1).indexOf("\"@@\"");
        avro[at] = '{';
        test.worker.writes(test.batchId, ItemKeys.encode(marked.key()), avro);
        test.worker.answers(test.batchId, 2, 1);

        try (var results = test.client.reattach(test.batchId).results()) {
            CallResult unreadable = results.next();
            assertThat(unreadable.success()).isFalse();
            assertThat(unreadable.error().code()).isEqualTo("answer_unavailable");
            assertThat(unreadable.error().message()).contains("cannot be read", "raw_response");
            assertThat(results.next().outputText()).isEqualTo("answer 1");
            assertThat(results.hasNext()).isFalse();
            assertThat(results.progress().failed()).isEqualTo(1);
        }
        assertThat(test.client.retryFailed(test.batchId, error -> true).submitted())
                .isZero();
    }

    @Test
    void failsAResultWhoseAnswerIsNotInTheReadersStoreForThatReaderOnlyAndDoesNotPayForItAgain(@TempDir Path dir)
            throws Exception {
        try (var store = new DirectoryStore(dir.resolve("workers"));
                var other = new DirectoryStore(Files.createDirectories(dir.resolve("other")))) {
            String ref = store.put("{\"output\":[]}".getBytes(StandardCharsets.UTF_8));
            CallResult stored = FakeWorker.result("answer", test.batchId, 1, 0).toBuilder()
                    .responseRef(ref)
                    .build();
            test.worker.writes(
                    test.batchId, ItemKeys.encode(stored.key()), Codecs.CALL_RESULT.encode(stored, WireFormat.JSON));

            for (DocumentStore readers : new DocumentStore[] {null, other}) {
                try (var reader =
                                new BatchClient(test.clientSettings(Map.of()), test.topics, WireFormat.JSON, readers);
                        var results = reader.reattach(test.batchId).results()) {
                    CallResult result = results.next();
                    assertThat(result.success()).isFalse();
                    assertThat(result.error().code()).isEqualTo("answer_unavailable");
                    assertThat(result.responseRef()).isEqualTo(ref);
                    try (var again =
                            reader.retryFailed(test.batchId, error -> true).results()) {
                        assertThat(test.submitted()).isEmpty();
                    }
                }
            }
            try (var reader = new BatchClient(test.clientSettings(Map.of()), test.topics, WireFormat.JSON, store);
                    var results = reader.reattach(test.batchId).results()) {
                assertThat(results.next().success()).isTrue();
            }
        }
    }

    @Test
    void findsResultsOfARequestWhoseTimeStampIsAheadOfTheWorkersClock() {
        test.worker.answers(test.batchId, 1, 0);
        test.worker.says(test.batchId, State.COMPLETED, 1, 1, 0, Instant.now().plus(Duration.ofHours(3)));

        try (var results = test.client.reattach(test.batchId).results()) {
            assertThat(texts(results)).containsExactly("answer 0");
        }
    }

    @Test
    void readsABatchWhoseStatusHasAnAbsurdTime() {
        test.worker.answers(test.batchId, 1, 0);
        test.worker.says(test.batchId, State.COMPLETED, 1, 1, 0, Instant.ofEpochMilli(Long.MIN_VALUE));

        try (var results = test.client.reattach(test.batchId).results()) {
            assertThat(texts(results)).containsExactly("answer 0");
        }
    }

    @Test
    void skipsStatusesThatNoWorkerWrites() {
        test.worker.writesStatus(test.batchId, "{\"batch_id\":\"" + test.batchId + "\"}");
        test.worker.writesStatus(test.batchId, "no JSON");

        assertThat(test.client.reattach(test.batchId).status()).isEmpty();
    }

    @Test
    void endsReadingWhenWhatIsMissingIsInTheDeadLetters() {
        test.worker.answers(test.batchId, 3, 0, 2);
        test.worker.says(test.batchId, State.RUNNING, 3, 2, 0, Instant.now(), 1);
        var batch = test.client.reattach(test.batchId);

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
    void endsReadingABatchThatHasOnlyDeadLetters() {
        test.worker.says(test.batchId, State.RUNNING, null, 0, 0, Instant.now(), 4);

        try (var results = test.client.reattach(test.batchId).resultsAsCompleted()) {
            assertThat(results.hasNext()).isFalse();
        }
    }
}

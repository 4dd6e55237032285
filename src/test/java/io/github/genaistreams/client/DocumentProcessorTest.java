package io.github.genaistreams.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.TestTopics;
import io.github.genaistreams.client.input.DocumentSource;
import io.github.genaistreams.embedded.SharedKafka;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.store.DirectoryStore;
import io.github.genaistreams.wire.Topics;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Documents by one call, on a cluster. */
@Timeout(60)
class DocumentProcessorTest {

    @RegisterExtension
    static final SharedKafka KAFKA = new SharedKafka();

    @TempDir
    Path dir;

    @Test
    void submitsDocumentsWithTheirLargeOnesInTheStoreAndReadsTheirResults() throws Exception {
        Topics topics = Topics.withDefaultPrefix();
        String brokers = KAFKA.broker().bootstrapServers();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers))) {
            TestTopics.create(
                    admin,
                    new NewTopic(topics.requests(Topics.DOCUMENTS), 1, (short) 1),
                    new NewTopic(topics.results(), 1, (short) 1));
            Map<String, Object> kafkaSettings = Map.of("bootstrap.servers", brokers);
            Path file = Files.writeString(dir.resolve("page.html"), "<p>small");
            try (var worker = new FakeWorker(brokers, topics, 1);
                    var store = new DirectoryStore(dir.resolve("store"));
                    var client = new BatchClient(kafkaSettings);
                    var small = DocumentProcessor.connect(kafkaSettings, store);
                    var large = new DocumentProcessor(client, store, 3)) {
                DocumentRequest common = DocumentRequest.builder().buildUnchecked();
                var sources = List.of(DocumentSource.of(file));
                CompletableFuture<BatchResult> inRecord = small.process("small", new DocumentsBatch(common, sources));
                CompletableFuture<BatchResult> inStore = large.process("large", new DocumentsBatch(common, sources));
                worker.answers("small", 1, 0);
                worker.answers("large", 1, 0);

                assertThat(inRecord.get(30, TimeUnit.SECONDS)).matches(result -> result.totalSuccess() == 1);
                assertThat(inStore.get(30, TimeUnit.SECONDS)).matches(result -> result.totalSuccess() == 1);
                assertThat(inRecord.get()).hasToString("BatchResult[small, 1 ok, 0 failed]");
                assertThat(client.reattach("large")).hasToString("BatchHandle[large, 0 of ? results seen]");
                try (var stored = Files.walk(dir.resolve("store")).filter(Files::isRegularFile)) {
                    assertThat(stored).singleElement().satisfies(kept -> assertThat(kept)
                            .hasBinaryContent("<p>small".getBytes(UTF_8)));
                }
            }
        }
    }
}

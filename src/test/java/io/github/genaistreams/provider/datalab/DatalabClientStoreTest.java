package io.github.genaistreams.provider.datalab;

import static io.github.genaistreams.provider.datalab.DatalabCase.answer;
import static io.github.genaistreams.provider.datalab.DatalabCase.start;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.provider.Abort;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.store.DocumentStore;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Documents that a store holds: fetched, sent, and let go. */
@Timeout(60)
class DatalabClientStoreTest {

    private final DatalabCase test = new DatalabCase();

    @AfterEach
    void close() throws Exception {
        test.close();
    }

    @Test
    void aStoredDocumentThatIsTooLargeIsNotSent(@TempDir Path dir) throws Exception {
        var submitted = new AtomicInteger();
        URI url = test.server(exchange -> {
            submitted.incrementAndGet();
            answer(exchange, 200, "{\"success\":true,\"request_id\":\"r1\"}");
        });
        Path large = dir.resolve("large");
        try (var file = new RandomAccessFile(large.toFile(), "rw")) {
            file.setLength(200_000_001);
        }
        var store = new SlowStore(large);
        store.gate.complete(null);

        var failed = (Failed) start(test.client(url, 2, store), stored()).get(20, SECONDS);

        assertThat(failed.error().code()).isEqualTo("document_too_large");
        assertThat(failed.error().param()).isEqualTo("document_ref");
        assertThat(failed.error().message()).contains("200 MB");
        assertThat(failed.maybeDone()).isFalse();
        assertThat(submitted).hasValue(0);
        store.closed.get(10, SECONDS);
    }

    @Test
    void aDocumentWhoseBatchIsCancelledWhileItIsFetchedIsNotSubmitted() throws Exception {
        var submitted = new AtomicInteger();
        URI url = test.server(exchange -> {
            submitted.incrementAndGet();
            answer(exchange, 200, "{\"success\":true,\"request_id\":\"r1\"}");
        });
        var slow = new SlowStore();
        DatalabClient client = test.client(url, 2, slow);
        var outcome = new CompletableFuture<CallOutcome>();
        Abort abort = client.call(stored().build(), 1, 0, outcome::complete);
        slow.asked.get(10, SECONDS);

        abort.now();

        assertThat(((Retry) outcome.get(10, SECONDS)).error().type()).isEqualTo(ApiClient.ABORTED);
        slow.gate.complete(null);
        slow.closed.get(10, SECONDS);
        assertThat(submitted).hasValue(0);
    }

    @Test
    void aStoreThatHangsIsARetryAndWhatItGivesLaterIsReleased() throws Exception {
        var submitted = new AtomicInteger();
        URI url = test.server(exchange -> {
            submitted.incrementAndGet();
            answer(exchange, 200, "{\"success\":true,\"request_id\":\"r1\"}");
        });
        var slow = new SlowStore();
        DatalabClient client = test.client(url, 2, slow, Duration.ofMillis(200));

        var retry = (Retry) start(client, stored()).get(20, SECONDS);

        assertThat(retry.error().code()).isEqualTo("store_unavailable");
        assertThat(retry.error().message()).contains("The document store does not respond", "not done within");
        assertThat(retry.maybeDone()).isFalse();
        assertThat(slow.closed).isNotDone();
        slow.gate.complete(null);
        slow.closed.get(10, SECONDS);
        assertThat(submitted).hasValue(0);
    }

    @Test
    void aSubmissionUnderWayIsLetEndSoThatItsJobIsKnown() throws Exception {
        var seen = new CompletableFuture<Void>();
        var gate = new CompletableFuture<Void>();
        URI url = test.server(exchange -> {
            seen.complete(null);
            gate.join();
            answer(exchange, 200, "{\"success\":true,\"request_id\":\"r1\"}");
        });
        var slow = new SlowStore();
        slow.gate.complete(null);
        var outcome = new CompletableFuture<CallOutcome>();
        Abort abort = test.client(url, 2, slow).call(stored().build(), 1, 0, outcome::complete);
        seen.get(10, SECONDS);

        abort.now();
        gate.complete(null);

        assertThat(outcome.get(10, SECONDS)).isInstanceOf(Accepted.class);
        slow.closed.get(10, SECONDS);
    }

    /** Has one document, and gives it when its gate is open. */
    private static final class SlowStore implements DocumentStore {

        private final Path file;
        private final CompletableFuture<Void> asked = new CompletableFuture<>();
        private final CompletableFuture<Void> gate = new CompletableFuture<>();
        private final CompletableFuture<Void> closed = new CompletableFuture<>();

        SlowStore() {
            this(Path.of("pom.xml"));
        }

        SlowStore(Path file) {
            this.file = file;
        }

        @Override
        public String put(Path file) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String put(byte[] content) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Fetched fetch(String reference) {
            asked.complete(null);
            gate.join();
            return new Fetched() {
                @Override
                public Path file() {
                    return file;
                }

                @Override
                public void close() {
                    closed.complete(null);
                }
            };
        }

        @Override
        public void close() {}
    }

    private static DocumentRequest.Builder stored() {
        return DocumentRequest.builder().batchId("b").documentRef("sha256/" + "0".repeat(64));
    }
}

package io.github.genaistreams.provider;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.MostlyWaits;
import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.CallOutcome.Accepted;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.store.DocumentStoreException;
import io.github.genaistreams.wire.RawJson;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Answers that are too large for a record, and stores that do not take them. */
@Timeout(60)
class ClaimCheckTest {

    private static final DocumentRequest REQUEST = DocumentRequest.builder()
            .batchId("b")
            .pollIntervalSecs(1)
            .maxPollAttempts(3)
            .buildUnchecked();

    @MostlyWaits
    @Test
    void putsALargeAnswerIntoTheStoreAndLeavesASmallOneWhereItIs() throws Exception {
        var store = new FakeStore(() -> {});

        var large = (Succeeded) ask(store, "x".repeat(200), Instant.now());
        assertThat(large.answer().ref()).isEqualTo("sha256/kept");
        assertThat(large.answer().body()).isNull();
        assertThat(large.answer().document().pageCount()).isEqualTo(2);

        var small = (Succeeded) ask(store, "x", Instant.now());
        assertThat(small.answer().ref()).isNull();
        assertThat(small.answer().body().path("markdown").asText()).isEqualTo("x");
    }

    @MostlyWaits
    @Test
    void keepsTheTextInTheResultIfItIsSmall() throws Exception {
        var image = JsonNodeFactory.instance.objectNode().put("image", "x".repeat(200));

        var large = (Succeeded) outcome(new FakeStore(() -> {}), new Succeeded(response(image, "A river")));
        assertThat(large.answer().ref()).isEqualTo("sha256/kept");
        assertThat(large.answer().outputText()).isEqualTo("A river");

        var wordy = (Succeeded) outcome(new FakeStore(() -> {}), new Succeeded(response(image, "x".repeat(90))));
        assertThat(wordy.answer().outputText()).isNull();
    }

    @MostlyWaits
    @Test
    void keepsALargeAnswerThatIsAFailureWithItsOwnError() throws Exception {
        var image = JsonNodeFactory.instance.objectNode().put("image", "x".repeat(200));
        var cutOff = new Failed(
                new CallError("Cut off", "incomplete", "max_output_tokens", null, false, 200),
                response(image, ""),
                "req_1",
                true);

        var kept = (Failed) outcome(new FakeStore(() -> {}), cutOff);
        assertThat(kept.error()).isEqualTo(cutOff.error());
        assertThat(kept.maybeDone()).isTrue();
        assertThat(kept.answer().ref()).isEqualTo("sha256/kept");

        var lost = (Failed) outcome(new FakeStore(ClaimCheckTest::full), cutOff);
        assertThat(lost.error()).isEqualTo(cutOff.error());
        assertThat(lost.answer().ref()).isNull();
        assertThat(lost.answer().usage().totalTokens()).isEqualTo(3);
    }

    @MostlyWaits
    @Test
    void saysThatAnAnswerWasPaidForThatCannotBeAskedForAgain() throws Exception {
        var image = JsonNodeFactory.instance.objectNode().put("image", "x".repeat(200));

        var lost = (Failed) outcome(new FakeStore(ClaimCheckTest::full), new Succeeded(response(image, "A river")));

        assertThat(lost.error().code()).isEqualTo("result_not_stored");
        assertThat(lost.error().message()).contains("paid for", "No space left on device");
        assertThat(lost.answer().usage().totalTokens()).isEqualTo(3);
        assertThat(lost.answer().outputText()).isEqualTo("A river");
    }

    private static Answer response(ObjectNode body, String text) {
        return new Answer(body, text, new Usage(1, null, 2, null, 3), "m", "req_1", "completed", null);
    }

    /** Of a call that ends like this, and leaves no job behind. */
    private static CallOutcome outcome(DocumentStore store, CallOutcome end) throws Exception {
        var outcome = new CompletableFuture<CallOutcome>();
        try (var checked = new ClaimCheck<>(new Answering(end), store, 100)) {
            checked.call(REQUEST, 1, 0, outcome::complete);
            return outcome.get(30, TimeUnit.SECONDS);
        }
    }

    @MostlyWaits
    @Test
    void leavesAnAnswerWithTheApiWhileTheDiskIsFull() throws Exception {
        // Four seconds after acceptance its total wait is over; the API keeps the answer for an hour.
        var again = (Accepted) ask(
                new FakeStore(ClaimCheckTest::full),
                "x".repeat(200),
                Instant.now().minusSeconds(4));

        assertThat(again.job().id()).isEqualTo("/r1");
        assertThat(again.job().requestId()).isEqualTo("r1");
        assertThat(again.unanswered().code()).isEqualTo("result_not_stored");
        assertThat(again.unanswered().message()).contains("No space left on device");
    }

    @MostlyWaits
    @Test
    void failsClearlyWithItsPriceOnceTheApiNoLongerKeepsTheAnswer() throws Exception {
        Instant longAgo = Instant.now().minus(Duration.ofHours(1));

        var failed = (Failed) ask(new FakeStore(ClaimCheckTest::full), "x".repeat(200), longAgo);

        assertThat(failed.error().code()).isEqualTo("result_not_stored");
        assertThat(failed.error().message()).contains("No space left on device");
        assertThat(failed.answer().document().pageCount()).isEqualTo(2);
        assertThat(failed.requestId()).isEqualTo("r1");
    }

    @MostlyWaits
    @Test
    void triesAStoreAgainThatTakesNothingForAMoment() throws Exception {
        var tries = new AtomicInteger();
        var store = new FakeStore(() -> {
            if (tries.incrementAndGet() < 3) {
                full();
            }
        });

        assertThat(ask(store, "x".repeat(200), Instant.now())).isInstanceOf(Succeeded.class);
        assertThat(tries).hasValue(3);
    }

    @MostlyWaits
    @Test
    void endsAlsoWithAnErrorThatNobodyExpects() throws Exception {
        var store = new FakeStore(() -> {
            throw new OutOfMemoryError("Java heap space");
        });

        var again = (Accepted) ask(store, "x".repeat(200), Instant.now());

        assertThat(again.unanswered().type()).isEqualTo("internal_error");
        assertThat(again.unanswered().message()).contains("Java heap space");
    }

    private static void full() {
        IOException cause = new IOException("No space left on device");
        throw new DocumentStoreException(
                "The document store /d cannot store a document (" + cause.getMessage() + ")", true, cause);
    }

    private static CallOutcome ask(DocumentStore store, String text, Instant acceptedAt) throws Exception {
        var answer = new Answer(
                RawJson.of(JsonNodeFactory.instance.objectNode().put("markdown", text)),
                null,
                null,
                null,
                null,
                "r1",
                "completed",
                null,
                new Answer.DocumentFigures(2, null),
                List.of(),
                ApiLimits.NONE);
        var outcome = new CompletableFuture<CallOutcome>();
        try (var checked = new ClaimCheck<>(new Answering(new Succeeded(answer)), store, 100)) {
            checked.poll(REQUEST, new RemoteJob("/r1", acceptedAt, Duration.ZERO, "r1"), 1, 0, outcome::complete);
            return outcome.get(30, TimeUnit.SECONDS);
        }
    }

    /** Does something before it keeps anything. */
    private record FakeStore(Runnable first) implements DocumentStore {

        @Override
        public String put(Path file) {
            throw new UnsupportedOperationException();
        }

        @Override
        public String put(byte[] content) {
            first.run();
            return "sha256/kept";
        }

        @Override
        public Fetched fetch(String reference) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }

    /** Has the answer to every question. */
    private record Answering(CallOutcome outcome) implements ApiClient<DocumentRequest> {

        @Override
        public Optional<CallError> refusal(DocumentRequest request) {
            return Optional.empty();
        }

        @Override
        public Abort call(DocumentRequest request, int attempt, int lane, Consumer<CallOutcome> whenDone) {
            whenDone.accept(outcome);
            return Abort.NONE;
        }

        @Override
        public Abort poll(
                DocumentRequest request, RemoteJob job, int attempt, int lane, Consumer<CallOutcome> whenDone) {
            whenDone.accept(outcome);
            return Abort.NONE;
        }

        @Override
        public void cancel(DocumentRequest request, RemoteJob job, int lane) {}

        @Override
        public void close() {}
    }
}

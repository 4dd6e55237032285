package io.github.genaistreams.client;

import static io.github.genaistreams.client.BatchClientCase.prompts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.embedded.SharedKafka;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Results that are published to subscribers. */
@Timeout(60)
class PublishedResultsTest {

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
    void endsSeveralBatchesThatNobodyReadsAnyMoreSoonAfterClose() throws Exception {
        var results = test.client.results(List.of(test.client.submit(test.batchId, prompts(2))));
        var reader = CompletableFuture.supplyAsync(results::hasNext);
        assertThat(reader.isDone()).isFalse();

        test.client.close();

        assertThat(reader.get(5, TimeUnit.SECONDS)).isFalse();
        assertThat(results.finished()).isTrue();
    }

    @Test
    void publishesNoMoreThanWasRequestedAndCompletesWithoutARequest() throws Exception {
        test.worker.answers(test.batchId, 3, 2, 0, 1);
        var subscriber = new Recorder();
        test.client.reattach(test.batchId).publisher().subscribe(subscriber);
        Flow.Subscription subscription = subscriber.subscription.get(5, TimeUnit.SECONDS);

        subscription.request(2);
        await().until(() -> subscriber.indexes.size() == 2);
        assertThat(subscriber.end.isDone()).isFalse();
        subscription.request(1);

        assertThat(subscriber.end.get(20, TimeUnit.SECONDS)).isEqualTo("complete");
        assertThat(subscriber.indexes).containsExactly(0, 1, 2);
    }

    @Test
    void tellsSubscribersThatTheClientWasClosedOrThatTheyAskedForNothing() throws Exception {
        var waiting = new Recorder();
        var batch = test.client.submit(test.batchId, prompts(2));
        assertThatThrownBy(() -> batch.publisher().subscribe(null)).isInstanceOf(NullPointerException.class);
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

        test.client.close();

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
}

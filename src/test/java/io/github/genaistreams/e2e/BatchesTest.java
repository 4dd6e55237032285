package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.MostlyWaits;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.BatchHandle;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.client.read.ResultReader;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.BatchStatus.State;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches as a whole, on a real broker: cancelled, bounded, many at once, read again. */
class BatchesTest {

    private static final Duration PATIENCE = Duration.ofSeconds(90);

    @TempDir
    Path dir;

    @Test
    void cancelsABatchWithinSecondsAndPaysNoMoreThanWhatWasInFlight() throws Exception {
        int callSecs = 30;
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.fixed(Duration.ofSeconds(callSecs)));
        int items = 1_500;
        try (TestCluster cluster = TestCluster.start(api, 2);
                Worker worker = Worker.start(new GenAiConfig(cluster.worker(dir, 100)));
                BatchClient client = client(cluster)) {
            BatchHandle batch = client.submit("cancelled", requests(items));
            Awaitility.await().atMost(PATIENCE).until(() -> worker.lanes().inFlight() == 200);

            long start = System.nanoTime();
            batch.cancel();
            BatchStatus status = batch.completion().get(60, TimeUnit.SECONDS);
            double seconds = (System.nanoTime() - start) / 1e9;

            System.out.printf("cancel: %d items, complete after %.1f s%n", items, seconds);
            // Two seconds on a quiet machine. On any, before the first call could have ended by itself.
            assertThat(seconds).isLessThan(callSecs / 2.0);
            assertThat(status.state()).isEqualTo(State.CANCELLED);
            assertThat(status.total()).isEqualTo(items);
            assertThat(status.failures()).isEqualTo(Map.of("cancelled", (long) items));
            assertThat(status.attempts()).isLessThanOrEqualTo(200);
            assertThat(cluster.sandbox().stats("cancelled").callsOf("cancelled"))
                    .isLessThanOrEqualTo(200);
            assertThat(worker.lanes().inFlight()).isZero();
        }
    }

    @Test
    void callsNothingMoreWhenABatchHasReachedItsBudget() throws Exception {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.fixed(Duration.ofMillis(200)));
        try (TestCluster cluster = TestCluster.start(api, 2);
                Worker worker = Worker.start(new GenAiConfig(cluster.worker(dir, 10)));
                BatchClient client = client(cluster)) {
            client.control(BatchControl.of("bounded").withBudget(null, 1_000L));
            BatchStatus status =
                    client.submit("bounded", requests(500)).completion().get(60, TimeUnit.SECONDS);

            assertThat(status.state()).isEqualTo(State.CANCELLED);
            assertThat(status.stopped()).isEqualTo("budget_exceeded");
            assertThat(status.usage().totalTokens()).isGreaterThanOrEqualTo(1_000);
            assertThat(status.failures()).containsOnlyKeys("budget_exceeded");
            // A call has some 40 tokens, 20 are in flight at once, and workers hear of it a moment later.
            assertThat(status.succeeded()).isBetween(20, 300);
            assertThat(worker.hasFailed()).isFalse();
        }
    }

    @Test
    void followsAHundredBatchesAtOnceWithOneClient() throws Exception {
        follow(100, 20);
    }

    @Test
    @Tag("long")
    void followsAThousandBatchesOfAHundredItemsAtOnceWithOneClient() throws Exception {
        follow(1_000, 100);
    }

    private void follow(int batches, int items) throws Exception {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("uniform:1ms-40ms"));
        try (TestCluster cluster = TestCluster.start(api, 2);
                Worker worker = Worker.start(new GenAiConfig(cluster.worker(dir, 100)));
                BatchClient client = client(cluster)) {
            long start = System.nanoTime();
            List<BatchHandle> handles = IntStream.range(0, batches)
                    .mapToObj(i -> client.submit("batch-" + i, requests(items)))
                    .toList();
            CompletableFuture<?> all = CompletableFuture.allOf(
                    handles.stream().map(BatchHandle::completion).toArray(CompletableFuture<?>[]::new));
            Map<String, Integer> next = new HashMap<>();
            try (ResultReader results = client.results(handles)) {
                results.forEachRemaining(result -> {
                    assertThat(result.index()).isEqualTo(next.getOrDefault(result.batchId(), 0));
                    next.merge(result.batchId(), 1, Integer::sum);
                });
            }
            all.get(60, TimeUnit.SECONDS);

            assertThat(next).hasSize(batches).allSatisfy((batch, count) -> assertThat(count)
                    .isEqualTo(items));
            assertThat(client.batches().values()).hasSize(batches).allMatch(BatchStatus::isComplete);
            assertThat(worker.hasFailed()).isFalse();
            System.out.printf(
                    "many: %d batches of %d items followed by one client in %.1f s%n",
                    batches, items, (System.nanoTime() - start) / 1e9);
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().equals("genai-status"));
    }

    @MostlyWaits
    @Test
    void givesTheSameSequenceToAReaderThatComesAgain() throws Exception {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.parse("uniform:1ms-60ms"));
        int items = 600;
        try (TestCluster cluster = TestCluster.start(api, 2);
                Worker worker = Worker.start(new GenAiConfig(cluster.worker(dir, 50)))) {
            List<String> before = new ArrayList<>();
            try (BatchClient client = client(cluster);
                    BatchResults results =
                            client.submit("again", requests(items)).results()) {
                for (int i = 0; i < items / 3; i++) {
                    before.add(results.next().toString());
                }
            }
            List<CallResult> published = new ArrayList<>();
            try (BatchClient client = client(cluster)) {
                var done = new CountDownLatch(1);
                client.reattach("again").publisher().subscribe(new Collector(published, done));
                assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
            }
            assertThat(published).hasSize(items);
            assertThat(published.stream().limit(before.size()).map(CallResult::toString))
                    .containsExactlyElementsOf(before);
            for (int i = 0; i < items; i++) {
                assertThat(published.get(i).index()).isEqualTo(i);
            }
            assertThat(worker.hasFailed()).isFalse();
        }
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().equals("genai-results"));
    }

    /** Asks for ten at a time. */
    private record Collector(List<CallResult> into, CountDownLatch done, Flow.Subscription[] subscription)
            implements Flow.Subscriber<CallResult> {

        Collector(List<CallResult> into, CountDownLatch done) {
            this(into, done, new Flow.Subscription[1]);
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription[0] = given;
            given.request(10);
        }

        @Override
        public void onNext(CallResult result) {
            into.add(result);
            if (into.size() % 10 == 0) {
                subscription[0].request(10);
            }
        }

        @Override
        public void onError(Throwable e) {
            throw new AssertionError(e);
        }

        @Override
        public void onComplete() {
            done.countDown();
        }
    }

    @Test
    void tellsSubscribersHowFarABatchIs() throws Exception {
        SandboxSettings api = SandboxSettings.DEFAULTS.withLatency(Latency.fixed(Duration.ofMillis(300)));
        try (TestCluster cluster = TestCluster.start(api, 2);
                Worker worker = Worker.start(new GenAiConfig(cluster.worker(dir, 10)));
                BatchClient client = client(cluster)) {
            BatchHandle batch = client.submit("told", requests(100));
            List<BatchStatus> told = new ArrayList<>();
            var done = new CountDownLatch(1);
            batch.progress().subscribe(new Flow.Subscriber<>() {
                @Override
                public void onSubscribe(Flow.Subscription subscription) {
                    subscription.request(Long.MAX_VALUE);
                }

                @Override
                public void onNext(BatchStatus status) {
                    told.add(status);
                }

                @Override
                public void onError(Throwable e) {
                    throw new AssertionError(e);
                }

                @Override
                public void onComplete() {
                    done.countDown();
                }
            });

            assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
            assertThat(told.get(0).state()).isEqualTo(State.RUNNING);
            assertThat(told.get(told.size() - 1).state()).isEqualTo(State.COMPLETED);
            assertThat(told).isSortedAccordingTo((a, b) -> Integer.compare(a.received(), b.received()));
            assertThat(worker.hasFailed()).isFalse();
        }
    }

    private static BatchClient client(TestCluster cluster) {
        return new BatchClient(Map.of("bootstrap.servers", cluster.kafka().bootstrapServers()));
    }

    private static List<ResponsesRequest> requests(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> ResponsesRequest.builder()
                        .model("gpt-4o-mini")
                        .userPrompt("Question " + i)
                        .build())
                .toList();
    }
}

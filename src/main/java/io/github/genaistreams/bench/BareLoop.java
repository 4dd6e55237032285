package io.github.genaistreams.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.PoolOptions;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.client.WebClientOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CompletableFuture;

/**
 * The baseline: the same calls from a plain Vert.x Web Client on one event loop, without Kafka, journal, retries or
 * results. The additional cost of a worker is the price of its guarantees.
 */
public final class BareLoop {

    /** Figures of the measured part of the run, without the warm-up. */
    public record Figures(int requests, double seconds, double cpuSeconds) {}

    private static final ObjectMapper JSON = new ObjectMapper();

    private final String baseUrl;
    private final int concurrency;

    public BareLoop(String baseUrl, int concurrency) {
        this.baseUrl = baseUrl;
        this.concurrency = concurrency;
    }

    /** Blocks until all calls are answered. */
    public Figures run(int warmUp, int requests) {
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        try {
            HttpRequest<Buffer> post = WebClient.create(
                            vertx, new WebClientOptions(), new PoolOptions().setHttp1MaxSize(concurrency))
                    .postAbs(baseUrl + "/responses")
                    .putHeader("authorization", "Bearer sk-bench")
                    .putHeader("content-type", "application/json");
            new BareRun(post, "warm-up", warmUp).run(vertx);
            double cpu = processCpuSeconds();
            long start = System.nanoTime();
            new BareRun(post, "bare", requests).run(vertx);
            return new Figures(requests, (System.nanoTime() - start) / 1e9, processCpuSeconds() - cpu);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
        }
    }

    private static double processCpuSeconds() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                        .getProcessCpuTime()
                / 1e9;
    }

    /** The calls of one batch, as many in flight as allowed. Its fields belong to the event loop. */
    private final class BareRun {

        private final HttpRequest<Buffer> post;
        private final String batch;
        private final int all;
        private final CompletableFuture<Void> done = new CompletableFuture<>();
        private int next;
        private int left;

        BareRun(HttpRequest<Buffer> post, String batch, int all) {
            this.post = post;
            this.batch = batch;
            this.all = all;
            this.left = all;
        }

        /** Blocks until the last one is answered. */
        void run(Vertx vertx) {
            vertx.runOnContext(v -> {
                for (int i = 0; i < Math.min(concurrency, all); i++) {
                    callNext();
                }
            });
            done.join();
        }

        private void callNext() {
            if (next == all) {
                return;
            }
            int index = next++;
            String body =
                    "{\"model\":\"gpt-4o-mini\",\"input\":\"Summarise paragraph " + index + " in one sentence.\"}";
            post.copy()
                    .putHeader("x-client-request-id", batch + "/" + index + "/1/x")
                    .sendBuffer(Buffer.buffer(body))
                    .onComplete(answer -> {
                        try {
                            // It parses the answer, as any client would.
                            JSON.readTree(answer.result().body().getBytes());
                        } catch (IOException | RuntimeException e) {
                            done.completeExceptionally(e);
                            return;
                        }
                        if (--left == 0) {
                            done.complete(null);
                        }
                        callNext();
                    });
        }
    }
}

package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.BatchHandle;
import io.github.genaistreams.client.BatchProgress;
import io.github.genaistreams.client.BatchResults;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.http.Json;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a batch costs, computed once more from its usage and the published prices. */
class CostTest {

    /** USD per 1,000,000 tokens of gpt-4o-mini: input, cached input, output. */
    private static final BigDecimal INPUT = new BigDecimal("0.15");

    private static final BigDecimal CACHED = new BigDecimal("0.075");
    private static final BigDecimal OUTPUT = new BigDecimal("0.6");

    @TempDir
    Path dir;

    @Test
    void shouldPriceABatchExactlyAndNeverGuess() throws Exception {
        try (Embedded embedded = Embedded.start(dir);
                BatchClient client = new BatchClient(Map.of("bootstrap.servers", embedded.bootstrapServers()))) {
            String longPrefix = "The same beginning for all of them, so that it is read from the cache. ".repeat(100);
            List<ResponsesRequest> requests = new ArrayList<>(IntStream.range(0, 60)
                    .mapToObj(i -> ResponsesRequest.builder()
                            .model("gpt-4o-mini")
                            .promptCacheKey("k")
                            .userPrompt(longPrefix + "Question " + i)
                            .build())
                    .toList());
            // Failures that are billed: a refusal, and two answers that break their schema.
            requests.add(ResponsesRequest.builder()
                    .model("gpt-4o-mini")
                    .userPrompt("sandbox:refusal")
                    .build());
            requests.add(ResponsesRequest.builder()
                    .model("gpt-4o-mini")
                    .userPrompt("sandbox:invalid_output")
                    .responseFormat(
                            Json.MAPPER.valueToTree(Map.of("type", "json_schema", "schema", Map.of("type", "object"))))
                    .validateOutput(true)
                    .repairAttempts(1)
                    .build());
            // Failures that are not, at the first attempt and at the second.
            requests.add(ResponsesRequest.builder()
                    .model("gpt-4o-mini")
                    .userPrompt("sandbox:quota")
                    .build());
            requests.add(ResponsesRequest.builder()
                    .model("gpt-4o-mini")
                    .userPrompt("sandbox:server_error")
                    .maxRetries(1)
                    .retryDelayMinMs(10)
                    .build());
            requests.add(ResponsesRequest.builder()
                    .model("a-model-without-a-price")
                    .userPrompt("Hello")
                    .build());
            // Its answers are lost on the way.
            requests.add(ResponsesRequest.builder()
                    .model("gpt-4o-mini")
                    .userPrompt("sandbox:truncated")
                    .maxRetries(1)
                    .retryDelayMinMs(10)
                    .build());

            BatchHandle batch = client.submit(BatchClient.newBatchId(), requests);
            BigDecimal expected = BigDecimal.ZERO;
            long cachedTokens = 0;
            List<CallResult> others = new ArrayList<>();
            BatchProgress progress;
            try (BatchResults results = batch.results()) {
                while (results.hasNext()) {
                    CallResult result = results.next();
                    if (result.index() < 62) {
                        BigDecimal cost = cost(result.usage());
                        assertThat(result.cost()).isEqualByComparingTo(cost).isPositive();
                        assertThat(result.success()).isEqualTo(result.index() < 60);
                        expected = expected.add(cost);
                        cachedTokens += cached(result.usage());
                    } else {
                        others.add(result);
                    }
                }
                progress = results.progress();
            }

            assertThat(cachedTokens).isPositive();
            assertThat(progress.cost().usd()).isEqualByComparingTo(expected);
            assertThat(progress.cost().priced()).isEqualTo(64);
            assertThat(others.subList(0, 2)).allSatisfy(free -> {
                assertThat(free.success()).isFalse();
                assertThat(free.cost()).isZero();
            });
            CallResult unknown = others.get(2);
            assertThat(unknown.success()).isTrue();
            assertThat(unknown.cost()).isNull();
            assertThat(unknown.costUnknownReason()).contains("a-model-without-a-price");
            CallResult lost = others.get(3);
            assertThat(lost.attempts()).isEqualTo(2);
            assertThat(lost.possibleDuplicate()).isTrue();
            assertThat(lost.cost()).isNull();
            assertThat(lost.costUnknownReason()).contains("got no answer");

            BatchStatus status = batch.completion().get(30, TimeUnit.SECONDS);
            assertThat(status.cost()).isEqualByComparingTo(expected);
            assertThat(status.costUnknown()).isEqualTo(2);
        }
    }

    private static BigDecimal cost(Usage usage) {
        long cached = cached(usage);
        return INPUT.multiply(BigDecimal.valueOf(usage.inputTokens() - cached))
                .add(CACHED.multiply(BigDecimal.valueOf(cached)))
                .add(OUTPUT.multiply(BigDecimal.valueOf(usage.outputTokens())))
                .movePointLeft(6);
    }

    private static long cached(Usage usage) {
        return usage.inputTokensDetails().getOrDefault("cached_tokens", 0L);
    }
}

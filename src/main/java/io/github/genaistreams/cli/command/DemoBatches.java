package io.github.genaistreams.cli.command;

import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SampleDocuments;
import io.github.genaistreams.sandbox.SandboxSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The batches and the sandbox of the demo. */
final class DemoBatches {

    /** Subjects of the prompts. */
    private static final List<String> SUBJECTS = List.of(
            "a lighthouse", "an old map", "the north wind", "a night train", "the last page", "a glass of water");

    private DemoBatches() {}

    /** A sandbox in which one call in seven fails. */
    static SandboxSettings sandbox(long seed) {
        return SandboxSettings.DEFAULTS
                .withSeed(seed)
                .withLatency(Latency.logNormal(Duration.ofMillis(250), 0.4))
                .withFaults(Map.of(
                        Fault.RATE_LIMIT, 0.06,
                        Fault.SERVER_ERROR, 0.04,
                        Fault.BAD_GATEWAY, 0.02,
                        Fault.RESET, 0.02))
                .withRetryAfter(Duration.ofMillis(200));
    }

    static List<ResponsesRequest> prompts(int requests) {
        return IntStream.range(0, requests)
                .mapToObj(i -> ResponsesRequest.builder()
                        .model("gpt-5-mini")
                        .userPrompt("Line %d: write about %s.".formatted(i, SUBJECTS.get(i % SUBJECTS.size())))
                        .maxRetries(10)
                        .retryDelayMinMs(100)
                        .retryDelayMaxMs(1_000)
                        .build())
                .toList();
    }

    static List<DocumentRequest> pdfs(int documents) {
        return IntStream.range(0, documents)
                .mapToObj(i -> DocumentRequest.builder()
                        .document(SampleDocuments.pdf(IntStream.range(0, 1 + i % 3)
                                .mapToObj(page -> List.of("Report %d, page %d: %s."
                                        .formatted(i, page, SUBJECTS.get(i % SUBJECTS.size()))))
                                .toList()))
                        .fileName("report-" + i + ".pdf")
                        .outputFormat("markdown")
                        .expectedPages(1 + i % 3)
                        .pollIntervalSecs(1)
                        .baseRetryDelaySecs(0)
                        .build())
                .toList();
    }
}

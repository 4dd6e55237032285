package io.github.genaistreams.cli.command;

import io.github.genaistreams.check.ResponsesCheck;
import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.cli.option.GlobalOptions;
import io.github.genaistreams.cli.output.EstimateText;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.BatchEstimate;
import io.github.genaistreams.worker.DocumentsEstimate;
import io.github.genaistreams.worker.GenAiConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Prints the estimated cost and duration of requests. */
final class Estimator {

    private final Cli cli;
    private final GlobalOptions global;

    Estimator(Cli cli, GlobalOptions global) {
        this.cli = cli;
        this.global = global;
    }

    /**
     * What no run would send is refused as a run does.
     *
     * @param batchId of the run
     * @return the exit status
     */
    int print(
            String batchId,
            List<ResponsesRequest> requests,
            WireFormat format,
            BatchEstimate.Assumptions assumed,
            boolean json) {
        GenAiConfig config = config();
        try (var client = new BatchClient(config.batchClient(), config.topics(), format)) {
            client.checkSizes(batchId, requests);
        }
        List<ResponsesRequest> good = new ArrayList<>();
        CallError first = null;
        for (ResponsesRequest request : requests) {
            Optional<CallError> problem = ResponsesCheck.firstProblem(request);
            if (problem.isEmpty()) {
                good.add(request);
            } else if (first == null) {
                first = problem.get();
            }
        }
        int refused = requests.size() - good.size();
        if (first != null) {
            cli.err()
                    .println("genai: not counted, because it would fail without a call: %s. The first problem: %s"
                            .formatted(Text.count(refused, "request"), Text.printable(first.message())));
        }
        BatchEstimate estimate = BatchEstimate.of(good, refused, assumed, config);
        if (json) {
            cli.printJson(estimate);
        } else {
            EstimateText.print(estimate, assumed, cli.out(), global.outPaint(cli));
        }
        return ExitStatus.OK;
    }

    /** @return the exit status */
    int printDocuments(List<DocumentRequest> requests, boolean json) {
        DocumentsEstimate estimate = DocumentsEstimate.of(requests, config());
        if (json) {
            cli.printJson(estimate);
        } else {
            EstimateText.print(estimate, cli.out());
        }
        return ExitStatus.OK;
    }

    /** Prices and limits need no Kafka, but settings do. */
    private GenAiConfig config() {
        Map<String, String> settings = new HashMap<>(global.settings(cli, Map.of()));
        settings.putIfAbsent(GenAiConfig.BOOTSTRAP_SERVERS, "none:1");
        return new GenAiConfig(settings);
    }
}

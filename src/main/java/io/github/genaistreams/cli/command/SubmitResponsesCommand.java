package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.option.RequestOptions;
import io.github.genaistreams.cli.option.UrgentOption;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.GenAiConfig;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Submits a batch for the Responses API and exits. */
@Command(
        name = "responses",
        description = "Submits a batch of OpenAI Responses calls and prints the batch ID.",
        footer = {
            "  genai submit responses -b localhost:9092 --model gpt-4o-mini prompts.txt",
            "  batch=$(genai submit responses --model gpt-4o-mini - < prompts.txt) && genai results $batch --follow"
        })
final class SubmitResponsesCommand extends BaseCommand {

    @Mixin
    private RequestOptions request;

    @Mixin
    private UrgentOption urgent;

    @Option(
            names = {"--format", "--wire-format"},
            paramLabel = "FORM",
            defaultValue = "json",
            description = "Format of the requests on the topic: json or avro.")
    private WireFormat format;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    private record Submitted(String batchId, int requests) {}

    SubmitResponsesCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        GenAiConfig config = global.config(cli);
        List<ResponsesRequest> requests = request.read(cli, null);
        try (var client = new BatchClient(config.batchClient(), config.topics(), format)) {
            String batchId = request.batchIdOrNew();
            request.batch().apply(client, batchId);
            urgent.of(client).submit(batchId, requests, request::headers);
            if (json) {
                cli.printJson(new Submitted(batchId, requests.size()));
            } else {
                cli.out().println(batchId);
            }
        }
        return ExitStatus.OK;
    }
}

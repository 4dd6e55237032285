package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.option.LocalOptions;
import io.github.genaistreams.cli.option.RequestOptions;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.BatchEstimate;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Estimates the cost and duration of a batch before it runs. */
@Command(
        name = "estimate",
        description = {
            "Estimates the cost and duration of a batch of OpenAI Responses calls. It makes no calls and needs no"
                    + " key.",
            "",
            "FILE and the request options are the same as for `genai run responses`. Input tokens are estimated from"
                    + " the size of the texts: one token for every 4 bytes. The tokens of the answers are a range,"
                    + " because the answers are not known yet. For a better estimate, run a few lines of FILE first"
                    + " and give the tokens they needed as --output-tokens. Limits and prices come from the settings"
                    + " (openai.requests.per.minute, openai.tokens.per.minute, prices.file).",
            "",
            "Exit status: 0 estimated, even if a price is unknown; 2 FILE or an option cannot be used.",
        },
        footer = {
            "  genai estimate --model gpt-4o-mini prompts.txt",
            "  genai estimate --model gpt-4.1 --service-tier flex --output-tokens 300 --json prompts.txt",
            "  genai estimate --set openai.requests.per.minute=500 --output-tokens 50-400 requests.jsonl"
        })
final class EstimateCommand extends BaseCommand {

    private static final Pattern RANGE = Pattern.compile("(\\d{1,9})(?:-(\\d{1,9}))?");

    @Mixin
    private RequestOptions request;

    @Option(
            names = "--output-tokens",
            paramLabel = "N|MIN-MAX",
            description = "Tokens of an answer, including reasoning; max_output_tokens is the upper limit. Default: "
                    + BatchEstimate.OUTPUT_MIN + " to max_output_tokens, or to " + BatchEstimate.OUTPUT_MAX
                    + " without it.")
    private @Nullable String outputTokens;

    @Option(
            names = "--token-ratio",
            paramLabel = "R",
            defaultValue = "1",
            description =
                    "Input tokens for every 4 bytes of text. 1 fits English prose. Other languages, code and JSON may"
                            + " need more. Default: 1.")
    private double tokenRatio;

    @Option(
            names = "--call-seconds",
            paramLabel = "S",
            defaultValue = "5",
            description = "Duration of a call. Default: 5.")
    private double callSeconds;

    @Option(
            names = "--slots",
            paramLabel = "N",
            description = "Maximum number of concurrent calls. Default: " + LocalOptions.DEFAULT_SLOTS
                    + ", as in a run on this machine; unknown with a Kafka cluster.")
    private @Nullable Integer slots;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    EstimateCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        check("--token-ratio", tokenRatio, 100);
        check("--call-seconds", callSeconds, 86_400);
        Integer ofRun = global.bootstrapServers(cli).isEmpty() ? LocalOptions.DEFAULT_SLOTS : null;
        Integer atOnce = slots == null ? ofRun : slots;
        if (atOnce != null && atOnce < 1) {
            throw new CliException("--slots must be at least 1, not " + atOnce + ".");
        }
        long min = BatchEstimate.OUTPUT_MIN;
        Long max = null;
        if (outputTokens != null) {
            Matcher range = RANGE.matcher(outputTokens);
            if (!range.matches()) {
                throw notARange();
            }
            min = Long.parseLong(range.group(1));
            max = range.group(2) == null ? min : Long.parseLong(range.group(2));
            if (max < min) {
                throw notARange();
            }
        }
        List<ResponsesRequest> requests = request.read(cli, null);
        return new Estimator(cli, global)
                .print(
                        request.batchIdOrNew(),
                        requests,
                        WireFormat.JSON,
                        new BatchEstimate.Assumptions(tokenRatio, min, max, callSeconds, atOnce),
                        json);
    }

    private CliException notARange() {
        return new CliException(
                "--output-tokens must be a number or a range, such as 300 or 50-400, not " + outputTokens + ".");
    }

    private static void check(String option, double value, int max) {
        // Written so that NaN is out of range.
        if (!(value > 0 && value <= max)) {
            throw new CliException("%s must be more than 0 and at most %,d, not %s.".formatted(option, max, value));
        }
    }
}

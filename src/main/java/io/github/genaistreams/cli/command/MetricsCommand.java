package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.worker.WorkerMetric;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prints all metrics of a worker; source of the table in docs/metrics.md. Its output is the same on every machine. */
@Command(
        name = "metrics",
        description = {
            "Lists the metrics of a worker with their types, labels and meanings.",
            "",
            "A worker serves these metrics and those of its JVM at /metrics on its HTTP port (http.port)."
        },
        footer = {
            "  genai metrics",
            "  genai metrics --format markdown                      # the table of docs/metrics.md",
            "  genai worker --set http.port=9464 &",
            "  curl http://127.0.0.1:9464/metrics                   # their values"
        })
final class MetricsCommand extends BaseCommand {

    @Option(
            names = "--format",
            paramLabel = "FORM",
            defaultValue = "text",
            description = "Output format: text or markdown.")
    private Format format;

    @Option(names = "--json", description = "Print one JSON array.")
    private boolean json;

    enum Format {
        TEXT,
        MARKDOWN
    }

    /** A metric as JSON. */
    private record MetricJson(String name, String type, List<String> labels, String description) {}

    MetricsCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        List<WorkerMetric> metrics = Arrays.asList(WorkerMetric.values());
        if (json) {
            cli.printJson(metrics.stream()
                    .map(m -> new MetricJson(m.exposed(), type(m), m.labels(), m.meaning()))
                    .toList());
        } else if (format == Format.MARKDOWN) {
            markdown(metrics);
        } else {
            text(metrics);
        }
        return ExitStatus.OK;
    }

    private static String type(WorkerMetric metric) {
        return metric.type().name().toLowerCase(Locale.ROOT);
    }

    private void text(List<WorkerMetric> metrics) {
        Paint paint = global.outPaint(cli);
        for (WorkerMetric metric : metrics) {
            String labels = metric.labels().isEmpty() ? "" : ", by " + String.join(", ", metric.labels());
            cli.out().println(paint.bold(metric.exposed()) + "  " + paint.faint(type(metric) + labels));
            for (String line : Text.wrap(metric.meaning(), cli.terminal().width() - 4)) {
                cli.out().println("    " + line);
            }
        }
    }

    private void markdown(List<WorkerMetric> metrics) {
        cli.out().println("| Metric | Type | Labels | Meaning |");
        cli.out().println("|---|---|---|---|");
        for (WorkerMetric metric : metrics) {
            String labels = metric.labels().isEmpty() ? "–" : String.join(", ", metric.labels());
            cli.out().printf("| `%s` | %s | %s | %s |%n", metric.exposed(), type(metric), labels, metric.meaning());
        }
    }
}

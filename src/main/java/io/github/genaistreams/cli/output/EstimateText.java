package io.github.genaistreams.cli.output;

import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.worker.BatchEstimate;
import io.github.genaistreams.worker.DocumentsEstimate;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An estimate as text: a table by model and service tier, the time, and the assumptions. */
public final class EstimateText {

    private static final List<String> HEAD =
            List.of("MODEL", "TIER", "REQUESTS", "INPUT TOKENS", "OUTPUT TOKENS", "COST");

    /** From this column on, cells are figures. */
    private static final int FIGURES = 2;

    private EstimateText() {}

    public static void print(BatchEstimate estimate, BatchEstimate.Assumptions assumed, PrintStream out, Paint paint) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEAD);
        estimate.shares().forEach(share -> rows.add(row(share)));
        if (estimate.shares().size() > 1) {
            rows.add(List.of(
                    "TOTAL",
                    "",
                    "%,d".formatted(estimate.requests()),
                    "%,d".formatted(estimate.inputTokens()),
                    range(estimate.outputTokensMin(), estimate.outputTokensMax()),
                    cost(estimate.costUsdMin(), estimate.costUsdMax(), estimate.costUnknownReason())));
        }
        for (int i = 0; i < rows.size(); i++) {
            String line = line(rows, i);
            out.println(i == 0 ? paint.bold(line) : line);
        }
        out.println();
        estimate.shares().stream()
                .map(BatchEstimate.Share::costUnknownReason)
                .filter(reason -> reason != null)
                .distinct()
                .forEach(reason -> out.println(paint.yellow(
                        "Cost unknown: " + Text.printable(reason) + ". Add the price with the setting prices.file.")));
        printTime(estimate.seconds(), estimate.limits(), assumed.callSeconds(), out);
        out.println(paint.faint("Input: %s for every 4 bytes of text.%s"
                .formatted(
                        assumed.tokenRatio() == 1 ? "a token" : number(assumed.tokenRatio()) + " tokens",
                        estimate.uncounted() == 0
                                ? ""
                                : " This does not include files, earlier turns, stored prompts and hosted tools of "
                                        + Text.count(estimate.uncounted(), "request") + ".")));
        out.println(paint.faint("Output: %s tokens for each answer%s. No calls were made."
                .formatted(
                        assumed.outputMax() == null
                                ? "%,d to max_output_tokens, or to %,d"
                                        .formatted(assumed.outputMin(), BatchEstimate.OUTPUT_MAX)
                                : range(assumed.outputMin(), assumed.outputMax()),
                        assumed.outputMax() == null ? "" : ", at most max_output_tokens")));
    }

    public static void print(DocumentsEstimate estimate, PrintStream out) {
        out.println(Text.count(estimate.documents(), "document") + ", " + Text.count(estimate.pages(), "page")
                + (estimate.pagesUnknown() == 0
                        ? ""
                        : "; the length of %s is unknown and counts as one page"
                                .formatted(Text.count(estimate.pagesUnknown(), "document"))));
        out.println("Cost unknown: the API charges by page, and each result shows its cost.");
        printTime(estimate.seconds(), estimate.limits(), 0, out);
        out.println("No calls were made.");
    }

    private static void printTime(
            @Nullable Long seconds, List<BatchEstimate.Limit> limits, double callSeconds, PrintStream out) {
        if (seconds != null) {
            out.println("Time: about " + duration(seconds));
            limits.forEach(limit -> out.println("  " + limit(limit, callSeconds)));
        }
    }

    private static List<String> row(BatchEstimate.Share share) {
        return List.of(
                Text.printable(share.model()),
                Text.printable(share.serviceTier()),
                "%,d".formatted(share.requests()),
                "%,d".formatted(share.inputTokens()),
                range(share.outputTokensMin(), share.outputTokensMax()),
                cost(share.costUsdMin(), share.costUsdMax(), share.costUnknownReason()));
    }

    private static String line(List<List<String>> rows, int index) {
        var line = new StringBuilder();
        for (int column = 0; column < HEAD.size(); column++) {
            int at = column;
            int width =
                    rows.stream().mapToInt(row -> row.get(at).length()).max().orElse(0);
            String padding = " ".repeat(width - rows.get(index).get(column).length());
            String cell = rows.get(index).get(column);
            line.append(column == 0 ? "" : "  ").append(column < FIGURES ? cell + padding : padding + cell);
        }
        return line.toString().stripTrailing();
    }

    private static String range(long min, long max) {
        return min == max ? "%,d".formatted(min) : "%,d–%,d".formatted(min, max);
    }

    private static String cost(@Nullable BigDecimal min, @Nullable BigDecimal max, @Nullable String unknown) {
        if (min == null || max == null) {
            return "unknown";
        }
        String known = min.compareTo(max) == 0 ? Text.cost(min, 0) : Text.cost(min, 0) + "–" + Text.cost(max, 0);
        return unknown == null ? known : known + " and more";
    }

    private static String limit(BatchEstimate.Limit limit, double callSeconds) {
        String what =
                switch (limit.kind()) {
                    case "calls_at_once" ->
                        "%s at once, %s s each".formatted(Text.count(limit.value(), "call"), number(callSeconds));
                    case "requests_per_minute" -> Text.count(limit.value(), "request") + " per minute";
                    default -> Text.count(limit.value(), "token") + " per minute";
                };
        String whose = limit.credential() == null || limit.credential().equals(ApiRequest.DEFAULT_CREDENTIAL)
                ? ""
                : " with the key " + Text.printable(limit.credential());
        return what + whose + ": " + duration(limit.seconds());
    }

    private static String number(double number) {
        return BigDecimal.valueOf(number).stripTrailingZeros().toPlainString();
    }

    /** Rounded up: "90 s", "25 min", "3 h 20 min". */
    static String duration(long seconds) {
        long minutes = (seconds + 59) / 60;
        return seconds < 120
                ? seconds + " s"
                : minutes < 120 ? minutes + " min" : "%,d h %d min".formatted(minutes / 60, minutes % 60);
    }
}

package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.cli.option.DeadLetterOptions;
import io.github.genaistreams.cli.option.PlaceOptions;
import io.github.genaistreams.cli.option.PlaceOptions.Place;
import io.github.genaistreams.client.deadletter.DeadLetter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists dead letters. */
@Command(
        name = "list",
        description = "Lists records that no worker could read, oldest first.",
        footer = {
            "  genai dead-letters list",
            "  genai dead-letters list --since 2h --reason schema",
            "  genai dead-letters list --data-dir data              # of runs on this machine",
            "  genai dead-letters list --json --limit 10000 | jq -r .reason | sort | uniq -c"
        })
final class DeadLettersListCommand extends BaseCommand {

    private static final int NARROWEST_REASON = 40;

    @Mixin
    private DeadLetterOptions which;

    @Option(names = "--replayed", description = "Include dead letters that were already replayed.")
    private boolean replayed;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "N",
            defaultValue = "50",
            description = "Maximum number of dead letters; the latest are listed. Default: ${DEFAULT-VALUE}.")
    private int limit;

    @Option(names = "--json", description = "Print one JSON object per dead letter.")
    private boolean json;

    /** Without key, value and headers, which `show` prints. */
    private record Row(
            String id,
            String died,
            String topic,
            @Nullable Integer partition,
            @Nullable Long offset,
            @Nullable Integer bytes,
            boolean replayed,
            String reason) {

        static Row of(DeadLetter letter) {
            return new Row(
                    letter.id().toString(),
                    letter.movedAt().truncatedTo(ChronoUnit.SECONDS).toString(),
                    letter.topic(),
                    letter.partition(),
                    letter.offset(),
                    letter.value() == null ? null : letter.value().length,
                    letter.replayed(),
                    letter.reason());
        }
    }

    @Mixin
    private PlaceOptions place;

    DeadLettersListCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        Deque<Row> rows = new ArrayDeque<>();
        int[] all = {0};
        try (Place at = place.open(cli, global)) {
            at.deadLetters().forEach(which.filter(List.of(), replayed), letter -> {
                all[0]++;
                rows.add(Row.of(letter));
                if (rows.size() > Math.max(0, limit)) {
                    rows.remove();
                }
            });
        }
        if (json) {
            rows.forEach(cli::printJson);
        } else if (all[0] == 0) {
            say("No dead letters" + (which.isEmpty() ? "." : " that match."));
        } else {
            rows.forEach(this::print);
            if (rows.size() < all[0]) {
                say("the latest %,d of %,d; use --limit to show more", rows.size(), all[0]);
            }
        }
        return ExitStatus.OK;
    }

    private void print(Row row) {
        Paint paint = global.outPaint(cli);
        String source = row.topic() + (row.partition() == null ? "" : "-" + row.partition() + "@" + row.offset());
        String size = row.bytes() == null ? "no value" : "%,d B".formatted(row.bytes());
        String start = "%-8s  %s  %s  %10s  ".formatted(row.id(), row.died(), Text.printable(source), size);
        String reason = (row.replayed() ? "(replayed) " : "") + Text.printable(row.reason());
        int width = cli.terminal().outWidth();
        cli.out()
                .println(start
                        + paint.red(
                                width == 0
                                        ? reason
                                        : Text.shorten(reason, Math.max(NARROWEST_REASON, width - start.length()))));
    }
}

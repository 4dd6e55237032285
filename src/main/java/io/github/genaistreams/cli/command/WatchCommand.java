package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.cli.option.PlaceOptions;
import io.github.genaistreams.cli.option.PlaceOptions.Place;
import io.github.genaistreams.cli.output.BatchTexts;
import io.github.genaistreams.cli.output.Progress;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.read.BatchProgress;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CostTotal;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.wire.WireFormat;
import java.time.ZoneId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows batches live until they are complete. */
@Command(
        name = "watch",
        description = {
            "Shows batches live until all of them are complete: rate, time left, tokens, cost, and failures by code.",
            "",
            "It reads the statuses that the workers publish, not the results. Failed items that were submitted again"
                    + " (retry-failed) are in progress until they have a new result. Exit status: 0 all succeeded, 1"
                    + " some failed, or are missing because their requests are dead letters."
        },
        footer = {"  genai watch $batch", "  genai watch monday tuesday --json"})
final class WatchCommand extends BaseCommand {

    private static final long STEP_MILLIS = 200;

    @Parameters(paramLabel = "BATCH", arity = "1..*", description = "IDs of the batches.")
    private List<String> batchIds;

    @Option(names = "--json", description = "Print every status as a JSON object on stdout, without a progress bar.")
    private boolean json;

    @Option(
            names = {"-q", "--quiet"},
            description = "Print only errors on stderr.")
    private boolean quiet;

    /** The latest status of each batch. */
    private final Map<String, BatchStatus> seen = new LinkedHashMap<>();

    /** How many results the first status of each batch counts. */
    private final Map<String, Integer> atFirst = new HashMap<>();

    private final Map<String, UnderWay> again = new HashMap<>();

    /**
     * Items of a batch that were submitted again.
     *
     * @param items number of items without a new result
     * @param nanos time of the request
     * @param until when the workers' statuses include the last of them; they publish statuses at intervals
     */
    private record UnderWay(int items, long nanos, long until) {
        private static final long PAUSE = TimeUnit.SECONDS.toNanos(1);
        private static final long SETTLING = TimeUnit.SECONDS.toNanos(3);

        static UnderWay of(int items, @Nullable UnderWay before, long now) {
            boolean ended = before != null && before.items > 0 && items == 0;
            return new UnderWay(items, now, ended ? now + SETTLING : before == null ? now : before.until);
        }

        boolean isToBeAsked(long now) {
            return items > 0 && now - nanos > PAUSE;
        }

        boolean isOver(long now) {
            return items == 0 && now - until >= 0;
        }
    }

    @Mixin
    private PlaceOptions place;

    WatchCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() throws InterruptedException {
        Set<String> watched = new LinkedHashSet<>(batchIds);
        try (Place at = place.open(cli, global);
                var client =
                        new BatchClient(at.config().batchClient(), at.config().topics(), WireFormat.JSON);
                Progress progress = Progress.on(cli, quiet || json, "item", "waiting for the first result")) {
            boolean waiting = quiet || json;
            Set<String> told = new HashSet<>();
            while (true) {
                watched.forEach(batchId -> look(client, batchId, progress));
                if (!at.hasWorkers()
                        && !(seen.size() == watched.size()
                                && seen.values().stream().allMatch(BatchStatus::isOver))) {
                    throw new CliException(
                            "No run is in progress there, so nothing changes. `genai status` shows the current state."
                                    + " To continue, run the command that started the batch.");
                }
                for (BatchStatus status : seen.values()) {
                    if (isOver(client, status) && told.add(status.batchId()) && !quiet && !json) {
                        progress.above(() -> say(summary(status)));
                    }
                }
                progress.update(
                        sum(watched.size()),
                        atFirst.values().stream().mapToInt(Integer::intValue).sum());
                if (seen.size() == watched.size() && seen.keySet().stream().allMatch(told::contains)) {
                    break;
                }
                if (seen.isEmpty() && !waiting && !cli.terminal().canRedraw()) {
                    waiting = true;
                    say("waiting for the first result ...");
                }
                if (cli.stop().await(STEP_MILLIS)) {
                    return ExitStatus.INTERRUPTED;
                }
            }
        }
        return seen.values().stream().anyMatch(status -> status.failed() > 0 || status.incomplete())
                ? ExitStatus.SOME_FAILED
                : ExitStatus.OK;
    }

    private void look(BatchClient client, String batchId, Progress progress) {
        Optional<BatchStatus> status = client.reattach(batchId).status();
        if (status.isEmpty() || status.get().equals(seen.get(batchId))) {
            return;
        }
        BatchStatus before = seen.put(batchId, status.get());
        atFirst.putIfAbsent(batchId, status.get().received());
        if (json) {
            cli.out().println(BatchTexts.json(status.get()));
            return;
        }
        boolean waitsAnew = status.get().waiting() != null
                && (before == null
                        || before.waiting() == null
                        || !before.waiting()
                                .reason()
                                .equals(status.get().waiting().reason()));
        if (waitsAnew && !quiet) {
            BatchTexts.waiting(status.get(), ZoneId.systemDefault())
                    .ifPresent(why -> progress.above(() -> say("batch " + Text.printable(batchId) + ": " + why)));
        }
        boolean isNew =
                before == null || before.deadLetters() == 0 || status.get().isOver();
        BatchTexts.deadLetters(status.get())
                .filter(letters -> isNew && !quiet)
                .ifPresent(letters -> progress.above(() -> say("batch " + Text.printable(batchId) + ": " + letters)));
    }

    private boolean isOver(BatchClient client, BatchStatus status) {
        if (!status.isComplete() || status.failed() == 0) {
            return status.isOver();
        }
        long now = System.nanoTime();
        UnderWay known = again.get(status.batchId());
        if (known == null || known.isToBeAsked(now)) {
            int items = client.reattach(status.batchId()).underWayAgain();
            known = UnderWay.of(items, known, now);
            again.put(status.batchId(), known);
        }
        return known.isOver(now);
    }

    private String summary(BatchStatus status) {
        Paint paint = global.errPaint(cli);
        String failed = ", %,d failed (%s)".formatted(status.failed(), BatchTexts.failures(status));
        return "batch " + Text.printable(status.batchId()) + ": "
                + BatchTexts.coloured(BatchTexts.state(status), status, paint)
                + " · " + paint.green("%,d succeeded".formatted(status.succeeded()))
                + (status.failed() == 0 ? "" : paint.red(failed))
                + " · "
                + (BatchTexts.isOfDocuments(status)
                        ? Text.count(status.pages(), "page")
                        : Text.count(status.usage().totalTokens(), "token"))
                + " · " + BatchTexts.cost(status)
                + (status.possibleDuplicates() == 0
                        ? ""
                        : paint.yellow(" · " + Text.count(status.possibleDuplicates(), "possible duplicate")));
    }

    /** The sum over all batches. It has no size while the size of a batch is unknown. */
    private BatchProgress sum(int batches) {
        Integer none = seen.size() == batches ? Integer.valueOf(0) : null;
        var sum = new BatchProgress(none, 0, 0, 0, 0, Usage.NONE, CostTotal.NONE, 0);
        for (BatchStatus status : seen.values()) {
            BatchProgress one = BatchTexts.progress(status);
            UnderWay underWay = again.get(status.batchId());
            int items = underWay == null ? 0 : Math.min(underWay.items(), one.failed());
            sum = new BatchProgress(
                    sum.size() == null || one.size() == null ? null : Integer.valueOf(sum.size() + one.size()),
                    sum.succeeded() + one.succeeded(),
                    sum.failed() + one.failed() - items,
                    sum.attempts() + one.attempts(),
                    sum.pages() + one.pages(),
                    sum.usage().plus(one.usage()),
                    sum.cost().plus(one.cost()),
                    sum.possibleDuplicates() + one.possibleDuplicates());
        }
        return sum;
    }
}

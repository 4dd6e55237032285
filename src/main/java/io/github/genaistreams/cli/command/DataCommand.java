package io.github.genaistreams.cli.command;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.cli.option.LocalData;
import io.github.genaistreams.cli.option.PlaceOptions.Place;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.SubmittedBatches;
import io.github.genaistreams.client.SubmittedBatches.Submitted;
import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.embedded.LocalKafkaException;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.roaringbitmap.RoaringBitmap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists and deletes what runs on this machine have left. */
@Command(
        name = "data",
        description = {
            "Lists the data of runs on this machine, and what is unfinished there; or deletes it.",
            "",
            "A run first finishes what is unfinished in its directory, and pays for it. `genai cancel BATCH` takes a batch out"
                    + " of that; `genai data --delete NAME` deletes all batches of a directory with their results."
        },
        footer = {
            "  genai data",
            "  genai data --data-dir data --json | jq .unfinished",
            "  genai data --delete sandbox",
            "  genai data --delete api --yes                         # in a script"
        })
final class DataCommand extends BaseCommand {

    private static final int UNFINISHED_NAMED = 20;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "The directory that was given to `genai run`. Default: that of `genai run`.")
    private Path dataDir;

    @Option(
            names = "--delete",
            paramLabel = "NAME",
            description = "Delete this one: api or sandbox. Asks on a terminal. A directory in use is not deleted.")
    private String delete;

    @Option(
            names = {"-y", "--yes"},
            description = "Delete without a question.")
    private boolean yes;

    @Option(names = "--json", description = "One JSON object per directory.")
    private boolean json;

    /**
     * A directory.
     *
     * @param batches    number of those that are known; null if they could not be read
     * @param unfinished those that a run would go on with; null likewise
     * @param problem    why they could not be read; null if they could
     */
    private record Row(
            String name,
            String directory,
            long bytes,
            boolean inUse,
            Integer batches,
            List<Unfinished> unfinished,
            String problem) {}

    /**
     * A batch that a run would go on with.
     *
     * @param items number of its items; null if unknown
     * @param open  items without a result, or whose failure was submitted again
     */
    private record Unfinished(String batchId, Integer items, int open) {

        @Override
        public String toString() {
            return "%s  %,d of %s items not done"
                    .formatted(Text.printable(batchId), open, items == null ? "?" : "%,d".formatted(items));
        }
    }

    DataCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() throws IOException {
        if (yes && delete == null) {
            throw new CliException("--yes is for --delete NAME only.");
        }
        List<LocalData> all = LocalData.all(cli, dataDir);
        if (delete != null) {
            return delete(all);
        }
        if (all.isEmpty()) {
            say("No run on this machine has left data in " + LocalData.base(cli, dataDir) + ".");
        }
        for (LocalData data : all) {
            Row row = look(data);
            if (json) {
                cli.printJson(row);
            } else {
                print(row);
            }
        }
        return ExitStatus.OK;
    }

    private int delete(List<LocalData> all) throws IOException {
        LocalData data = all.stream()
                .filter(each -> each.name().equals(delete))
                .findFirst()
                .orElseThrow(() -> new CliException("There is no data " + delete + " in " + LocalData.base(cli, dataDir)
                        + ". `genai data` lists what there is."));
        if (data.isInUse()) {
            throw new CliException("A run or another command uses " + data.directory()
                    + ". Wait for its end, or stop it with Ctrl-C there; then delete.");
        }
        if (!yes) {
            if (!cli.terminal().err()) {
                throw new CliException("Nobody can be asked here. Add --yes to delete " + data.directory() + ".");
            }
            print(look(data));
            cli.err().print("Delete this with all batches and results? [y/N] ");
            cli.err().flush();
            String answer = new BufferedReader(new InputStreamReader(cli.in(), UTF_8)).readLine();
            if (answer == null || !answer.strip().matches("(?i)y(es)?")) {
                say("Nothing was deleted.");
                return ExitStatus.SOME_FAILED;
            }
        }
        long bytes = data.bytes();
        data.delete();
        if (json) {
            cli.printJson(Map.of("deleted", data.directory().toString(), "bytes", bytes));
        } else {
            say("deleted: " + data.directory() + ", " + size(bytes));
        }
        return ExitStatus.OK;
    }

    private Row look(LocalData data) {
        boolean inUse = data.isInUse();
        try (Place at = data.open(cli, global);
                var client =
                        new BatchClient(at.config().batchClient(), at.config().topics(), WireFormat.JSON)) {
            Map<String, BatchStatus> statuses = client.batches();
            Map<String, Submitted> submitted = SubmittedBatches.read(
                    at.config().kafkaClient(), at.config().topics(), List.of(Topics.RESPONSES, Topics.DOCUMENTS));
            var ids = new TreeSet<>(statuses.keySet());
            ids.addAll(submitted.keySet());
            List<Unfinished> unfinished = new ArrayList<>();
            for (String id : ids) {
                Unfinished batch = unfinished(
                        id,
                        statuses.get(id),
                        submitted.getOrDefault(id, new Submitted(new RoaringBitmap(), false)),
                        client);
                if (batch.open() > 0) {
                    unfinished.add(batch);
                }
            }
            return row(data, inUse, ids.size(), unfinished, null);
        } catch (BatchClientException | LocalKafkaException e) {
            return row(data, inUse, null, null, e.getMessage());
        }
    }

    private static Row row(
            LocalData data, boolean inUse, Integer batches, List<Unfinished> unfinished, String problem) {
        return new Row(data.name(), data.directory().toString(), data.bytes(), inUse, batches, unfinished, problem);
    }

    private static Unfinished unfinished(String id, BatchStatus status, Submitted submitted, BatchClient client) {
        int known = submitted.items().getCardinality();
        if (status == null) {
            return new Unfinished(id, known, known);
        }
        int open = status.isOver()
                ? 0
                : Math.max(0, (status.total() == null ? known : status.total()) - status.received());
        int again = submitted.resubmits() ? client.reattach(id).underWayAgain() : 0;
        return new Unfinished(id, status.total(), open + again);
    }

    private void print(Row row) {
        cli.out()
                .println("%-8s  %9s  %s%s"
                        .formatted(row.name(), size(row.bytes()), row.directory(), row.inUse() ? "  (in use)" : ""));
        if (row.problem() != null) {
            cli.out().println("          cannot be read: " + row.problem());
            return;
        }
        cli.out()
                .println("          " + (row.batches() == 1 ? "1 batch" : "%,d batches".formatted(row.batches())) + ", "
                        + (row.unfinished().isEmpty()
                                ? "all finished"
                                : row.unfinished().size() + " unfinished:"));
        row.unfinished().stream().limit(UNFINISHED_NAMED).forEach(batch -> cli.out()
                .println("          " + batch));
        if (row.unfinished().size() > UNFINISHED_NAMED) {
            cli.out()
                    .println("          … and %,d more; --json lists all"
                            .formatted(row.unfinished().size() - UNFINISHED_NAMED));
        }
    }

    private static String size(long bytes) {
        return bytes < 1_000_000
                ? "%,d kB".formatted((bytes + 999) / 1_000)
                : "%,d MB".formatted((bytes + 500_000) / 1_000_000);
    }
}

package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.command.UnfinishedBatches.Unfinished;
import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Question;
import io.github.genaistreams.cli.option.LocalData;
import io.github.genaistreams.cli.option.PlaceOptions.Place;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.embedded.LocalKafkaException;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists and deletes what runs on this machine have left. */
@Command(
        name = "data",
        description = {
            "Lists the data of runs on this machine and its unfinished batches, or deletes it.",
            "",
            "A run continues an unfinished batch if it runs the same batch, or with --finish-earlier yes. `genai"
                    + " cancel BATCH` cancels a batch. `genai data --delete NAME` deletes all batches of a directory"
                    + " with their results."
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
            description = "Data directory of the runs. Default: that of `genai run`.")
    private @Nullable Path dataDir;

    @Option(
            names = "--delete",
            paramLabel = "NAME",
            description = "Delete this data: api or sandbox. On a terminal, the command asks first. It does not"
                    + " delete a directory in use.")
    private @Nullable String delete;

    @Option(
            names = {"-y", "--yes"},
            description = "Delete without asking.")
    private boolean yes;

    @Option(names = "--json", description = "Print one JSON object per directory.")
    private boolean json;

    /**
     * A directory.
     *
     * @param batches    number of batches; null if the directory could not be read
     * @param unfinished batches that a run would continue; null if the directory could not be read
     * @param problem    why the directory could not be read; null if it could
     */
    private record Row(
            String name,
            String directory,
            long bytes,
            boolean inUse,
            @Nullable Integer batches,
            @Nullable List<Unfinished> unfinished,
            @Nullable String problem) {}

    DataCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() throws IOException {
        if (yes && delete == null) {
            throw new CliException("--yes needs --delete NAME.");
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
                        + ". `genai data` lists the existing data."));
        if (data.isInUse()) {
            throw new CliException("A run or another command uses " + data.directory()
                    + ". Wait until it ends, or stop it with Ctrl-C, then delete again.");
        }
        if (!yes) {
            if (!cli.terminal().canAsk()) {
                throw new CliException("This is not a terminal, so the command cannot ask. Add --yes to delete "
                        + data.directory() + ".");
            }
            print(look(data));
            Optional<String> answer = Question.ask(cli, "Delete this with all batches and results? [y/N]");
            if (answer.filter(said -> said.matches("(?i)y(es)?")).isEmpty()) {
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
            UnfinishedBatches batches =
                    UnfinishedBatches.find(at.config(), client, List.of(Topics.RESPONSES, Topics.DOCUMENTS));
            return row(data, inUse, batches.known(), batches.unfinished(), null);
        } catch (BatchClientException | LocalKafkaException e) {
            return row(data, inUse, null, null, e.getMessage());
        }
    }

    private static Row row(
            LocalData data,
            boolean inUse,
            @Nullable Integer batches,
            @Nullable List<Unfinished> unfinished,
            @Nullable String problem) {
        return new Row(data.name(), data.directory().toString(), data.bytes(), inUse, batches, unfinished, problem);
    }

    private void print(Row row) {
        cli.out()
                .println("%-8s  %9s  %s%s"
                        .formatted(row.name(), size(row.bytes()), row.directory(), row.inUse() ? "  (in use)" : ""));
        if (row.batches() == null || row.unfinished() == null) {
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

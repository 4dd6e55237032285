package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.cli.option.DeadLetterOptions;
import io.github.genaistreams.cli.option.InputFiles;
import io.github.genaistreams.cli.option.PlaceOptions;
import io.github.genaistreams.cli.option.PlaceOptions.Place;
import io.github.genaistreams.client.deadletter.DeadLetterFilter;
import io.github.genaistreams.client.deadletter.DeadLetters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Sends dead letters again. */
@Command(
        name = "replay",
        description = {
            "Sends dead letters back to the topic and partition they came from, with their keys and headers, in their"
                    + " original order.",
            "",
            "It is safe to run this again: a dead letter is replayed only once. A record that still cannot be read"
                    + " becomes a new dead letter. The header genai.replayed-from of a record names the dead letter"
                    + " it comes from. Exit status: 1 if some cannot be replayed."
        },
        footer = {
            "  genai dead-letters replay 0@17 0@18",
            "  genai dead-letters replay --reason schema --since 2h --dry-run",
            "  genai dead-letters replay --all",
            "  genai dead-letters replay --all --data-dir data       # of runs on this machine; the next run reads them",
            "  genai dead-letters replay 0@17 --value corrected.json"
        })
final class DeadLettersReplayCommand extends BaseCommand {

    @Parameters(
            paramLabel = "ID",
            arity = "0..*",
            description = "IDs of dead letters, as listed by `genai dead-letters list`.")
    private List<String> ids = List.of();

    @Mixin
    private DeadLetterOptions which;

    @Option(names = "--all", description = "Replay all dead letters that were not replayed before.")
    private boolean all;

    @Option(
            names = "--value",
            paramLabel = "FILE",
            description = "Send the content of this file instead of the value of the dead letter.")
    private @Nullable Path value;

    @Option(names = "--dry-run", description = "Only list the dead letters that would be replayed.")
    private boolean dryRun;

    @Option(names = "--json", description = "Report as JSON.")
    private boolean json;

    private record Report(int replayed, Map<String, String> left) {}

    private record Planned(String id, String topic, String reason) {}

    @Mixin
    private PlaceOptions place;

    DeadLettersReplayCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        if (ids.isEmpty() && which.isEmpty() && !all) {
            throw new CliException(
                    "No dead letters are selected. Give IDs, or use --topic, --reason, --since or --until, or --all"
                            + " for all of them.");
        }
        if (value != null && ids.size() != 1) {
            throw new CliException("--value replaces the value of one dead letter: give exactly one ID.");
        }
        byte[] corrected = value == null ? null : read(value);
        DeadLetterFilter filter = which.filter(ids, false);
        try (Place at = place.open(cli, global)) {
            return dryRun ? preview(at.deadLetters(), filter) : replay(at, filter, corrected);
        }
    }

    private int preview(DeadLetters letters, DeadLetterFilter filter) {
        int[] number = {0};
        letters.forEach(filter, letter -> {
            number[0]++;
            if (json) {
                cli.printJson(new Planned(letter.id().toString(), letter.topic(), letter.reason()));
            } else {
                cli.out().println("%-8s  %s".formatted(letter.id(), Text.printable(letter.reason())));
            }
        });
        say("%s would be replayed".formatted(Text.count(number[0], "dead letter")));
        return ExitStatus.OK;
    }

    private int replay(Place at, DeadLetterFilter filter, byte @Nullable [] corrected) {
        DeadLetters.Replay replay = at.deadLetters().replay(filter, corrected);
        if (json) {
            cli.printJson(new Report(
                    replay.replayed(),
                    replay.left().entrySet().stream()
                            .collect(Collectors.toMap(entry -> entry.getKey().toString(), Map.Entry::getValue))));
        } else {
            replay.left().forEach((id, reason) -> say("%s is not replayed: %s", id, Text.printable(reason)));
            say("%s replayed".formatted(Text.count(replay.replayed(), "dead letter")));
            if (replay.replayed() > 0 && !at.hasWorkers()) {
                say("No run is in progress there. The next run reads them.");
            }
            int others = ids.size() - replay.replayed() - replay.left().size();
            if (others > 0) {
                say("%s given: not a dead letter, or replayed before", Text.count(others, "other ID"));
            }
        }
        return replay.left().isEmpty() ? ExitStatus.OK : ExitStatus.SOME_FAILED;
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw InputFiles.unreadable(file, e);
        }
    }
}

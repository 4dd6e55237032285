package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.command.UnfinishedBatches.Unfinished;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.cli.option.FinishEarlier;
import io.github.genaistreams.cli.option.LocalOptions;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.GenAiConfig;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Decides about unfinished batches of earlier runs before a worker starts. */
final class EarlierBatches {

    private static final int NAMED = 5;

    private final FinishEarlier option;
    private final LocalOptions place;
    private final Consumer<String> note;
    private final Function<String, Optional<String>> ask;

    /**
     * What the run does.
     *
     * @param paused IDs of the batches that it does not call
     * @param items  items of earlier batches that it calls
     */
    record Settled(Set<String> paused, long items) {

        static final Settled NOTHING = new Settled(Set.of(), 0);
    }

    /**
     * @param note writes a line for people
     * @param ask  asks the user at the terminal; empty if there is none
     */
    EarlierBatches(
            FinishEarlier option, LocalOptions place, Consumer<String> note, Function<String, Optional<String>> ask) {
        this.option = option;
        this.place = place;
        this.note = note;
        this.ask = ask;
    }

    /** @param isOfThisRun whether the batch with this ID is the one that the run calls anyway */
    Settled settle(GenAiConfig config, Predicate<String> isOfThisRun) {
        try (var client = new BatchClient(config.batchClient(), config.topics(), WireFormat.JSON)) {
            List<Unfinished> earlier = UnfinishedBatches.find(config, client, called(config)).unfinished().stream()
                    .filter(batch -> !isOfThisRun.test(batch.batchId()))
                    .toList();
            return earlier.isEmpty() ? Settled.NOTHING : settle(earlier, client);
        }
    }

    /** The APIs that a worker with these settings calls. */
    private static List<String> called(GenAiConfig config) {
        return Stream.of(
                        config.hasOpenAiKey() ? Topics.RESPONSES : null,
                        config.hasDatalabKey() ? Topics.DOCUMENTS : null)
                .filter(Objects::nonNull)
                .toList();
    }

    private Settled settle(List<Unfinished> earlier, BatchClient client) {
        long items = earlier.stream().mapToLong(Unfinished::open).sum();
        note.accept("unfinished in this data directory:");
        earlier.stream().limit(NAMED).forEach(batch -> note.accept("  " + batch));
        if (earlier.size() > NAMED) {
            note.accept("  … and %,d more; `genai data` lists all".formatted(earlier.size() - NAMED));
        }
        if (option.choice() != FinishEarlier.Choice.NO) {
            note.accept("to end a batch for good: " + cancel(earlier));
        }
        return switch (choice(items)) {
            case YES -> {
                note.accept("finished in this run as well: " + Text.count(items, "item"));
                yield new Settled(Set.of(), items);
            }
            case NO -> {
                earlier.forEach(batch -> client.reattach(batch.batchId()).cancel());
                note.accept("cancelled, and not called any more: " + Text.count(items, "item"));
                yield Settled.NOTHING;
            }
            case LATER -> {
                note.accept("not called in this run: %s. With --finish-earlier yes, a run finishes them as well"
                        .formatted(Text.count(items, "item")));
                yield new Settled(earlier.stream().map(Unfinished::batchId).collect(Collectors.toSet()), 0);
            }
        };
    }

    private FinishEarlier.Choice choice(long items) {
        if (option.choice() != null) {
            return option.choice();
        }
        String question = "Finish %s in this run? [y]es, [n]o: cancel them, [l]ater (Enter):"
                .formatted(Text.count(items, "more item"));
        while (true) {
            switch (ask.apply(question).orElse("").toLowerCase(Locale.ROOT)) {
                case "y", "yes" -> {
                    return FinishEarlier.Choice.YES;
                }
                case "n", "no" -> {
                    return FinishEarlier.Choice.NO;
                }
                case "l", "later", "" -> {
                    return FinishEarlier.Choice.LATER;
                }
                default -> note.accept("the answer must be y, n or l");
            }
        }
    }

    private String cancel(List<Unfinished> earlier) {
        String batch = earlier.size() == 1 ? Text.quoted(earlier.get(0).batchId()) : "BATCH";
        return "genai cancel " + batch + place.asOptions();
    }
}

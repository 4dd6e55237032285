package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.topology.topic.TopicGrowth;
import io.github.genaistreams.topology.topic.TopicGrowth.Step;
import io.github.genaistreams.topology.topic.TopicSetup;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.worker.GenAiConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Gives requests, retries and journals more partitions. */
@Command(
        name = "grow",
        description = {
            "Gives the topics of an API more partitions, and so its workers more calls at once. Workers go on meanwhile, and"
                    + " take the new partitions in by themselves.",
            "",
            "Needs the workers' settings: application.id names the journals that grow with the topics. If it ends half way,"
                    + " run it again.",
            "",
            "Each partition knows only what it has answered itself. After a growth, the repeat of an earlier request may go to"
                    + " another partition. There it is called, and paid, again. `run` looks first at what it has sent, and"
                    + " repeats nothing. The topics of results, batches, control and deltas cannot grow: a batch has to stay in"
                    + " one partition of each."
        },
        footer = {
            "  genai topics grow --bootstrap-server localhost:9092 --partitions 16 --dry-run",
            "  genai topics grow --bootstrap-server localhost:9092 --partitions 16 --api documents"
        })
final class TopicsGrowCommand extends BaseCommand {

    @Option(
            names = "--partitions",
            paramLabel = "N",
            required = true,
            description = "How many partitions there are to be. Kafka takes none away.")
    private int partitions;

    @Option(
            names = "--api",
            paramLabel = "API",
            split = ",",
            description = "responses, documents, or both with a comma in between. Default: both.")
    private Set<String> apis = new TreeSet<>(Set.of(Topics.RESPONSES, Topics.DOCUMENTS));

    @Option(names = "--dry-run", description = "Only say what would be done.")
    private boolean dryRun;

    @Option(names = "--json", description = "Report as JSON.")
    private boolean json;

    private record Report(boolean dryRun, List<Step> steps) {}

    TopicsGrowCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        if (partitions < 1) {
            throw new CliException("--partitions must be at least 1, not " + partitions + ".");
        }
        if (!Set.of(Topics.RESPONSES, Topics.DOCUMENTS).containsAll(apis)) {
            throw new CliException("--api must be responses or documents, not " + String.join(",", apis) + ".");
        }
        GenAiConfig config = global.config(cli);
        String applicationId = config.getString(GenAiConfig.APPLICATION_ID);
        List<Step> steps = KafkaTopics.with(config, topics -> grow(topics, applicationId));
        if (json) {
            cli.printJson(new Report(dryRun, steps));
        } else if (steps.isEmpty()) {
            say("Nothing to do: all topics have %d partitions.", partitions);
        } else if (!dryRun) {
            say(
                    "Workers take the new partitions in within %d s.",
                    config.metadataMaxAge().toSeconds());
            say("A repeat of an earlier request may now go to another partition, where it is called again.");
            say("Other groups of workers (another application.id) need the same with their settings.");
        }
        return ExitStatus.OK;
    }

    private List<Step> grow(TopicSetup topics, String applicationId) {
        TopicGrowth growth = topics.growth(applicationId);
        List<Step> steps = new ArrayList<>();
        // All topics are checked before anything is changed.
        apis.forEach(api -> steps.addAll(growth.plan(api, partitions)));
        for (Step step : steps) {
            if (!dryRun) {
                growth.carryOut(step);
            }
            if (!json) {
                cli.out()
                        .printf(
                                "%-11s %s (%d to %d partitions)%n",
                                dryRun ? "would raise" : "raised", step.topic(), step.from(), step.to());
            }
        }
        return steps;
    }
}

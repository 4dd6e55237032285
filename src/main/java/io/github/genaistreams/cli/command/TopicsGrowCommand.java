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
            "Adds partitions to the topics of an API, so that its workers can make more calls at once. Workers keep"
                    + " running and pick up the new partitions.",
            "",
            "The command needs the settings of the workers: application.id names the journals that grow with the"
                    + " topics. If it fails halfway, run it again.",
            "",
            "Each partition knows only its own answers. If a producer repeats an earlier request after this command,"
                    + " the request may go to another partition and is called and paid again. `run` repeats nothing,"
                    + " because it checks first what it has sent. The topics for results, batches, control and deltas"
                    + " cannot grow: a batch must stay in one partition of each."
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
            description = "New number of partitions. Kafka cannot remove partitions.")
    private int partitions;

    @Option(
            names = "--api",
            paramLabel = "API",
            split = ",",
            description = "APIs: responses, documents, or both, separated by a comma. Default: both.")
    private Set<String> apis = new TreeSet<>(Set.of(Topics.RESPONSES, Topics.DOCUMENTS));

    @Option(names = "--dry-run", description = "Only print what would change.")
    private boolean dryRun;

    @Option(names = "--json", description = "Print a JSON object.")
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
            say("Nothing to do: all topics already have %d partitions.", partitions);
        } else if (!dryRun) {
            say(
                    "Workers pick up the new partitions within %d s.",
                    config.kafka().metadataMaxAge().toSeconds());
            say("If a producer repeats an earlier request, it may now go to another partition and be called again.");
            say("For other groups of workers (another application.id), run this command again with their settings.");
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

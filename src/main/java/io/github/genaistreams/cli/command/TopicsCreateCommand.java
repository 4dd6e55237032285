package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.topology.topic.TopicSetup.TopicInfo;
import io.github.genaistreams.worker.GenAiConfig;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Creates missing topics. */
@Command(
        name = "create",
        description = "Creates missing topics. It does not change existing topics.",
        footer = {
            "  genai topics create --bootstrap-server localhost:9092",
            "  genai topics create -b kafka-1:9092,kafka-2:9092 --partitions 24 --replication-factor 3"
        })
final class TopicsCreateCommand extends BaseCommand {

    @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "8",
            description = "Number of partitions for requests, retries and results. The maximum number of concurrent"
                    + " calls is this number times responses.lane.slots. Default: ${DEFAULT-VALUE}.")
    private int partitions;

    @Option(
            names = "--replication-factor",
            paramLabel = "N",
            defaultValue = "-1",
            description = "Number of copies of each partition. Default: the setting of the broker.")
    private int replicationFactor;

    @Option(names = "--json", description = "Print a JSON object.")
    private boolean json;

    private record Report(List<String> created, List<TopicInfo> topics) {}

    TopicsCreateCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        if (partitions < 1) {
            throw new CliException("--partitions must be at least 1, not " + partitions + ".");
        }
        if (replicationFactor < -1 || replicationFactor == 0) {
            throw new CliException("--replication-factor must be at least 1, not " + replicationFactor + ".");
        }
        GenAiConfig config = global.config(cli);
        Report report = KafkaTopics.with(config, topics -> {
            List<String> created = topics.create(partitions, replicationFactor);
            topics.check();
            return new Report(created, topics.list());
        });
        if (json) {
            cli.printJson(report);
        } else {
            for (TopicInfo topic : report.topics()) {
                String what = report.created().contains(topic.name()) ? "created" : "exists";
                cli.out().printf("%-8s %s (%s)%n", what, topic.name(), Text.count(topic.partitions(), "partition"));
            }
        }
        return ExitStatus.OK;
    }
}

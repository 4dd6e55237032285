package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.topology.topic.TopicSetup;
import io.github.genaistreams.topology.topic.TopicSetup.TopicInfo;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Lists the topics that exist. */
@Command(
        name = "list",
        description = "Lists the existing topics. Exit status: 1 if there are none.",
        footer = {"  genai topics list --bootstrap-server localhost:9092 --json"})
final class TopicsListCommand extends BaseCommand {

    @Option(names = "--json", description = "Print one JSON array.")
    private boolean json;

    TopicsListCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        List<TopicInfo> topics = KafkaTopics.with(global.config(cli), TopicSetup::list);
        if (json) {
            cli.printJson(topics);
        } else {
            for (TopicInfo topic : topics) {
                cli.out()
                        .printf(
                                "%-32s %s, replication factor %d%n",
                                topic.name(), Text.count(topic.partitions(), "partition"), topic.replicationFactor());
            }
            if (topics.isEmpty()) {
                say("No topics yet: create them with `genai topics create`.");
            }
        }
        return topics.isEmpty() ? ExitStatus.SOME_FAILED : ExitStatus.OK;
    }
}

package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Logs;
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.worker.GenAiConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs a Kafka broker for this machine until it is told to stop. */
@Command(
        name = "broker",
        description = {
            "Runs a Kafka broker for this machine until it is told to stop.",
            "",
            "A tool for trying, not for running a service: it listens on 127.0.0.1 only and keeps one copy of everything. Ctrl-C stops it."
        },
        footer = {
            "  genai broker --create-topics",
            "  genai broker --port 9192 --data-dir ~/kafka-data --create-topics --partitions 4"
        })
final class BrokerCommand extends BaseCommand {

    @Option(
            names = "--port",
            paramLabel = "PORT",
            defaultValue = "9092",
            description = "0 takes a free one. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Keep the data here. Default: a temporary directory, deleted at the end.")
    private Path dataDir;

    @Option(names = "--create-topics", description = "Create the topics that are missing.")
    private boolean createTopics;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "8",
            description = "For --create-topics. Default: ${DEFAULT-VALUE}.")
    private int partitions;

    @Option(names = "--json", description = "Report as JSON once it is ready.")
    private boolean json;

    private record Ready(String bootstrapServers, String dataDir, boolean temporary, List<String> topicsCreated) {}

    BrokerCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Logs.Chatter chatter() {
        return Logs.Chatter.SERVICE;
    }

    @Override
    public Integer call() throws InterruptedException {
        // The broker closes its connection to itself twice at the end, and warns about that.
        Logs.onlyErrors("org.apache.kafka.clients.NetworkClient");
        var options = new LocalKafka.Options(port, Optional.ofNullable(dataDir));
        try (LocalKafka kafka = LocalKafka.start(options)) {
            kafka.failure().thenAccept(reason -> cli.stop().request());
            List<String> created = createTopics ? createTopics(kafka) : List.of();
            if (json) {
                cli.printJson(
                        new Ready(kafka.bootstrapServers(), kafka.dataDir().toString(), dataDir == null, created));
            } else {
                created.forEach(topic -> cli.out().println("created " + topic));
                cli.out().println("Kafka is ready on " + kafka.bootstrapServers() + ". Tell the other commands with:");
                cli.out().println("  export GENAI_BOOTSTRAP_SERVERS=" + kafka.bootstrapServers());
            }
            cli.stop().await();
            if (kafka.failure().isDone()) {
                throw new CliException("The broker failed: " + kafka.failure().join());
            }
            return ExitStatus.OK;
        }
    }

    private List<String> createTopics(LocalKafka kafka) {
        var config =
                new GenAiConfig(global.settings(cli, Map.of(GenAiConfig.BOOTSTRAP_SERVERS, kafka.bootstrapServers())));
        return KafkaTopics.with(config, topics -> topics.create(partitions, 1));
    }
}

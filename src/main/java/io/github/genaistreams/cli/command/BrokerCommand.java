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
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Runs a Kafka broker for this machine until it is stopped. */
@Command(
        name = "broker",
        description = {
            "Runs a Kafka broker for this machine until it is stopped.",
            "",
            "This broker is for trials, not for a service: it listens only on 127.0.0.1 and keeps one copy of all"
                    + " data. Ctrl-C stops it."
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
            description = "Port to listen on. 0: any free port. Default: ${DEFAULT-VALUE}.")
    private int port;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Directory for the data. Default: a temporary directory, which is deleted at the end.")
    private @Nullable Path dataDir;

    @Option(names = "--create-topics", description = "Create missing topics.")
    private boolean createTopics;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "8",
            description = "Number of partitions for --create-topics. Default: ${DEFAULT-VALUE}.")
    private int partitions;

    @Option(names = "--json", description = "Print a JSON object when it is ready.")
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
                cli.out().println("Kafka is ready on " + kafka.bootstrapServers() + ". To use it in other commands:");
                cli.out().println("  export GENAI_BOOTSTRAP_SERVERS=" + kafka.bootstrapServers());
            }
            cli.stop().await();
            if (kafka.failure().isDone()) {
                throw new CliException(kafka.sentence(kafka.failure().join()));
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

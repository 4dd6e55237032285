package io.github.genaistreams.cli.option;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.client.deadletter.DeadLetters;
import io.github.genaistreams.embedded.EmbeddedStack;
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.worker.GenAiConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The place of a command's batches: a Kafka cluster, or the data of runs on this machine. */
public final class PlaceOptions {

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Directory with the data of runs on this machine, if no Kafka cluster is given. Default:"
                    + " that of `genai run`.")
    private @Nullable Path dataDir;

    @Option(names = "--sandbox", description = "Use the data of runs with --sandbox, if no Kafka cluster is given.")
    private boolean sandbox;

    /**
     * An open place.
     *
     * @param config for clients
     * @param own    the broker that was started for this command; null if Kafka was already running
     */
    public record Place(GenAiConfig config, @Nullable LocalKafka own) implements AutoCloseable {

        /** Whether workers may be at work there. */
        public boolean hasWorkers() {
            return own == null;
        }

        public DeadLetters deadLetters() {
            return new DeadLetters(config.kafka().client(), config.topics());
        }

        @Override
        public void close() {
            if (own != null) {
                own.close();
            }
        }
    }

    /**
     * Finds the given Kafka cluster or the run in progress, or opens the data of a run that has ended.
     *
     * @throws CliException if there is none of these
     */
    public Place open(Cli cli, GlobalOptions global) {
        if (global.bootstrapServers(cli).isPresent()) {
            if (sandbox || dataDir != null) {
                throw new CliException((sandbox ? "--sandbox" : "--data-dir")
                        + " is only for data of runs on this machine, but a Kafka cluster is given"
                        + " (--bootstrap-server, GENAI_BOOTSTRAP_SERVERS or the configuration file). Remove one of"
                        + " them.");
            }
            return new Place(global.config(cli), null);
        }
        Path directory = LocalOptions.directory(cli, dataDir, sandbox);
        if (!Files.isDirectory(LocalOptions.broker(directory))) {
            throw new CliException("No Kafka cluster given: use --bootstrap-server HOST:PORT or set"
                    + " GENAI_BOOTSTRAP_SERVERS. No run on this machine has left data in " + directory + "."
                    + otherRuns(cli));
        }
        return open(cli, global, directory);
    }

    /** A hint for a user who has forgotten --sandbox, or added it by mistake: the data is kept separately. */
    private String otherRuns(Cli cli) {
        if (!Files.isDirectory(LocalOptions.broker(LocalOptions.directory(cli, dataDir, !sandbox)))) {
            return "";
        }
        return sandbox
                ? " Runs without --sandbox have: leave --sandbox out to see them."
                : " Runs with --sandbox have: add --sandbox to see them.";
    }

    /** Finds the run in progress in a directory, or opens the data of an earlier one. */
    static Place open(Cli cli, GlobalOptions global, Path directory) {
        Path broker = LocalOptions.broker(directory);
        Optional<String> running = LocalKafka.running(broker);
        if (running.isPresent()) {
            return new Place(config(cli, global, directory, running.get()), null);
        }
        LocalKafka own = LocalKafka.start(LocalKafka.Options.keptIn(broker));
        try {
            return new Place(config(cli, global, directory, own.bootstrapServers()), own);
        } catch (RuntimeException e) {
            own.close();
            throw e;
        }
    }

    private static GenAiConfig config(Cli cli, GlobalOptions global, Path directory, String bootstrapServers) {
        Map<String, String> settings = new HashMap<>(global.settings(cli, Map.of()));
        settings.put(GenAiConfig.BOOTSTRAP_SERVERS, bootstrapServers);
        settings.putIfAbsent(
                GenAiConfig.DOCUMENT_STORE,
                EmbeddedStack.documents(LocalOptions.state(directory)).toString());
        return new GenAiConfig(settings);
    }
}

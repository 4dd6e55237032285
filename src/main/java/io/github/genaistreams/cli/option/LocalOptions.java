package io.github.genaistreams.cli.option;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.embedded.EmbeddedStack;
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options for a run on this machine alone. */
public final class LocalOptions {

    public static final int DEFAULT_SLOTS = 50;
    private static final Latency SANDBOX_LATENCY = Latency.logNormal(Duration.ofMillis(300), 0.4);

    @Option(
            names = "--slots",
            paramLabel = "N",
            description = "Maximum number of concurrent calls. Default: " + DEFAULT_SLOTS + ".")
    private @Nullable Integer slots;

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description = "Directory for the data of the local Kafka. Default: $GENAI_DATA_DIR, or genai-streams in"
                    + " $XDG_STATE_HOME or ~/.local/state.")
    private @Nullable Path dataDir;

    @Option(
            names = "--sandbox",
            description = "Call a built-in sandbox of the API: no key, no cost. Its data is kept separately.")
    private boolean sandbox;

    /** One partition, so that a small number of slots is exact. */
    private static final int PARTITIONS = 1;

    /** The key that a run needs. */
    public enum Key {
        OPENAI("openai.", "OPENAI_API_KEY"),
        DATALAB("datalab.", "DATALAB_API_KEY");

        private final String prefix;
        private final String variable;

        Key(String prefix, String variable) {
            this.prefix = prefix;
            this.variable = variable;
        }

        String variable() {
            return variable;
        }

        /** Whether there is no key, from any source. */
        private boolean isMissing(Map<String, String> settings) {
            return settings.entrySet().stream()
                    .noneMatch(setting -> setting.getKey().startsWith(prefix)
                            && (setting.getKey().endsWith("api.key")
                                    || setting.getKey().endsWith("api.key.file"))
                            && setting.getValue() != null
                            && !setting.getValue().isBlank());
        }
    }

    /** @throws CliException if an option has no effect with a Kafka cluster */
    public void refuse() {
        String given = sandbox ? "--sandbox" : slots != null ? "--slots" : dataDir != null ? "--data-dir" : null;
        if (given != null) {
            throw new CliException(given + " is only for a run on this machine, but a Kafka cluster is given"
                    + " (--bootstrap-server, GENAI_BOOTSTRAP_SERVERS or the configuration file), and its workers make"
                    + " the calls. Remove one of them.");
        }
    }

    /** @throws CliException if the options cannot work */
    public EmbeddedStack.Setup setup(Cli cli, Map<String, String> settings, Key apiKey) {
        int wanted = slots();
        if (!sandbox && apiKey.isMissing(settings)) {
            throw new CliException(
                    "No API key: set " + apiKey.variable() + ", or use --sandbox to try it without a key.");
        }
        Path directory = directory(cli);
        return new EmbeddedStack.Setup(
                LocalKafka.Options.keptIn(broker(directory)),
                Optional.of(state(directory)),
                PARTITIONS,
                wanted,
                sandbox ? Optional.of(SandboxSettings.DEFAULTS.withLatency(SANDBOX_LATENCY)) : Optional.empty(),
                settings);
    }

    /** Maximum number of concurrent calls of a run on this machine. */
    public int slots() {
        int wanted = slots == null ? DEFAULT_SLOTS : slots;
        if (wanted < 1 || wanted > 10_000) {
            throw new CliException("--slots must be from 1 to 10000, not " + wanted + ".");
        }
        return wanted;
    }

    /** The data directory. Sandbox and API have different ones, because their answers must never be in the same batch. */
    public Path directory(Cli cli) {
        return directory(cli, dataDir, sandbox);
    }

    /** The options that another command needs to find this data, with a blank before each. */
    public String asOptions() {
        return (dataDir == null ? "" : " --data-dir " + Text.quoted(dataDir.toString()))
                + (sandbox ? " --sandbox" : "");
    }

    /** @param dataDir as given; null for the default */
    static Path directory(Cli cli, @Nullable Path dataDir, boolean sandbox) {
        return base(cli, dataDir)
                .resolve(sandbox ? "sandbox" : "api")
                .toAbsolutePath()
                .normalize();
    }

    static Path broker(Path directory) {
        return directory.resolve("broker");
    }

    static Path state(Path directory) {
        return directory.resolve("state");
    }

    static Path base(Cli cli, @Nullable Path dataDir) {
        if (dataDir != null) {
            return dataDir;
        }
        if (cli.env("GENAI_DATA_DIR") != null) {
            return Path.of(cli.env("GENAI_DATA_DIR"));
        }
        String state = cli.env("XDG_STATE_HOME");
        Path parent = state == null ? Path.of(System.getProperty("user.home"), ".local", "state") : Path.of(state);
        return parent.resolve("genai-streams");
    }

    /** The model for the sandbox, which accepts any name; null for the API. */
    public @Nullable String anyModel() {
        return sandbox ? "sandbox" : null;
    }
}

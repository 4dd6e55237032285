package io.github.genaistreams.cli.option;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.Logs;
import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.worker.ConfigSources;
import io.github.genaistreams.worker.GenAiConfig;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of every command. */
public final class GlobalOptions {

    @Option(
            order = 101,
            names = {"-b", "--bootstrap-server"},
            paramLabel = "HOST:PORT",
            description = "Kafka brokers, separated by commas. Default: $GENAI_BOOTSTRAP_SERVERS.")
    private @Nullable String bootstrapServers;

    @Option(
            order = 102,
            names = "--topic-prefix",
            paramLabel = "PREFIX",
            description = "Prefix of all topic names. Default: genai.")
    private @Nullable String topicPrefix;

    @Option(
            order = 103,
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "Properties file with settings. `genai config` lists all settings.")
    private @Nullable Path configFile;

    @Option(
            order = 104,
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "One setting. It overrides the file and the environment. Repeatable.")
    private Map<String, String> set = Map.of();

    @Option(
            order = 105,
            names = "--color",
            paramLabel = "WHEN",
            defaultValue = "auto",
            description = "auto, always or never. auto: colours on a terminal, unless NO_COLOR is set.")
    private Paint.When color = Paint.When.AUTO;

    @Option(
            order = 106,
            names = "--log-format",
            paramLabel = "FORM",
            defaultValue = "text",
            description = "Format of the log: text, or json for one object per line. The log goes to stderr.")
    private Logs.Format logFormat = Logs.Format.TEXT;

    @Option(
            order = 107,
            names = {"-v", "--verbose"},
            description = "More log output: -v for events, -vv for each call. Errors include a stack trace.")
    private boolean[] verbose = {};

    @Option(
            order = 108,
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this help.")
    private boolean help;

    public int verbosity() {
        return verbose.length;
    }

    public Logs.Format logFormat() {
        return logFormat;
    }

    public Paint outPaint(Cli cli) {
        return Paint.of(color, cli.terminal().out(), cli.environment().get("NO_COLOR"));
    }

    public Paint errPaint(Cli cli) {
        return Paint.of(color, cli.terminal().err(), cli.environment().get("NO_COLOR"));
    }

    /**
     * Settings from the file, system properties, the environment, the global options and {@code overrides}. Each wins
     * over those before it.
     */
    public Map<String, String> settings(Cli cli, Map<String, String> overrides) {
        Map<String, String> given = new HashMap<>();
        given.put(GenAiConfig.BOOTSTRAP_SERVERS, bootstrapServers);
        given.put(GenAiConfig.TOPIC_PREFIX, topicPrefix);
        given.putAll(set);
        given.putAll(overrides);
        return ConfigSources.merge(configFile, System.getProperties(), cli.environment(), given);
    }

    /**
     * Settings of a worker in this process. It has an HTTP port only if an option of this command sets one. A port from the
     * file or the environment belongs to a separate worker, for example in the same container.
     */
    public Map<String, String> localSettings(Cli cli) {
        Map<String, String> settings = settings(cli, Map.of());
        if (!set.containsKey(GenAiConfig.HTTP_PORT)) {
            settings.remove(GenAiConfig.HTTP_PORT);
        }
        return settings;
    }

    /** The brokers, from whichever source sets them. */
    public Optional<String> bootstrapServers(Cli cli) {
        return Optional.ofNullable(settings(cli, Map.of()).get(GenAiConfig.BOOTSTRAP_SERVERS))
                .filter(servers -> !servers.isBlank());
    }

    /** The settings for a command that needs Kafka. */
    public GenAiConfig config(Cli cli) {
        if (bootstrapServers(cli).isEmpty()) {
            throw new CliException("No Kafka cluster given: use --bootstrap-server HOST:PORT or set"
                    + " GENAI_BOOTSTRAP_SERVERS. `genai broker` starts one on this machine.");
        }
        return new GenAiConfig(settings(cli, Map.of()));
    }
}

package io.github.genaistreams.cli.command;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Logs;
import io.github.genaistreams.cli.option.LocalOptions;
import io.github.genaistreams.cli.option.ServeOption;
import io.github.genaistreams.embedded.EmbeddedStack;
import io.github.genaistreams.serve.GenAiServer;
import io.github.genaistreams.serve.http.Keys;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Serves OpenAI's Batch API until it is stopped. */
@Command(
        name = "serve",
        description = {
            "Serves OpenAI's Batch API for programs that use the `openai` client instead of Kafka.",
            "",
            "Without a Kafka cluster, a broker and a worker run inside this command, and the data is kept. With a"
                    + " Kafka cluster, separate workers make the calls, and you can run any number of these servers."
                    + " Batches continue after a restart. Without a key file, only programs on this machine can use"
                    + " the server."
        },
        footer = {
            "  genai serve --sandbox                          # a trial without key and cost",
            "  OPENAI_API_KEY=sk-... genai serve              # batches on this machine",
            "  genai serve --new-key team-a                   # a new key, and its line for the key file",
            "  genai serve -b kafka:9092 --host 0.0.0.0 --keys keys.json"
        })
final class ServeCommand extends BaseCommand {

    @Mixin
    private LocalOptions local;

    @Option(names = "--port", paramLabel = "PORT", description = "Port to listen on. 0: any free port. Default: 8765.")
    private @Nullable Integer port;

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            description = "Local address to listen on. 0.0.0.0: all addresses, which needs --keys. Default: 127.0.0.1.")
    private @Nullable String host;

    @Option(
            names = "--keys",
            paramLabel = "FILE",
            description = "File with the keys that callers must use (serve.keys.file).")
    private @Nullable Path keys;

    @Option(
            names = "--new-key",
            paramLabel = "NAME",
            description = "Only create a key: print it and its entry for the key file.")
    private @Nullable String newKey;

    @Option(names = "--json", description = "Print a JSON object when it is ready.")
    private boolean json;

    private record Ready(String url, String baseUrl, boolean keys) {}

    ServeCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Logs.Chatter chatter() {
        return Logs.Chatter.COMMAND;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (newKey != null) {
            return makeKey(newKey);
        }
        Map<String, String> given = new HashMap<>();
        putIfGiven(given, GenAiConfig.SERVE_PORT, port);
        putIfGiven(given, GenAiConfig.SERVE_HOST, host);
        putIfGiven(given, GenAiConfig.SERVE_KEYS_FILE, keys);
        if (global.bootstrapServers(cli).isPresent()) {
            local.refuse();
            return serve(new GenAiConfig(global.settings(cli, given)), () -> {});
        }
        Map<String, String> settings = new HashMap<>(global.localSettings(cli));
        settings.putAll(given);
        EmbeddedStack.Setup setup = local.setup(cli, settings, LocalOptions.Key.OPENAI);
        if (!json) {
            say("genai: starting on this machine, data in %s", local.directory(cli));
        }
        try (EmbeddedStack stack = EmbeddedStack.start(setup, cli.stop()::isRequested);
                Worker worker = stack.startWorker(Set.of())) {
            stack.onFailure(why -> say("genai: %s", why));
            var watch = new StackWatch(stack, worker);
            watch.awaitWorker(cli.stop());
            return serve(stack.config(), watch::check);
        } catch (CancellationException e) {
            return ExitStatus.OK;
        }
    }

    private static void putIfGiven(Map<String, String> settings, String key, @Nullable Object value) {
        if (value != null) {
            settings.put(key, value.toString());
        }
    }

    /** @param check throws if this process can no longer make the calls */
    private int serve(GenAiConfig config, Runnable check) throws IOException, InterruptedException {
        try (GenAiServer server = ServeOption.openOf(config)) {
            if (json) {
                cli.printJson(new Ready(server.address(), server.address() + "/v1", server.hasKeys()));
            } else {
                cli.out().println("Ready. Its page is " + server.address() + "/. To use it with OpenAI's clients:");
                cli.out().println("  export OPENAI_BASE_URL=" + server.address() + "/v1");
                if (!server.hasKeys()) {
                    cli.out()
                            .println("  export OPENAI_API_KEY=any        keys are not checked: only this machine can"
                                    + " connect");
                }
            }
            while (!cli.stop().await(500)) {
                check.run();
                if (!server.isAlive()) {
                    throw new CliException("The server can no longer read from Kafka; the log above says why.");
                }
            }
            return ExitStatus.OK;
        }
    }

    private int makeKey(String name) {
        if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
            throw new CliException("--new-key must be 1 to 64 letters, digits, dots, underscores or hyphens.");
        }
        String key = Keys.create();
        var line = JsonNodeFactory.instance
                .objectNode()
                .put("name", name)
                .put("sha256", Keys.sha256(key))
                .put("role", "submit");
        if (json) {
            cli.printJson(Map.of("key", key, "entry", line));
            return ExitStatus.OK;
        }
        cli.out().println("The key, which is shown only once:");
        cli.out().println("  " + key);
        cli.out().println("Its entry for the key file, a JSON array:");
        cli.out().println("  " + line);
        return ExitStatus.OK;
    }
}

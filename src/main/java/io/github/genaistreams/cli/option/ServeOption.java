package io.github.genaistreams.cli.option;

import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.serve.GenAiServer;
import io.github.genaistreams.worker.GenAiConfig;
import java.io.IOException;
import java.net.BindException;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Whether a run can be watched in a browser. */
public final class ServeOption {

    @Option(
            names = "--serve",
            description = "During the run, show its page and serve OpenAI's Batch API, like `genai serve`.")
    private boolean serve;

    /** @throws CliException if it has no effect, because a Kafka cluster is given */
    public void refuse() {
        if (serve) {
            throw new CliException(
                    "--serve is only for a run on this machine, but a Kafka cluster is given. Start `genai serve`"
                            + " separately.");
        }
    }

    /** Whether a batch was submitted to `genai serve`, which goes on with it in this run. */
    public boolean goesOnWith(String batchId) {
        return serve && GenAiServer.hasMade(batchId);
    }

    /** The server of a run, if one is wanted. The caller closes it. */
    public Optional<GenAiServer> open(GenAiConfig config) throws IOException {
        return serve ? Optional.of(openOf(config)) : Optional.empty();
    }

    /**
     * Opens the server.
     *
     * @throws CliException if its port is in use
     */
    public static GenAiServer openOf(GenAiConfig config) throws IOException {
        try {
            return GenAiServer.open(config);
        } catch (BindException e) {
            throw new CliException(
                    "Port " + config.serve().port() + " on " + config.serve().host()
                            + " is in use. Stop the program that listens there, or choose another port (--set "
                            + GenAiConfig.SERVE_PORT + "=0 uses any free port).",
                    e);
        }
    }
}

package io.github.genaistreams.cli;

import io.github.genaistreams.cli.command.BaseCommand;
import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.embedded.LocalKafkaException;
import io.github.genaistreams.topology.topic.TopicSetup.TopicsException;
import io.github.genaistreams.worker.WorkerException;
import java.io.PrintWriter;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.streams.errors.ProcessorStateException;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Explains in one sentence why a command cannot run. The stack trace is only for {@code --verbose}. */
final class Failures implements IParameterExceptionHandler, IExecutionExceptionHandler {

    private final Cli cli;

    Failures(Cli cli) {
        this.cli = cli;
    }

    @Override
    public int handleParseException(ParameterException e, String[] arguments) {
        CommandLine command = e.getCommandLine();
        PrintWriter err = command.getErr();
        err.println("genai: " + Suggestions.sentence(e));
        err.printf("See `%s --help`.%n", command.getCommandSpec().qualifiedName());
        return ExitStatus.CANNOT_RUN;
    }

    @Override
    public int handleExecutionException(Exception e, CommandLine command, ParseResult parsed) {
        BaseCommand base = command.getCommand();
        boolean verbose = base.global.verbosity() > 0;
        Paint paint = base.global.errPaint(cli);
        cli.err().println(paint.red("genai: ") + Text.printable(sentence(e, verbose)));
        if (verbose) {
            e.printStackTrace(cli.err());
        }
        return ExitStatus.CANNOT_RUN;
    }

    static String sentence(Throwable e, boolean verbose) {
        if ((e instanceof ExecutionException || e instanceof CompletionException) && e.getCause() != null) {
            return sentence(e.getCause(), verbose);
        }
        if (isMeantForPeople(e)) {
            return String.valueOf(e.getMessage());
        }
        if (e instanceof ProcessorStateException) {
            return "The state of the worker cannot be opened or written: %s%s. If its disk is full, free space; then start again."
                    .formatted(
                            e.getMessage(),
                            e.getCause() == null ? "" : ": " + e.getCause().getMessage());
        }
        if (e instanceof KafkaException) {
            Throwable reason = e.getCause() instanceof KafkaException ? e.getCause() : e;
            return "Kafka refused the request or did not answer (%s): %s"
                    .formatted(reason.getClass().getSimpleName(), reason.getMessage());
        }
        return "Unexpected error: " + e + (verbose ? "" : ". Run it again with --verbose for the stack trace.");
    }

    private static boolean isMeantForPeople(Throwable e) {
        return e.getMessage() != null
                && (e instanceof CliException
                        || e instanceof WorkerException
                        || e instanceof TopicsException
                        || e instanceof LocalKafkaException
                        || e instanceof BatchClientException
                        || e instanceof ConfigException
                        || e instanceof IllegalArgumentException
                        || e instanceof IllegalStateException);
    }
}

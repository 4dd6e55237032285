package io.github.genaistreams.cli.option;

import io.github.genaistreams.check.ResponsesCheck;
import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.input.RequestFile;
import io.github.genaistreams.client.input.RequestFileException;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.WireHeaders;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The requests of a batch: a file, and defaults for what it does not set. */
public final class RequestOptions {

    private static final String STDIN = "-";

    @Parameters(
            paramLabel = "FILE",
            description =
                    "A prompt per line, or a JSON request per line (user_prompt, perhaps custom_id, and more), or one"
                            + " JSON object with user_prompts, or a file for OpenAI's Batch API; - reads stdin. Blank lines are"
                            + " left out.")
    private String file;

    /** How the file is read. */
    enum InputFormat {
        AUTO,
        LINES;

        /** As written on the command line. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--input-format",
            paramLabel = "FORM",
            defaultValue = "auto",
            description =
                    "lines: each line is a prompt, whatever is in it and whatever the file is called. Default: auto, by the"
                            + " first line; a table (.csv, .tsv) is refused.")
    private InputFormat inputFormat = InputFormat.AUTO;

    @Option(names = "--batch-id", paramLabel = "ID", description = "Name of the batch. Default: a new one.")
    private String batchId;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            description = "Model for requests that name none.")
    private String model;

    @Option(
            names = "--system-prompt",
            paramLabel = "TEXT",
            description = "Instructions for the model; @FILE reads a file.")
    private String systemPrompt;

    @Option(
            names = {"-H", "--header"},
            paramLabel = "KEY=VALUE",
            description = "Kafka header that travels to every result. Repeatable.")
    private Map<String, String> headers = new LinkedHashMap<>();

    @Mixin
    private ParameterOptions parameters;

    @Mixin
    private TokenOptions batch;

    /** By index; empty if the file has none. */
    private final Map<Integer, String> customIds = new HashMap<>();

    /** The headers of the request at an index, after {@link #read}. */
    public Map<String, String> headers(int index) {
        var all = new LinkedHashMap<>(headers);
        all.putAll(batch.headers());
        if (customIds.containsKey(index)) {
            all.put(WireHeaders.CUSTOM_ID, customIds.get(index));
        }
        return all;
    }

    /** Controls for the batch as a whole. */
    public BatchOptions batch() {
        return batch;
    }

    public boolean hasBatchId() {
        return batchId != null;
    }

    /** The given ID, or a new one. */
    public String batchIdOrNew() {
        return batchId == null ? BatchClient.newBatchId() : batchId;
    }

    /**
     * All requests of the file, at least one.
     *
     * @param anyModel the model if none is given, or null
     */
    public List<ResponsesRequest> read(Cli cli, String anyModel) {
        ResponsesRequest template = template(model == null ? anyModel : model);
        String name = STDIN.equals(file) ? "stdin" : file;
        if (inputFormat == InputFormat.AUTO) {
            NoPrompts.refuse(name);
        }
        try (var requests = requests(open(cli), template)) {
            if (inputFormat == InputFormat.AUTO && requests.form() == RequestFile.Form.PROMPTS) {
                NoPrompts.refuseAsPrompts(name);
            }
            List<ResponsesRequest> all = requests.list();
            if (all.isEmpty()) {
                throw new CliException("There are no requests in " + name + ".");
            }
            if (requests.form() == RequestFile.Form.PROMPTS || requests.form() == RequestFile.Form.WHOLE_BATCH) {
                // A mistake in the common parameters would fail every item.
                ResponsesCheck.commonProblem(all).ifPresent(problem -> {
                    throw new CliException(name + ": " + problem.message());
                });
            }
            IntStream.range(0, all.size())
                    .forEach(index -> requests.customId(index).ifPresent(id -> customIds.put(index, id)));
            return all;
        } catch (RequestFileException e) {
            String hint = template.model() == null && e.getMessage().contains("`model`")
                    ? ", or give --model, for example --model gpt-4o-mini"
                    : "";
            throw new CliException(name + ": " + e.getMessage() + hint, e);
        } catch (UncheckedIOException e) {
            throw new CliException(name + " cannot be read: " + InputFiles.reason(e.getCause()) + ".", e);
        }
    }

    private RequestFile requests(InputStream in, ResponsesRequest template) {
        return inputFormat == InputFormat.LINES ? RequestFile.ofPrompts(in, template) : new RequestFile(in, template);
    }

    private ResponsesRequest template(String model) {
        var template = ResponsesRequest.builder()
                .model(model)
                .systemPrompt(systemPrompt == null ? null : InputFiles.textOrFile(systemPrompt));
        parameters.addTo(template);
        return template.buildUnchecked();
    }

    private InputStream open(Cli cli) {
        if (STDIN.equals(file)) {
            return cli.in();
        }
        if (Files.isDirectory(Path.of(file))) {
            throw new CliException(file + " is a directory: name a file. (Documents of a directory become text with:"
                    + " genai run documents " + file + ")");
        }
        try {
            return Files.newInputStream(Path.of(file));
        } catch (IOException e) {
            throw InputFiles.unreadable(Path.of(file), e);
        }
    }
}

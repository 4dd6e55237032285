package io.github.genaistreams.cli;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.RequestFile;
import io.github.genaistreams.client.RequestFileException;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.openai.ResponsesCheck;
import io.github.genaistreams.wire.WireHeaders;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The requests of a batch: a file, and what holds where the file says nothing. */
final class RequestOptions {

    private static final String STDIN = "-";

    @Parameters(
            paramLabel = "FILE",
            description = "A prompt per line, or a JSON request per line, or one JSON object with user_prompts,"
                    + " or a file for OpenAI's Batch API; - reads stdin.")
    private String file;

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
    private List<String> customIds = List.of();

    /** The headers of the request at an index, after {@link #read}. */
    Map<String, String> headers(int index) {
        var all = new LinkedHashMap<>(headers);
        all.putAll(batch.headers());
        if (index < customIds.size()) {
            all.put(WireHeaders.CUSTOM_ID, customIds.get(index));
        }
        return all;
    }

    /** What holds for the batch as a whole. */
    BatchOptions batch() {
        return batch;
    }

    boolean hasBatchId() {
        return batchId != null;
    }

    /** The one given, or a new one. */
    String batchIdOrNew() {
        return batchId == null ? BatchClient.newBatchId() : batchId;
    }

    /**
     * All requests of the file, at least one.
     *
     * @param anyModel the model to take when none is given, or null
     */
    List<ResponsesRequest> read(Cli cli, String anyModel) {
        ResponsesRequest template = template(model == null ? anyModel : model);
        String name = STDIN.equals(file) ? "stdin" : file;
        try (var requests = new RequestFile(open(cli), template)) {
            List<ResponsesRequest> all = requests.list();
            if (all.isEmpty()) {
                throw new CliException("There are no requests in " + name + ".");
            }
            if (requests.form() == RequestFile.Form.PROMPTS || requests.form() == RequestFile.Form.WHOLE_BATCH) {
                // A mistake common to all would be a failed result for each.
                ResponsesCheck.commonProblem(all).ifPresent(problem -> {
                    throw new CliException(name + ": " + problem.message());
                });
            }
            customIds = IntStream.range(0, all.size())
                    .mapToObj(requests::customId)
                    .flatMap(Optional::stream)
                    .toList();
            return all;
        } catch (RequestFileException e) {
            String hint = template.model() == null && e.getMessage().contains("`model`")
                    ? ", or give --model, for example --model gpt-4o-mini"
                    : "";
            throw new CliException(name + ": " + e.getMessage() + hint, e);
        } catch (UncheckedIOException e) {
            throw new CliException(name + " cannot be read: " + e.getCause().getMessage(), e);
        }
    }

    private ResponsesRequest template(String model) {
        var template = ResponsesRequest.builder()
                .model(model)
                .systemPrompt(systemPrompt == null ? null : InputFiles.textOrFile(systemPrompt));
        parameters.addTo(template);
        return template.build();
    }

    private InputStream open(Cli cli) {
        if (STDIN.equals(file)) {
            return cli.in();
        }
        try {
            return Files.newInputStream(Path.of(file));
        } catch (IOException e) {
            throw InputFiles.unreadable(Path.of(file), e);
        }
    }
}

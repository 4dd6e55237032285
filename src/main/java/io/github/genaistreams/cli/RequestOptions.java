package io.github.genaistreams.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.RequestFile;
import io.github.genaistreams.client.RequestFileException;
import io.github.genaistreams.model.ResponsesRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The requests of a batch: a file, and what holds where the file says nothing. */
final class RequestOptions {

    private static final String STDIN = "-";

    @Parameters(
            paramLabel = "FILE",
            description = "A prompt per line, or a JSON request per line, or one JSON object with user_prompts;"
                    + " - reads stdin.")
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
            names = "--response-format",
            paramLabel = "FILE",
            description = "JSON file: {\"type\": \"json_object\"}, or a json_schema.")
    private Path responseFormat;

    @Option(names = "--max-output-tokens", paramLabel = "N", description = "Bound on generated tokens.")
    private Integer maxOutputTokens;

    @Option(names = "--temperature", paramLabel = "T", description = "0 to 2.")
    private Double temperature;

    @Option(
            names = "--timeout-secs",
            paramLabel = "N",
            description = "Bound on one attempt. Default: " + ResponsesRequest.DEFAULT_TIMEOUT_SECS + ".")
    private Integer timeoutSecs;

    @Option(
            names = "--max-retries",
            paramLabel = "N",
            description = "Attempts after the first. Default: " + ResponsesRequest.DEFAULT_MAX_RETRIES + ".")
    private Integer maxRetries;

    @Option(
            names = "--retry-delay-min-ms",
            paramLabel = "MS",
            description = "Shortest wait before a retry. Default: " + ResponsesRequest.DEFAULT_RETRY_DELAY_MIN_MS + ".")
    private Integer retryDelayMinMs;

    @Option(
            names = "--retry-delay-max-ms",
            paramLabel = "MS",
            description = "Longest wait before a retry. Default: " + ResponsesRequest.DEFAULT_RETRY_DELAY_MAX_MS + ".")
    private Integer retryDelayMaxMs;

    @Option(
            names = {"-H", "--header"},
            paramLabel = "KEY=VALUE",
            description = "Kafka header that travels to every result. Repeatable.")
    private Map<String, String> headers = new LinkedHashMap<>();

    Map<String, String> headers() {
        return headers;
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
        return ResponsesRequest.builder()
                .model(model)
                .systemPrompt(systemPrompt == null ? null : textOrFile(systemPrompt))
                .responseFormat(responseFormat == null ? null : json(responseFormat))
                .maxOutputTokens(maxOutputTokens)
                .temperature(temperature)
                .timeoutSecs(timeoutSecs)
                .maxRetries(maxRetries)
                .retryDelayMinMs(retryDelayMinMs)
                .retryDelayMaxMs(retryDelayMaxMs)
                .build();
    }

    private InputStream open(Cli cli) {
        if (STDIN.equals(file)) {
            return cli.in();
        }
        try {
            return Files.newInputStream(Path.of(file));
        } catch (IOException e) {
            throw unreadable(Path.of(file), e);
        }
    }

    private static String textOrFile(String value) {
        return value.startsWith("@") ? text(Path.of(value.substring(1))) : value;
    }

    private static JsonNode json(Path file) {
        try {
            JsonNode json = new ObjectMapper().readTree(text(file));
            if (!json.isObject()) {
                throw new CliException("--response-format: " + file + " must hold a JSON object.");
            }
            return json;
        } catch (JsonProcessingException e) {
            throw new CliException("--response-format: " + file + " is no JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static CliException unreadable(Path file, IOException e) {
        String why = e instanceof NoSuchFileException
                ? "there is no such file"
                : e.getClass().getSimpleName() + (e.getMessage() == null ? "" : " (" + e.getMessage() + ")");
        return new CliException(file + " cannot be read: " + why + ".", e);
    }
}

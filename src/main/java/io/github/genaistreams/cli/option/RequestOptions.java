package io.github.genaistreams.cli.option;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.check.ResponsesCheck;
import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.table.Table;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The requests of a batch: a file, and defaults for the fields that it does not set. */
public final class RequestOptions {

    private static final String STDIN = "-";

    @ArgGroup(multiplicity = "1")
    private InputFile input;

    /** One file, given in one of two ways. */
    static final class InputFile {
        @Parameters(
                paramLabel = "FILE",
                description =
                        "One prompt per line, one JSON request per line (user_prompt, optional custom_id and other"
                                + " fields), one JSON object with user_prompts, a file for OpenAI's Batch API, or a"
                                + " table with --prompt. - reads stdin. Blank lines are skipped.")
        private String file = "";

        @Option(names = "--input", paramLabel = "FILE", description = "Same as FILE.")
        private @Nullable String option;

        private String file() {
            return option == null ? file : option;
        }
    }

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
            description = "lines: each line is a prompt, whatever its content and the name of the file. auto: the first"
                    + " line decides, and a table (.csv, .tsv) is refused. Default: auto.")
    private InputFormat inputFormat = InputFormat.AUTO;

    @Option(names = "--limit", paramLabel = "N", description = "Use only the first N requests or rows, as a sample.")
    private @Nullable Integer limit;

    @ArgGroup(exclusive = false, validate = false, heading = "%nTable:%n", order = 5)
    private final TableOptions tables = new TableOptions();

    @Option(
            names = "--batch-id",
            paramLabel = "ID",
            description = "ID of the batch. Default: a new ID; in a run of a table, an ID derived from its requests.")
    private @Nullable String batchId;

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            description = "Model for requests that do not name one.")
    private @Nullable String model;

    @Option(
            names = "--system-prompt",
            paramLabel = "TEXT",
            description = "Instructions for the model. @FILE reads them from a file.")
    private @Nullable String systemPrompt;

    @Option(
            names = {"-H", "--header"},
            paramLabel = "KEY=VALUE",
            description = "Kafka header that is copied to every result. Repeatable.")
    private Map<String, String> headers = new LinkedHashMap<>();

    @Mixin
    private ParameterOptions parameters;

    @Mixin
    private TokenOptions batch;

    /** Custom IDs by index. */
    private final Map<Integer, String> customIds = new HashMap<>();

    private @Nullable Table table;

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

    /** The given ID, or one that is derived from the requests. */
    public String batchIdOr(List<ResponsesRequest> requests) {
        return batchId == null ? RequestsId.of(requests, index -> customIds.getOrDefault(index, "")) : batchId;
    }

    /** Whether the input is to be read as a table. */
    public boolean isOfTable() {
        return tables.isGiven();
    }

    /** The table, after {@link #read}, if the input is one. */
    public Optional<Table> table() {
        return Optional.ofNullable(table);
    }

    /** The properties of structured answers, after {@link #read}; empty if answers are texts. */
    public List<String> answerProperties() {
        return tables.properties();
    }

    /** Whether this is the file that the requests are read from. */
    public boolean isInput(Path other) throws IOException {
        Path file = Path.of(input.file());
        return Files.exists(file) && Files.exists(other) && Files.isSameFile(file, other);
    }

    /**
     * All requests of the file, at least one.
     *
     * @param anyModel the model if none is given
     */
    public List<ResponsesRequest> read(Cli cli, @Nullable String anyModel) {
        if (limit != null && limit < 1) {
            throw new CliException("--limit must be at least 1, not " + limit + ".");
        }
        boolean isTable = tables.isGiven();
        ResponsesRequest template = template(model == null ? anyModel : model);
        String hint = template.model() == null ? ", or give --model, for example --model gpt-4o-mini" : "";
        String file = input.file();
        String name = STDIN.equals(file) ? "stdin" : file;
        try {
            return isTable ? ofTable(name, template, hint) : ofFile(cli, name, template, hint);
        } catch (UncheckedIOException e) {
            throw new CliException(
                    name + " cannot be read: " + InputFiles.reason(Objects.requireNonNull(e.getCause())) + ".", e);
        }
    }

    private List<ResponsesRequest> ofFile(Cli cli, String name, ResponsesRequest template, String hint) {
        if (inputFormat == InputFormat.AUTO) {
            NoPrompts.refuse(name);
        }
        try (var requests = requests(open(cli), template)) {
            if (inputFormat == InputFormat.AUTO && requests.form() == RequestFile.Form.PROMPTS) {
                NoPrompts.refuseAsPrompts(name);
            }
            List<ResponsesRequest> all = limit == null ? requests.list() : first(limit, requests.iterator());
            if (all.isEmpty()) {
                throw new CliException("No requests found in " + name + ".");
            }
            if (requests.form() == RequestFile.Form.PROMPTS || requests.form() == RequestFile.Form.WHOLE_BATCH) {
                checkCommon(name, all, "");
            }
            IntStream.range(0, all.size())
                    .forEach(index -> requests.customId(index).ifPresent(id -> customIds.put(index, id)));
            return all;
        } catch (RequestFileException e) {
            throw new CliException(
                    name + ": " + e.getMessage()
                            + (String.valueOf(e.getMessage()).contains("`model`") ? hint : ""),
                    e);
        }
    }

    private List<ResponsesRequest> ofTable(String name, ResponsesRequest template, String hint) {
        if (STDIN.equals(input.file())) {
            throw new CliException("A table cannot come from stdin, because it is read twice: give a file.");
        }
        NoPrompts.refuseAsTable(name);
        Table rows = new Table(Path.of(name), tables.use(limit == null ? Integer.MAX_VALUE : limit));
        table = rows;
        List<String> prompts = rows.prompts();
        List<ResponsesRequest> all = IntStream.range(0, prompts.size())
                .mapToObj(index -> template.toBuilder()
                        .index(index)
                        .userPrompt(prompts.get(index))
                        .buildUnchecked())
                .toList();
        checkCommon(name, all, hint);
        IntStream.range(0, all.size()).forEach(index -> rows.id(index).ifPresent(id -> customIds.put(index, id)));
        return all;
    }

    /** Finds a mistake in the common parameters, which would make every item fail. */
    private static void checkCommon(String name, List<ResponsesRequest> all, String hint) {
        ResponsesCheck.commonProblem(all).ifPresent(problem -> {
            throw new CliException(name + ": " + problem.message() + hint);
        });
    }

    private RequestFile requests(InputStream in, ResponsesRequest template) {
        return inputFormat == InputFormat.LINES ? RequestFile.ofPrompts(in, template) : new RequestFile(in, template);
    }

    private ResponsesRequest template(@Nullable String model) {
        var template = ResponsesRequest.builder()
                .model(model)
                .systemPrompt(systemPrompt == null ? null : InputFiles.textOrFile(systemPrompt));
        parameters.addTo(template);
        ResponsesRequest request = template.buildUnchecked();
        JsonNode format = tables.responseFormat();
        if (format == null) {
            return request;
        }
        if (request.responseFormat() != null) {
            throw new CliException("--schema and --response-format cannot be used together: remove one of them.");
        }
        return template.responseFormat(format).validateOutput(true).buildUnchecked();
    }

    private static <T> List<T> first(int limit, Iterator<T> all) {
        List<T> first = new ArrayList<>();
        while (first.size() < limit && all.hasNext()) {
            first.add(all.next());
        }
        return first;
    }

    private InputStream open(Cli cli) {
        String file = input.file();
        if (STDIN.equals(file)) {
            return cli.in();
        }
        if (Files.isDirectory(Path.of(file))) {
            throw new CliException(file + " is a directory: give a file. (To convert a directory of documents to"
                    + " text, use: genai run documents " + file + ")");
        }
        try {
            return Files.newInputStream(Path.of(file));
        } catch (IOException e) {
            throw InputFiles.unreadable(Path.of(file), e);
        }
    }
}

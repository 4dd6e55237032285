package io.github.genaistreams.cli.option;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.check.ResponsesCheck;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.table.PromptTemplate;
import io.github.genaistreams.cli.table.Table;
import io.github.genaistreams.model.ResponsesRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How the rows of a table become requests. */
final class TableOptions {

    @Option(
            names = "--prompt",
            paramLabel = "TEXT",
            description = "Prompt for each row of a table (CSV with a header, or one JSON object per line). {{column}}"
                    + " stands for the value of a column. @FILE reads the prompt from a file.")
    private @Nullable String prompt;

    @Option(
            names = "--id",
            paramLabel = "COLUMN",
            description = "Column with the ID of each row. It becomes the custom_id and must be unique.")
    private @Nullable String id;

    @Option(
            names = "--schema",
            paramLabel = "FILE",
            description = "File with the JSON schema of the answers. Each answer is checked against it, and its"
                    + " properties become columns.")
    private @Nullable Path schema;

    @Option(
            names = "--skip-empty",
            description = "Skip rows that have no value for the prompt. Without this option, such a table is refused.")
    private boolean skipEmpty;

    /** The properties of {@code --schema}, in order. */
    private List<String> properties = List.of();

    /** @throws CliException if an option for a table is given without a table */
    boolean isGiven() {
        String other = id != null ? "--id" : schema != null ? "--schema" : skipEmpty ? "--skip-empty" : null;
        if (prompt == null && other != null) {
            throw new CliException(other + " needs a table: give the prompt of each row with --prompt, for example"
                    + " --prompt \"Summarise: {{text}}\".");
        }
        return prompt != null;
    }

    /** How the rows become requests. Call it only if {@link #isGiven}. */
    Table.Use use(int limit) {
        String given = Objects.requireNonNull(prompt);
        return new Table.Use(new PromptTemplate(InputFiles.textOrFile(given)), id, limit, skipEmpty);
    }

    List<String> properties() {
        return properties;
    }

    /** The format of the answers; null for a text. */
    @Nullable
    JsonNode responseFormat() {
        if (schema == null) {
            return null;
        }
        JsonNode given = InputFiles.json("--schema", schema, InputFiles.OBJECT);
        if (!given.path("properties").isObject() || given.path("properties").isEmpty()) {
            throw new CliException("--schema: " + schema + " must be the JSON schema of an object, with properties."
                    + " (For a complete response format, use --response-format.)");
        }
        properties = new ArrayList<>();
        given.path("properties").fieldNames().forEachRemaining(properties::add);
        // Strict mode if the API accepts the schema in it. Otherwise, the check of the answers finds violations.
        JsonNode strict = format(given, true);
        var probe = ResponsesRequest.builder().model("any").userPrompt("any").responseFormat(strict);
        return ResponsesCheck.firstProblem(probe.buildUnchecked()).isEmpty() ? strict : format(given, false);
    }

    private static JsonNode format(JsonNode schema, boolean strict) {
        ObjectNode format = JsonNodeFactory.instance.objectNode();
        return format.put("type", "json_schema")
                .put("name", "answer")
                .put("strict", strict)
                .set("schema", schema);
    }
}

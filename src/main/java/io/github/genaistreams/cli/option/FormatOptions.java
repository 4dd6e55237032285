package io.github.genaistreams.cli.option;

import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.output.ResultPrinter;
import io.github.genaistreams.cli.table.AnswerTable;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The form of printed results. */
public final class FormatOptions {

    @Option(
            names = "--format",
            paramLabel = "FORM",
            description = {
                "text: for people; continuation lines of an answer are indented. lines: one line per result with the"
                        + " index, ok or failed, and the answer, separated by tabs; \\n, \\r, \\t and \\\\ are"
                        + " escapes. jsonl: one JSON object per result. csv: one row per result. openai-batch: the"
                        + " format of OpenAI's Batch API. reference: one JSON object with all results (for documents,"
                        + " one list), with raw_response as a string and the error's fields beside the others, as in"
                        + " Python batch libraries. Default: text."
            })
    private ResultPrinter.@Nullable Format format;

    @Option(names = "--json", description = "Same as --format jsonl.")
    private boolean json;

    @Option(
            names = "--csv-raw",
            description = "Write CSV cells unchanged. Without this option, a cell that begins with = + - @ or a"
                    + " control character gets a leading ' unless it is a number, so that no spreadsheet runs it as a"
                    + " formula.")
    private boolean csvRaw;

    public boolean json() {
        return json;
    }

    /**
     * Call it before anything is done.
     *
     * @throws CliException if one of the options would have no effect
     */
    public void check() {
        if (json && format != null && format != ResultPrinter.Format.JSONL) {
            throw new CliException("--json and --format cannot be used together: remove one of them.");
        }
        checkRaw(format() == ResultPrinter.Format.CSV);
    }

    public ResultPrinter.Form form() {
        return new ResultPrinter.Form(format() == null ? ResultPrinter.Format.TEXT : format(), csvRaw);
    }

    /**
     * The form of a table with answers. Call it before anything is done.
     *
     * @param output     the file to write; null for stdout
     * @param isCsv      whether the input table is CSV
     * @param properties properties of structured answers
     * @throws CliException if the format is not one of a table, or an option would have no effect
     */
    public AnswerTable.Form ofTable(@Nullable Path output, boolean isCsv, List<String> properties) {
        ResultPrinter.Format given = format();
        boolean csv;
        if (given != null) {
            if (given != ResultPrinter.Format.CSV && given != ResultPrinter.Format.JSONL) {
                throw new CliException("--format " + given + ": for a table, use csv or jsonl.");
            }
            csv = given == ResultPrinter.Format.CSV;
        } else {
            String name = output == null ? "" : output.toString().toLowerCase(Locale.ROOT);
            csv = isCsv ? !name.matches(".*\\.(jsonl|ndjson)") : name.endsWith(".csv");
        }
        checkRaw(csv);
        return new AnswerTable.Form(csv, csvRaw, properties);
    }

    private void checkRaw(boolean csv) {
        if (csvRaw && !csv) {
            throw new CliException("--csv-raw needs --format csv.");
        }
    }

    private ResultPrinter.@Nullable Format format() {
        return json ? ResultPrinter.Format.JSONL : format;
    }
}

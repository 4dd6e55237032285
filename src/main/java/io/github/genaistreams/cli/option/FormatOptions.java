package io.github.genaistreams.cli.option;

import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.output.ResultPrinter;
import picocli.CommandLine.Option;

/** The form of printed results. */
public final class FormatOptions {

    @Option(
            names = "--format",
            paramLabel = "FORM",
            defaultValue = "text",
            description = {
                "text: for people; further lines of an answer are indented. lines: a line per result, made of index, ok or"
                        + " failed, and the answer, with a tab between; \\n, \\r, \\t and \\\\ stand for what would break it."
                        + " jsonl: a JSON object per result. csv: a row per result. openai-batch: as OpenAI's Batch API"
                        + " writes them. reference: all in one JSON object (of documents, one list) with raw_response as a text"
                        + " and the error's fields beside the others, as batch libraries in Python return them. Default: text."
            })
    private ResultPrinter.Format format;

    @Option(names = "--json", description = "The same as --format jsonl.")
    private boolean json;

    @Option(
            names = "--csv-raw",
            description =
                    "With --format csv: cells as they are. Without this, a cell that begins with = + - @ or a control"
                            + " character, and is no number, gets a ' in front, so that no spreadsheet runs it as a formula.")
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
        if (json && format != ResultPrinter.Format.TEXT && format != ResultPrinter.Format.JSONL) {
            throw new CliException("--json and --format exclude each other: leave out one of the two.");
        }
        if (csvRaw && (json || format != ResultPrinter.Format.CSV)) {
            throw new CliException("--csv-raw is for --format csv only.");
        }
    }

    public ResultPrinter.Form form() {
        return new ResultPrinter.Form(json ? ResultPrinter.Format.JSONL : format, csvRaw);
    }
}

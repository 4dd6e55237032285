package io.github.genaistreams.cli.output;

import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.client.OpenAiBatchOutput;
import io.github.genaistreams.client.content.DocumentContents;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.wire.Topics;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes results: as text, as a table, or as JSON in this program's own format, in that of OpenAI's Batch API, or in that
 * of a Python library.
 */
public final class ResultPrinter {

    /** Form of a printed result. */
    public enum Format {
        TEXT,
        LINES,
        JSONL,
        CSV,
        OPENAI_BATCH,
        REFERENCE;

        /** As written on the command line. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * A form with its options.
     *
     * @param csvRaw whether cells of a table stay unchanged
     */
    public record Form(Format format, boolean csvRaw) {
        public static Form of(Format format) {
            return new Form(format, false);
        }
    }

    private final PrintStream out;
    private final Form form;
    private final Paint paint;
    private final int width;
    private final JsonOutput json;
    private boolean begun;

    /** @param width columns of the terminal; 0 if {@code out} is not a terminal, so that no line is wrapped */
    public ResultPrinter(PrintStream out, Form form, Paint paint, int width) {
        this.out = out;
        this.form = form;
        this.paint = paint;
        this.width = width;
        this.json = form.format() == Format.REFERENCE ? JsonOutput.reference(out) : JsonOutput.lines(out);
    }

    /** @param item the submitter's labels of the item */
    public void print(CallResult result, ItemLabels item) {
        if (form.format() == Format.CSV && !begun) {
            out.println(CsvRow.head());
        }
        begun = true;
        switch (form.format()) {
            case JSONL, REFERENCE -> json.print(result, item);
            case LINES -> out.println(line(result));
            case OPENAI_BATCH -> out.println(OpenAiBatchOutput.line(result, Optional.ofNullable(item.customId())));
            case CSV ->
                out.println(CsvRow.of(result, item.customId(), item.fileName()).line(form.csvRaw()));
            case TEXT -> out.println(text(result, item.title()));
        }
    }

    /**
     * Call it after the last result.
     *
     * @param ofDocuments the kind of results, in case there were none
     */
    public void end(boolean ofDocuments) {
        json.end(ofDocuments);
    }

    /** A line whose only tabs and line ending are the separators, whatever the answer contains. */
    private static String line(CallResult result) {
        String text = result.success() ? content(result) : failure(result);
        return result.index() + "\t" + (result.success() ? "ok" : "failed") + "\t" + Text.escaped(text);
    }

    /**
     * Further lines of an answer are indented, so that each index is easy to see. The submitter's label is a line
     * above.
     *
     * @param title may be empty
     */
    private String text(CallResult result, String title) {
        String index = "%4d".formatted(result.index());
        String gap = "\n" + " ".repeat(index.length() + 2);
        String text = result.success() ? Text.printable(content(result)) : Text.printable("FAILED " + failure(result));
        String shown = text.strip()
                .lines()
                .flatMap(line -> broken(line, width - gap.length()))
                .collect(Collectors.joining(gap));
        String name = title.isEmpty() ? "" : paint.faint(title) + gap;
        return paint.faint(index) + "  " + name + (result.success() ? shown : paint.red(shown));
    }

    private static String content(CallResult result) {
        if (result.api().equals(Topics.DOCUMENTS)) {
            return DocumentContents.of(result);
        }
        return result.outputText() == null ? "" : result.outputText();
    }

    private Stream<String> broken(String line, int room) {
        return width == 0 || line.length() <= room ? Stream.of(line) : Text.wrap(line, room).stream();
    }

    /** The text for a failure. */
    public static String failure(CallResult result) {
        CallError error = Objects.requireNonNull(result.error());
        String kind = error.code() == null ? error.type() : error.code();
        String status = error.httpStatus() == null ? "" : "HTTP " + error.httpStatus() + ", ";
        return "%s: %s (%s%s)".formatted(kind, error.message(), status, Text.count(result.attempts(), "attempt"));
    }
}

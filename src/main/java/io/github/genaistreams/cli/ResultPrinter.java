package io.github.genaistreams.cli;

import io.github.genaistreams.client.BatchResults;
import io.github.genaistreams.client.DocumentContents;
import io.github.genaistreams.client.OpenAiBatchOutput;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.wire.Topics;
import java.io.PrintStream;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes results: for people, or one JSON object per line, in our own form or in that of OpenAI's Batch API. */
final class ResultPrinter {

    /** Form of a printed result. */
    enum Format {
        TEXT,
        JSONL,
        CSV,
        OPENAI_BATCH;

        /** As it is written on the command line. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private final PrintStream out;
    private final Format format;
    private final Paint paint;
    private final int width;
    private boolean begun;

    /** @param width columns of the terminal that {@code out} is; 0 if it is none: then no line is broken */
    ResultPrinter(PrintStream out, Format format, Paint paint, int width) {
        this.out = out;
        this.format = format;
        this.paint = paint;
        this.width = width;
    }

    /** @param results where the result is from */
    void print(CallResult result, BatchResults results) {
        if (format == Format.CSV && !begun) {
            out.println(CsvRow.head());
        }
        begun = true;
        String fileName = results.fileName(result.index()).orElse(null);
        out.println(
                switch (format) {
                    case JSONL -> ResultJson.line(result, fileName);
                    case OPENAI_BATCH ->
                        OpenAiBatchOutput.line(result, results.customId(result.index()))
                                .toString();
                    case CSV ->
                        CsvRow.of(result, results.customId(result.index()).orElse(null), fileName)
                                .line();
                    case TEXT -> text(result, fileName);
                });
    }

    /** Further lines of an answer are indented, so that each index stands out; a document's name is a line above. */
    private String text(CallResult result, String fileName) {
        String index = "%4d".formatted(result.index());
        String gap = "\n" + " ".repeat(index.length() + 2);
        String text = result.success() ? Text.printable(content(result)) : Text.printable(failure(result));
        String shown = text.strip()
                .lines()
                .flatMap(line -> broken(line, width - gap.length()))
                .collect(Collectors.joining(gap));
        String name =
                fileName == null ? "" : paint.faint(Text.printable(fileName).replace('\n', ' ')) + gap;
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

    private static String failure(CallResult result) {
        CallError error = result.error();
        String kind = error.code() == null ? error.type() : error.code();
        String status = error.httpStatus() == null ? "" : "HTTP " + error.httpStatus() + ", ";
        return "FAILED %s: %s (%s%s)"
                .formatted(kind, error.message(), status, Text.count(result.attempts(), "attempt"));
    }
}

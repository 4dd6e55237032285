package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.cli.document.DocumentFiles;
import io.github.genaistreams.cli.document.Documents;
import io.github.genaistreams.cli.output.ItemLabels;
import io.github.genaistreams.cli.output.JsonOutput;
import io.github.genaistreams.client.content.DocumentContents;
import io.github.genaistreams.model.CallResult;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes the contents of documents to stdout or to separate files. */
final class DocumentPrinter implements RunOutput {

    private final Cli cli;
    private final Paint paint;
    private final @Nullable JsonOutput json;
    private final @Nullable DocumentFiles files;
    private final List<Documents.Source> sources;
    private int unwritten;

    /**
     * @param json    destination of the results as JSON; null for text
     * @param files   destination of the contents; null for stdout
     * @param sources the documents, by index
     */
    DocumentPrinter(
            Cli cli,
            Paint paint,
            @Nullable JsonOutput json,
            @Nullable DocumentFiles files,
            List<Documents.Source> sources) {
        this.cli = cli;
        this.paint = paint;
        this.json = json;
        this.files = files;
        this.sources = sources;
    }

    @Override
    public void print(CallResult result, ItemLabels item) {
        if (result.index() >= sources.size()) {
            cli.err()
                    .println("genai: the result with index %d is skipped: the last document of this run has index %d"
                            .formatted(result.index(), sources.size() - 1));
            return;
        }
        String name = sources.get(result.index()).name();
        if (json != null) {
            json.print(result, item.named(name));
        }
        if (result.success() && files != null) {
            write(files, result, name);
        } else if (result.success() && json == null) {
            printContent(result, name);
        } else if (result.error() != null && json == null) {
            (isBare() ? cli.err() : cli.out())
                    .println(head(result, name) + "  "
                            + paint.red(
                                    "FAILED " + Text.printable(result.error().message())));
        }
    }

    /** If one document cannot be written, the others, which are paid for, are still written. */
    private void write(DocumentFiles files, CallResult result, String name) {
        try {
            List<Path> written = files.write(result);
            if (json == null) {
                String pages = result.pageCount() == null ? "" : "  " + Text.count(result.pageCount(), "page");
                String targets = written.stream().map(Path::toString).collect(Collectors.joining(", "));
                cli.out().println(head(result, name) + " -> " + Text.printable(targets) + paint.faint(pages));
            }
        } catch (FileSystemException e) {
            unwritten++;
            cli.err()
                    .println("genai: %s: %s cannot be written: %s"
                            .formatted(Text.printable(name), Text.printable(e.getFile()), e.getReason()));
        }
    }

    private void printContent(CallResult result, String name) {
        String content = DocumentContents.of(result);
        if (!isBare()) {
            cli.out().println(head(result, name));
        }
        // An answer must not control the terminal. A file or another program gets it unchanged.
        String shown = cli.terminal().out() ? Text.printable(content) : content;
        cli.out().print(isBare() && shown.endsWith("\n") ? shown : shown + "\n");
    }

    private String head(CallResult result, String name) {
        return paint.faint("%4d".formatted(result.index())) + "  " + Text.printable(name);
    }

    /** {@code genai run documents report.pdf > report.md} writes only the report. */
    private boolean isBare() {
        return sources.size() == 1 && files == null && !cli.terminal().out();
    }

    @Override
    public int unwritten() {
        return unwritten;
    }

    @Override
    public void close() {
        if (json != null) {
            json.end(true);
        }
        cli.out().flush();
    }
}

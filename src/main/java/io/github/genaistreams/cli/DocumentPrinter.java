package io.github.genaistreams.cli;

import io.github.genaistreams.client.BatchResults;
import io.github.genaistreams.client.DocumentContents;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireFormat;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Writes what became of documents: to stdout, or one file for each. */
final class DocumentPrinter implements BatchRun.Output {

    private final PrintStream out;
    private final Paint paint;
    private final boolean json;
    private final Path directory;
    private final List<DocumentOptions.Source> sources;
    private final Set<Path> written = new HashSet<>();
    private final Set<Path> read = new HashSet<>();

    /**
     * @param json      each result as JSON in place of its content
     * @param directory where to put a file for each document, or null for stdout
     * @param sources   the documents, by index; no file of theirs is written to
     */
    DocumentPrinter(PrintStream out, Paint paint, boolean json, Path directory, List<DocumentOptions.Source> sources) {
        this.out = out;
        this.paint = paint;
        this.json = json;
        this.directory = directory;
        this.sources = sources;
        sources.stream()
                .map(DocumentOptions.Source::file)
                .filter(Objects::nonNull)
                .forEach(file -> read.add(real(file)));
    }

    @Override
    public void print(CallResult result, BatchResults from) {
        if (json) {
            out.println(new String(Codecs.CALL_RESULT.encode(result, WireFormat.JSON), StandardCharsets.UTF_8));
        }
        DocumentOptions.Source source = sources.get(result.index());
        String name = source.name();
        if (!result.success()) {
            if (!json) {
                out.println(paint.faint("%4d  ".formatted(result.index())) + name + "  "
                        + paint.red("FAILED " + Text.printable(result.error().message())));
            }
        } else if (directory != null) {
            Path file = file(source, result);
            try {
                Files.createDirectories(directory);
                Files.writeString(file, DocumentContents.of(result));
            } catch (IOException e) {
                throw new UncheckedIOException(file + " cannot be written", e);
            }
            if (!json) {
                out.println(paint.faint("%4d  ".formatted(result.index()))
                        + file
                        + paint.faint(result.pageCount() == null ? "" : "  " + Text.count(result.pageCount(), "page")));
            }
        } else if (!json) {
            out.println(paint.faint("%4d  %s".formatted(result.index(), name)));
            out.println(DocumentContents.of(result));
        }
    }

    /**
     * {@code report.pdf} becomes {@code report.md}; of two with one name, the second {@code report-2.md}. Nor is that a document's own
     * file: {@code page.html} beside itself becomes {@code page-2.html}.
     */
    private Path file(DocumentOptions.Source source, CallResult result) {
        String place = source.url() == null ? source.name() : source.url().replaceAll("[?#].*", "");
        String last = Path.of(place).getFileName().toString();
        String base = last.replaceAll("\\.[A-Za-z0-9]{1,5}$", "");
        String end = extension(result);
        Path file = directory.resolve(base + end);
        for (int n = 2; read.contains(real(file)) || !written.add(file); n++) {
            file = directory.resolve(base + "-" + n + end);
        }
        return file;
    }

    private static Path real(Path file) {
        try {
            return file.toRealPath();
        } catch (IOException notThere) {
            return file.toAbsolutePath().normalize();
        }
    }

    private static String extension(CallResult result) {
        if (result.jsonResponse() == null || result.jsonResponse().hasNonNull("extraction_schema_json")) {
            return ".json";
        }
        String first =
                result.jsonResponse().path("output_format").asText("json").split(",")[0];
        return switch (first) {
            case "markdown" -> ".md";
            case "json", "html", "chunks" -> ".html";
            default -> ".txt";
        };
    }

    @Override
    public void close() {
        out.flush();
    }
}

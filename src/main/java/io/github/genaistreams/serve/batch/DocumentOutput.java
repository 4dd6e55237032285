package io.github.genaistreams.serve.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.content.DocumentContents;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.serve.batch.Stored.StoredBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jspecify.annotations.Nullable;

/** The results of a batch of documents, in the order of the upload. Stateless. */
final class DocumentOutput {

    private DocumentOutput() {}

    /** A JSON object for each document. */
    static void lines(BatchClient client, StoredBatch batch, OutputStream out) throws IOException {
        try (BatchResults results = client.reattach(batch.id()).snapshot()) {
            while (results.hasNext()) {
                CallResult result = BatchOutput.next(results, batch);
                out.write(line(result, name(results, result)).toString().getBytes(UTF_8));
                out.write('\n');
            }
            BatchOutput.requireAll(results, batch);
        }
    }

    static ObjectNode line(CallResult result, @Nullable String name) {
        ObjectNode line = JsonNodeFactory.instance
                .objectNode()
                .put("index", result.index())
                .put("file_name", name)
                .put("success", result.success())
                .put("content", result.success() ? DocumentContents.of(result) : null);
        line.set("response", result.success() ? result.jsonResponse() : null);
        if (result.error() == null) {
            line.putNull("error");
        } else {
            line.putObject("error")
                    .put(
                            "code",
                            result.error().code() == null
                                    ? result.error().type()
                                    : result.error().code())
                    .put("message", result.error().message());
        }
        return line;
    }

    /** A file for each output format of each document, and {@code errors.jsonl} with the failures. */
    static void zip(BatchClient client, StoredBatch batch, OutputStream out) throws IOException {
        var errors = new StringBuilder();
        Set<String> names = new HashSet<>();
        names.add("errors.jsonl");
        // Not closed after a failure: a zip with its directory at the end would look complete.
        var zip = new ZipOutputStream(out, UTF_8);
        try (BatchResults results = client.reattach(batch.id()).snapshot()) {
            while (results.hasNext()) {
                CallResult result = BatchOutput.next(results, batch);
                String name = name(results, result);
                if (!result.success()) {
                    errors.append(line(result, name)).append('\n');
                    continue;
                }
                String base = free(safe(name), names);
                for (Map.Entry<String, String> file : contents(result).entrySet()) {
                    zip.putNextEntry(new ZipEntry(base + file.getKey()));
                    zip.write(file.getValue().getBytes(UTF_8));
                    zip.closeEntry();
                }
            }
            BatchOutput.requireAll(results, batch);
            if (!errors.isEmpty()) {
                zip.putNextEntry(new ZipEntry("errors.jsonl"));
                zip.write(errors.toString().getBytes(UTF_8));
                zip.closeEntry();
            }
            zip.finish();
        }
    }

    private static String name(BatchResults results, CallResult result) {
        return results.fileName(result.index()).orElse("document-" + result.index());
    }

    /** The contents by file name extension. If the answer has none of the known formats, the whole answer as JSON. */
    private static Map<String, String> contents(CallResult result) {
        JsonNode answer = Objects.requireNonNullElse(result.jsonResponse(), MissingNode.getInstance());
        Map<String, String> contents = new TreeMap<>();
        boolean isExtracted = answer.hasNonNull("extraction_schema_json");
        if (isExtracted) {
            contents.put(".json", DocumentContents.of(result));
        }
        put(contents, answer, "markdown", ".md");
        put(contents, answer, "html", ".html");
        put(contents, answer, "json", isExtracted ? ".tree.json" : ".json");
        put(contents, answer, "chunks", ".chunks.json");
        return contents.isEmpty() ? Map.of(".json", answer.toString()) : contents;
    }

    private static void put(Map<String, String> contents, JsonNode answer, String form, String ending) {
        if (answer.hasNonNull(form)) {
            contents.put(ending, text(answer.get(form)));
        }
    }

    private static String text(JsonNode content) {
        return content.isTextual() ? content.textValue() : content.toString();
    }

    /** A path without extension that stays below the directory into which the zip is unpacked. */
    private static String safe(String name) {
        var parts = new StringBuilder();
        for (Iterator<String> each =
                        java.util.Arrays.stream(name.split("[/\\\\]+")).iterator();
                each.hasNext(); ) {
            String part = each.next().replaceAll("[\\p{Cntrl}:*?\"<>|]", "_").strip();
            if (!part.isEmpty() && !part.equals(".") && !part.equals("..")) {
                parts.append(parts.isEmpty() ? "" : "/").append(part);
            }
        }
        int dot = parts.lastIndexOf(".");
        String base = dot > parts.lastIndexOf("/") + 1 ? parts.substring(0, dot) : parts.toString();
        return base.isEmpty() ? "document" : base;
    }

    /** Compares in lower case: on some file systems, Report and report are the same file. */
    private static String free(String base, Set<String> taken) {
        String name = base;
        for (int n = 2; !taken.add(name.toLowerCase(Locale.ROOT)); n++) {
            name = base + "-" + n;
        }
        return name;
    }
}

package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A document that was submitted.
 *
 * @param kind   the endpoint: {@code marker}, {@code convert} or {@code extract}
 * @param fields of the form
 * @param file   empty if the form has only the document's URL
 */
record DocumentUpload(String kind, Map<String, String> fields, Optional<Path> file) {

    private static final List<String> FORMATS = List.of("json", "html", "markdown", "chunks");

    Optional<Fault> fault() {
        return Optional.ofNullable(fields.get("sandbox_fault")).flatMap(Fault::named);
    }

    boolean isLargerThan(long bytes) {
        try {
            return file.isPresent() && Files.size(file.get()) > bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * What is wrong with the form, as the body of a 422. Empty if nothing is.
     *
     * @see <a href="https://documentation.datalab.to/api-reference/marker">Datalab's reference</a>
     */
    Optional<ObjectNode> mistake() {
        long sources = Stream.of(file.isPresent(), fields.containsKey("file_url"), fields.containsKey("checkpoint_id"))
                .filter(given -> given)
                .count();
        if (sources != 1) {
            return mistake("file", "Exactly one of file and file_url is required");
        }
        if (fields.containsKey("sandbox_fault") && fault().isEmpty()) {
            return mistake("sandbox_fault", "The sandbox knows no such fault");
        }
        if (kind.equals("extract") && !fields.containsKey("page_schema")) {
            return mistake("page_schema", "Field required");
        }
        boolean isKnown = Stream.of(
                        fields.getOrDefault("output_format", "markdown").split(","))
                .map(String::strip)
                .allMatch(FORMATS::contains);
        return isKnown ? Optional.empty() : mistake("output_format", "Input should be markdown, html, json or chunks");
    }

    private static Optional<ObjectNode> mistake(String field, String message) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ObjectNode error =
                body.putArray("detail").addObject().put("type", "value_error").put("msg", message);
        error.putArray("loc").add("body").add(field);
        return Optional.of(body);
    }

    /** The result, good or bad. Fails only if this is no document at all. Blocking. */
    ObjectNode convert() throws DocumentPages.UnsupportedException {
        try {
            if (file.isPresent()) {
                return DocumentResult.of(DocumentPages.read(file.get()), fields);
            }
            var page = List.of("Content of " + fields.getOrDefault("file_url", fields.get("checkpoint_id")));
            return DocumentResult.of(new DocumentPages.Content(List.of(page), false), fields);
        } catch (IOException | RuntimeException e) {
            return failed(String.valueOf(e.getMessage()), "VALIDATION");
        }
    }

    static ObjectNode failed(String error, String where) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("status", "complete")
                .put("success", false)
                .put("error", error)
                .put("error_in", where)
                .put("page_count", 0);
    }

    void delete() {
        if (file.isPresent()) {
            try {
                Files.deleteIfExists(file.get());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

package io.github.genaistreams.provider.datalab;

import io.github.genaistreams.check.DocumentCheck;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.DocumentRules;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * An operation of the API on a document, and its parameters. An endpoint ignores parameters that it does not know, and
 * bills the call, so such a request is refused before it is sent. The first match decides:
 *
 * <pre>
 *   datalab.api.url ends with /ocr, /track-changes    that one
 *   it ends with /marker, and the request has nothing
 *   that only newer endpoints know: a checkpoint, a
 *   stored schema, a rubric                           /marker, which converts, extracts and divides at once
 *   the request divides the document                  /segment beside it
 *   the request has a schema or a checkpoint          /extract beside it
 *   any other                                         /convert beside it
 * </pre>
 *
 * @see <a href="https://documentation.datalab.to">Datalab's documentation, "API Reference"</a>
 */
enum Endpoint {
    /** The oldest endpoint. The API calls it deprecated. */
    MARKER("marker", Set.of()),
    CONVERT("convert", Set.of()),
    EXTRACT("extract", Set.of()),
    SEGMENT("segment", Set.of()),
    /** Lines of text with their positions. The API calls it deprecated. */
    OCR("ocr", Set.of("max_pages", "page_range", "skip_cache")),
    /** Insertions, deletions and comments in a word-processor document. */
    TRACK_CHANGES(
            "track-changes",
            Set.of("file_url", "output_format", "max_pages", "page_range", "paginate", "skip_cache", "webhook_url"));

    private static final Pattern LAST_PART = Pattern.compile("/(marker|convert|extract|segment|ocr|track-changes)$");

    private final String name;

    /** Its form fields, without the file and {@code extra_fields}. Empty for the fields of a conversion. */
    private final Set<String> fields;

    Endpoint(String name, Set<String> fields) {
        this.name = name;
        this.fields = fields;
    }

    /** @param base the path of {@code datalab.api.url} */
    static Endpoint of(String base, DocumentRequest request) {
        for (Endpoint fixed : new Endpoint[] {OCR, TRACK_CHANGES}) {
            if (trimmed(base).endsWith("/" + fixed.name)) {
                return fixed;
            }
        }
        boolean isForSuccessors =
                request.checkpointId() != null || request.schemaId() != null || request.evalRubricId() != null;
        if (trimmed(base).endsWith("/" + MARKER.name) && !isForSuccessors) {
            return MARKER;
        }
        if (request.segmentationSchema() != null) {
            return SEGMENT;
        }
        return request.extracts() || request.checkpointId() != null ? EXTRACT : CONVERT;
    }

    /** Its URL path. */
    String path(String base) {
        return LAST_PART.matcher(trimmed(base)).replaceFirst("") + "/" + name;
    }

    private static String trimmed(String base) {
        int end = base.length();
        while (end > 0 && base.charAt(end - 1) == '/') {
            end--;
        }
        return base.substring(0, end);
    }

    /** Whether it takes the fields of a conversion, such as output format and mode. */
    boolean converts() {
        return fields.isEmpty();
    }

    /** Removes the fields that it does not take. */
    void select(Map<String, String> form) {
        if (!converts()) {
            form.keySet().retainAll(fields);
        }
    }

    /** The first field of the request that it would ignore. */
    Optional<CallError> problem(DocumentRequest request) {
        if (this == SEGMENT && request.extracts()) {
            return DocumentRules.problem(
                    "segmentation_schema",
                    "and page_schema need two calls of this API (datalab.api.url): use two requests");
        }
        if ((this == SEGMENT || this == EXTRACT) && request.evalRubricId() != null) {
            return DocumentRules.problem(
                    "eval_rubric_id",
                    "evaluates a conversion, but this request goes to /" + name + ": use two requests");
        }
        if (converts()) {
            return Optional.empty();
        }
        Optional<String> stranger = DocumentForm.given(request).keySet().stream()
                .filter(field -> !fields.contains(field))
                .findFirst();
        if (stranger.isPresent()) {
            return DocumentRules.problem(
                    stranger.get(),
                    "is not supported by /" + name + " (datalab.api.url): remove it, or use another credential");
        }
        return this == TRACK_CHANGES
                        && request.outputFormat() != null
                        && DocumentCheck.formats(request).contains("json")
                ? DocumentRules.problem(
                        "output_format",
                        "has a format that /track-changes does not support: use markdown, html or chunks")
                : Optional.empty();
    }
}

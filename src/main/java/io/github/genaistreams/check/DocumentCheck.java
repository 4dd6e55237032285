package io.github.genaistreams.check;

import static io.github.genaistreams.model.DocumentRules.problem;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.DocumentBytes;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.DocumentRules;
import io.github.genaistreams.store.DocumentStore;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Problems of a request that can be found before a document is submitted and paid for. No side effects. */
public final class DocumentCheck {

    private static final Set<String> FORMATS = Set.of("json", "html", "markdown", "chunks");
    private static final Pattern FIELD = Pattern.compile("[\\w.\\[\\]-]{1,100}");

    private DocumentCheck() {}

    /** The problem of the common parameters, for any document. */
    public static Optional<CallError> commonProblem(DocumentRequest common) {
        return firstProblem(common.toBuilder()
                        .document((DocumentBytes) null)
                        .fileUrl("https://example.org/any")
                        .documentRef(null)
                        .checkpointId(null)
                        .buildUnchecked())
                // For all documents it is not a guess, but a mistake.
                .or(() -> DocumentRules.expectedPages(common));
    }

    /** The forms that are requested from the API. */
    public static List<String> formats(DocumentRequest request) {
        List<String> formats = FormValues.words(request.outputFormat());
        return formats.isEmpty() ? List.of(DocumentRequest.DEFAULT_OUTPUT_FORMAT) : formats;
    }

    /**
     * The first problem. {@code expected_pages} is a guess about a document and is never sent, so it cannot be wrong.
     */
    public static Optional<CallError> firstProblem(DocumentRequest request) {
        return DocumentRules.firstProblem(request)
                .or(() -> reference(request.documentRef()))
                .or(() -> unknownFormat(request))
                .or(() -> pageSchema(request.pageSchema()))
                .or(() -> object("segmentation_schema", request.segmentationSchema()))
                .or(() -> extras(request.extras()))
                .or(() -> object("additional_config", request.additionalConfig()))
                .or(() -> extraFields(request.extraFields()));
    }

    private static Optional<CallError> reference(@Nullable String documentRef) {
        return documentRef == null || DocumentStore.isReference(documentRef)
                ? Optional.empty()
                : problem(
                        "document_ref",
                        "is not a reference of the document store: use sha256/ and 64 hexadecimal digits");
    }

    private static Optional<CallError> unknownFormat(DocumentRequest request) {
        List<String> formats = FormValues.words(request.outputFormat());
        if (request.outputFormat() != null && formats.isEmpty()) {
            return problem("output_format", "is not a string or a list of strings: use json, html, markdown or chunks");
        }
        return formats.stream()
                .filter(format -> !FORMATS.contains(format))
                .findFirst()
                .flatMap(format ->
                        problem("output_format", "has an unknown format: use json, html, markdown or chunks"));
    }

    private static Optional<CallError> pageSchema(@Nullable JsonNode pageSchema) {
        if (pageSchema == null) {
            return Optional.empty();
        }
        JsonNode schema = FormValues.object(pageSchema);
        if (schema == null) {
            return problem("page_schema", "is not a JSON object or a string with one: give a JSON schema");
        }
        return schema.path("properties").isObject()
                ? Optional.empty()
                : problem("page_schema", "has no properties: name the fields to extract");
    }

    private static Optional<CallError> extras(@Nullable JsonNode extras) {
        if (extras == null
                || FormValues.object(extras) != null
                || !FormValues.words(extras).isEmpty()) {
            return Optional.empty();
        }
        return problem("extras", "is not a comma-separated string, a list of strings or an object");
    }

    private static Optional<CallError> object(String field, @Nullable JsonNode value) {
        return value == null || FormValues.object(value) != null
                ? Optional.empty()
                : problem(field, "is not a JSON object: give names with their values");
    }

    /** Their names are also in headers. */
    private static Optional<CallError> extraFields(@Nullable JsonNode fields) {
        ObjectNode names = FormValues.object(fields);
        if (names == null) {
            return object("extra_fields", fields);
        }
        return names.properties().stream()
                        .allMatch(field -> FIELD.matcher(field.getKey()).matches())
                ? Optional.empty()
                : problem(
                        "extra_fields",
                        "has an invalid name for a form field: use at most 100 letters, digits, underscores, hyphens,"
                                + " dots and brackets");
    }
}

package io.github.genaistreams.cli.document;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.github.genaistreams.check.DocumentCheck;
import io.github.genaistreams.client.content.DocumentContents;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.DocumentRequest;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The files of one document, by the requested output formats: {@code .md}, {@code .html}, and {@code .json} for extracted
 * data, the tree of blocks or chunks. If several are JSON, the later ones are {@code .tree.json} and
 * {@code .chunks.json}.
 */
public final class DocumentForms {

    private static final String EXTRACTED = "extraction_schema_json";
    private static final String JSON = ".json";

    /** File name extensions by the answer's fields. */
    private final Map<String, String> endings = new LinkedHashMap<>();

    public DocumentForms(DocumentRequest request) {
        boolean extracts = request.pageSchema() != null || request.schemaId() != null;
        if (extracts) {
            endings.put(EXTRACTED, JSON);
        }
        // A schema without an output format means that only the extracted data is wanted.
        if (request.outputFormat() != null || !extracts) {
            DocumentCheck.formats(request).forEach(form -> endings.putIfAbsent(form, ending(form)));
        }
    }

    private String ending(String form) {
        return switch (form) {
            case "markdown" -> ".md";
            case "html" -> ".html";
            default -> !endings.containsValue(JSON) ? JSON : form.equals("json") ? ".tree.json" : "." + form + JSON;
        };
    }

    /** All extensions that a document may get. */
    Collection<String> endings() {
        Set<String> all = new LinkedHashSet<>(endings.values());
        all.add(JSON);
        return all;
    }

    /**
     * The contents by extension. If the answer has none of the requested formats, or only empty texts, the whole answer is
     * the content, so that nothing is lost.
     */
    Map<String, String> of(CallResult result) {
        JsonNode answer = Objects.requireNonNullElse(result.jsonResponse(), MissingNode.getInstance());
        Map<String, String> contents = new LinkedHashMap<>();
        endings.forEach((form, ending) -> {
            if (answer.hasNonNull(form)) {
                contents.put(ending, form.equals(EXTRACTED) ? DocumentContents.of(result) : text(answer.get(form)));
            }
        });
        if (contents.values().stream().allMatch(String::isEmpty)) {
            String first = endings.values().iterator().next();
            boolean hasPages =
                    answer.path("pages").isArray() && List.of(".md", ".html").contains(first);
            contents.put(hasPages ? first : JSON, hasPages ? DocumentContents.of(result) : answer.toString());
        }
        return contents;
    }

    private static String text(JsonNode content) {
        return content.isTextual() ? content.textValue() : content.toString();
    }
}

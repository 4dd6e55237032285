package io.github.genaistreams.client.content;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.CallResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * One text per document, for a reader who needs only its content. The first of these that is not empty:
 *
 * <pre>
 *   an extraction by a schema     what was extracted, as JSON
 *   json                          the HTML of its pages, joined by line feeds
 *   html, markdown                itself
 *   chunks                        the HTML of its blocks, joined by line feeds
 *   pages                         the HTML, Markdown, text or lines of each, joined by line feeds
 *   anything else                 the whole answer as JSON: an empty text, too, and each shape that is not known here
 * </pre>
 *
 * So a success always has a text, and nothing is lost. A failed result, or one without an answer, has an empty text.
 *
 * <p>In the JSON form, a parent's HTML may contain only references to its children ({@code <content-ref src='…'>}).
 * They are resolved.
 *
 * @see <a href="https://github.com/datalab-to/marker">The JSON form, in marker's documentation</a>
 */
public final class DocumentContents {

    /** Each form is an empty text for an answer that does not have it. */
    private static final List<Function<JsonNode, String>> FORMS = List.of(
            answer -> extracted(answer.path("extraction_schema_json")),
            answer -> new BlockHtml(answer.path("json")).text(),
            answer -> plain(answer.path("html")),
            answer -> plain(answer.path("markdown")),
            answer -> joined(answer.path("chunks").path("blocks"), DocumentContents::text),
            answer -> joined(answer.path("pages"), DocumentContents::page));

    private DocumentContents() {}

    /** The content of one document. */
    public static String of(CallResult result) {
        JsonNode answer = result.jsonResponse();
        if (!result.success() || answer == null) {
            return "";
        }
        return FORMS.stream()
                .map(form -> form.apply(answer))
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElseGet(answer::toString);
    }

    /** The contents of several documents, in the same order. */
    public static List<String> of(List<CallResult> results) {
        return results.stream().map(DocumentContents::of).toList();
    }

    /** Parses a text that contains JSON. Any other text stays as it is. */
    private static String extracted(JsonNode value) {
        if (!value.isTextual()) {
            return value.isNull() ? "" : value.toString();
        }
        try {
            JsonNode told = OutputJson.MAPPER.readTree(value.textValue());
            return told.isNull() ? "" : told.toString();
        } catch (JsonProcessingException e) {
            return value.textValue();
        }
    }

    private static String plain(JsonNode value) {
        return value.isTextual() ? value.textValue() : "";
    }

    /** The text of a block or a page: the first of its forms that is not empty; empty if there is none. */
    static String text(JsonNode part) {
        return Stream.of("html", "markdown", "text")
                .map(form -> plain(part.path(form)))
                .filter(text -> !text.isEmpty())
                .findFirst()
                .orElse("");
    }

    /** A block in an unknown form stays as it is. */
    private static String page(JsonNode page) {
        if (page.isTextual()) {
            return page.textValue();
        }
        String text = text(page);
        // The page form of /ocr.
        text = text.isEmpty() ? joined(page.path("text_lines"), DocumentContents::text) : text;
        return text.isEmpty() && !page.isNull() ? page.toString() : text;
    }

    private static String joined(JsonNode parts, Function<JsonNode, String> text) {
        List<String> texts = new ArrayList<>();
        for (JsonNode part : parts) {
            String each = text.apply(part);
            if (!each.isEmpty()) {
                texts.add(each);
            }
        }
        return String.join("\n", texts);
    }
}

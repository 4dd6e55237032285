package io.github.genaistreams.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.CallResult;
import java.util.ArrayList;
import java.util.List;

/**
 * One text per document, for those who want no more than its content. The first that there is:
 *
 * <pre>
 *   a failed result               ""
 *   an extraction by a schema     what was extracted, as JSON
 *   json                          the HTML of its pages, joined by line feeds
 *   html, markdown                itself
 *   chunks                        the HTML of its blocks, joined by line feeds
 *   pages                         the HTML, Markdown or text of each, joined by line feeds
 *   html, markdown that is empty  "", as of a blank page
 *   anything else                 the whole answer as JSON, so that nothing is lost
 * </pre>
 *
 * In the JSON form a parent's HTML may hold only references to its children ({@code <content-ref src='…'>}); they are
 * resolved.
 *
 * @see <a href="https://github.com/datalab-to/marker">The JSON form, in marker's documentation</a>
 */
public final class DocumentContents {

    private DocumentContents() {}

    /** The content of one document; never null. */
    public static String of(CallResult result) {
        JsonNode answer = result.jsonResponse();
        if (!result.success() || answer == null) {
            return "";
        }
        if (answer.hasNonNull("extraction_schema_json")) {
            return extracted(answer.get("extraction_schema_json"));
        }
        if (answer.path("json").path("children").isArray()) {
            return html(answer.get("json"));
        }
        for (String form : List.of("html", "markdown")) {
            if (answer.path(form).isTextual() && !answer.get(form).asText().isEmpty()) {
                return answer.get(form).asText();
            }
        }
        if (answer.path("chunks").path("blocks").isArray()) {
            return joined(answer.get("chunks").get("blocks"), block -> block.path("html")
                    .asText(""));
        }
        if (answer.path("pages").isArray()) {
            return joined(answer.get("pages"), DocumentContents::page);
        }
        boolean isBlank =
                answer.path("html").isTextual() || answer.path("markdown").isTextual();
        return isBlank ? "" : answer.toString();
    }

    /** The contents of several documents, in their order, one for each. */
    public static List<String> of(List<CallResult> results) {
        return results.stream().map(DocumentContents::of).toList();
    }

    /** A text with JSON in it; as it is if it is none. */
    private static String extracted(JsonNode value) {
        if (!value.isTextual()) {
            return value.toString();
        }
        try {
            return OutputJson.MAPPER.readTree(value.asText()).toString();
        } catch (JsonProcessingException e) {
            return value.asText();
        }
    }

    private static String page(JsonNode page) {
        if (page.isTextual()) {
            return page.asText();
        }
        for (String form : List.of("html", "markdown", "text")) {
            if (page.path(form).isTextual()) {
                return page.get(form).asText();
            }
        }
        return page.toString();
    }

    private interface Text {
        String of(JsonNode part);
    }

    private static String joined(JsonNode parts, Text text) {
        List<String> texts = new ArrayList<>();
        for (JsonNode part : parts) {
            String each = text.of(part);
            if (!each.isEmpty()) {
                texts.add(each);
            }
        }
        return String.join("\n", texts);
    }

    private static String html(JsonNode document) {
        return new BlockHtml(document).text();
    }
}

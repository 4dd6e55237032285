package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The document API's answer, in the form that was asked for. The sandbox has prices of its own: hundredths of a cent
 * per page, by mode. The sum is rounded up to a whole cent.
 */
final class DocumentResult {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final int HUNDREDTHS_OF_A_CENT = 100;

    /** Marker's page break in Markdown: two line breaks, the page, 48 hyphens, two line breaks. */
    private static final String DELIMITER = "\n\n{%d}" + "-".repeat(48) + "\n\n";

    /** Marker's page break in HTML. JSON and chunks name the page of each block. */
    private static final String PAGE = "<div class='page' data-page-id='%d'>\n";

    private static final String LINE_BREAK = "  \n";

    private DocumentResult() {}

    /** @param fields of the form */
    static ObjectNode of(DocumentPages.Content content, Map<String, String> fields) {
        List<Integer> chosen = chosen(content.pages().size(), fields);
        ObjectNode result = JSON.objectNode().put("status", "complete").put("success", true);
        String formats = fields.getOrDefault("output_format", "markdown");
        result.put("output_format", formats);
        boolean paginate = "true".equals(fields.get("paginate"));
        for (String format : formats.split(",")) {
            switch (format.strip()) {
                case "json" -> result.set("json", json(content, chosen));
                case "html" -> result.put("html", html(content, chosen, paginate));
                case "chunks" -> result.set("chunks", chunks(content, chosen));
                default -> result.put("markdown", markdown(content, chosen, paginate));
            }
        }
        extraction(result, content, fields);
        result.set("images", images(content, fields));
        result.putObject("metadata").put("page_count", chosen.size());
        result.put("parse_quality_score", 4.5).put("runtime", 0.1);
        int cents = cents(chosen.size(), fields.getOrDefault("mode", "fast"));
        result.putNull("error").put("page_count", chosen.size()).put("total_cost", cents);
        result.putObject("cost_breakdown").put("list_cost_cents", cents).put("final_cost_cents", cents);
        return result;
    }

    /** The pages to convert, from 0: {@code page_range} wins over {@code max_pages}. */
    private static List<Integer> chosen(int pages, Map<String, String> fields) {
        var chosen = new TreeSet<Integer>();
        if (fields.containsKey("page_range")) {
            for (String part : fields.get("page_range").split(",")) {
                String[] ends = part.strip().split("-");
                int last = Integer.parseInt(ends[ends.length - 1]);
                for (int page = Integer.parseInt(ends[0]); page <= Math.min(last, pages - 1); page++) {
                    chosen.add(page);
                }
            }
        } else {
            int max = Integer.parseInt(fields.getOrDefault("max_pages", Integer.toString(pages)));
            for (int page = 0; page < Math.min(max, pages); page++) {
                chosen.add(page);
            }
        }
        return List.copyOf(chosen);
    }

    private static int cents(int pages, String mode) {
        int perPage =
                switch (mode) {
                    case "accurate" -> 60;
                    case "balanced" -> 40;
                    case "lite" -> 10;
                    default -> 20;
                };
        return (pages * perPage + HUNDREDTHS_OF_A_CENT - 1) / HUNDREDTHS_OF_A_CENT;
    }

    private static ObjectNode json(DocumentPages.Content content, List<Integer> chosen) {
        ObjectNode document = JSON.objectNode().put("block_type", "Document");
        ArrayNode pages = document.putArray("children");
        for (int page : chosen) {
            ObjectNode node =
                    pages.addObject().put("id", "/page/" + page + "/Page/0").put("block_type", "Page");
            ArrayNode blocks = JSON.arrayNode();
            var html = new StringBuilder();
            for (ObjectNode block : blocks(content, page)) {
                html.append("<content-ref src='")
                        .append(block.path("id").asText())
                        .append("'></content-ref>");
                blocks.add(block.putNull("children"));
            }
            node.put("html", html.toString()).set("children", blocks);
        }
        document.putObject("metadata");
        return document;
    }

    private static ObjectNode chunks(DocumentPages.Content content, List<Integer> chosen) {
        ObjectNode chunks = JSON.objectNode();
        ArrayNode blocks = chunks.putArray("blocks");
        chosen.forEach(page -> blocks(content, page).forEach(block -> blocks.add(block.put("page", page))));
        return chunks;
    }

    private static List<ObjectNode> blocks(DocumentPages.Content content, int page) {
        List<ObjectNode> blocks = new ArrayList<>();
        if (content.isImage()) {
            blocks.add(JSON.objectNode()
                    .put("id", "/page/" + page + "/Picture/0")
                    .put("block_type", "Picture")
                    .put("html", "<p><img src=\"page_" + page + ".png\"></p>"));
        }
        for (String paragraph : content.pages().get(page)) {
            blocks.add(JSON.objectNode()
                    .put("id", "/page/" + page + "/Text/" + blocks.size())
                    .put("block_type", "Text")
                    .put("html", "<p>" + escaped(paragraph) + "</p>"));
        }
        return blocks;
    }

    private static String html(DocumentPages.Content content, List<Integer> chosen, boolean paginate) {
        var html = new StringBuilder();
        for (int page : chosen) {
            html.append(paginate ? PAGE.formatted(page) : "");
            blocks(content, page)
                    .forEach(block -> html.append(block.path("html").asText()).append('\n'));
            html.append(paginate ? "</div>\n" : "");
        }
        return html.toString();
    }

    private static String markdown(DocumentPages.Content content, List<Integer> chosen, boolean paginate) {
        var markdown = new StringBuilder();
        for (int page : chosen) {
            if (paginate) {
                markdown.append(DELIMITER.formatted(page));
            } else if (!markdown.isEmpty()) {
                markdown.append("\n\n");
            }
            markdown.append(
                    content.isImage()
                            ? "![](page_" + page + ".png)"
                            : content.pages().get(page).stream()
                                    .map(paragraph -> paragraph.replace("\n", LINE_BREAK))
                                    .collect(Collectors.joining("\n\n")));
        }
        return markdown.toString();
    }

    private static void extraction(ObjectNode result, DocumentPages.Content content, Map<String, String> fields) {
        if (fields.containsKey("page_schema")) {
            try {
                JsonNode schema = SandboxExchange.JSON.readTree(fields.get("page_schema"));
                long digest = Draw.hash(content.pages().toString());
                result.put(
                        "extraction_schema_json",
                        SchemaExample.of(schema, new SplittableRandom(digest)).toString());
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException("page_schema is not JSON", e);
            }
        }
    }

    /** {@code sandbox_result_bytes} asks for an image of about that size. */
    private static ObjectNode images(DocumentPages.Content content, Map<String, String> fields) {
        ObjectNode images = JSON.objectNode();
        if ("true".equals(fields.get("disable_image_extraction"))) {
            return images;
        }
        if (content.isImage()) {
            images.put("page_0.png", "iVBORw0KGgo=");
        }
        if (fields.containsKey("sandbox_result_bytes")) {
            byte[] filler = new byte[Integer.parseInt(fields.get("sandbox_result_bytes")) / 4 * 3];
            images.put("filler.png", Base64.getEncoder().encodeToString(filler));
        }
        return images;
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\n", "<br>");
    }
}

package io.github.genaistreams.cli.table;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.Map;

/**
 * A row of a table.
 *
 * @param place where a user finds it: {@code row 2} of a spreadsheet whose header is row 1, or {@code line 2}
 * @param cells the cells by column, in the order of the file
 */
record TableRow(String place, Map<String, JsonNode> cells) {

    /** The cell as text; empty if there is none. Lists and objects are JSON. */
    String text(String column) {
        return text(cells.getOrDefault(column, MissingNode.getInstance()));
    }

    static String text(JsonNode cell) {
        if (cell.isMissingNode() || cell.isNull()) {
            return "";
        }
        return cell.isContainerNode() ? cell.toString() : cell.asText();
    }
}

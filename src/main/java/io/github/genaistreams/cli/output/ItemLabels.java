package io.github.genaistreams.cli.output;

import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.model.CallResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Labels that the submitter added to an item.
 *
 * @param headers from the submitter
 */
public record ItemLabels(
        @Nullable String customId, @Nullable String fileName, Map<String, String> headers) {

    private static final int MAX_HEADER_LENGTH = 80;

    /** The labels of the result taken last. */
    public static ItemLabels of(CallResult result, BatchResults results) {
        return new ItemLabels(
                results.customId(result.index()).orElse(null),
                results.fileName(result.index()).orElse(null),
                results.headers(result.index()));
    }

    public ItemLabels named(String fileName) {
        return new ItemLabels(customId, fileName, headers);
    }

    /** For a line of text; empty if there are none. */
    String title() {
        List<String> words = new ArrayList<>();
        if (customId != null) {
            words.add(line(customId));
        }
        if (fileName != null) {
            words.add(line(fileName));
        }
        headers.forEach((key, value) -> words.add(Text.shorten(key + "=" + value, MAX_HEADER_LENGTH)));
        return String.join("  ", words);
    }

    private static String line(String text) {
        return Text.printable(text).replace('\n', ' ');
    }
}

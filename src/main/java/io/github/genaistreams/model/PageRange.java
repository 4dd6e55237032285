package io.github.genaistreams.model;

import org.jspecify.annotations.Nullable;

/** The pages named by a text such as {@code 0,5-10,20}, as far as it can be parsed. */
final class PageRange {

    private PageRange() {}

    /**
     * Number of named pages, with repetitions.
     *
     * @param pages pages of the document, null if unknown; limits the count
     */
    static int count(String range, @Nullable Integer pages) {
        long count = 0;
        for (String part : range.split(",")) {
            count += size(part.strip());
        }
        long max = pages == null ? Integer.MAX_VALUE : Math.max(1, pages);
        return (int) Math.max(1, Math.min(count, max));
    }

    private static long size(String part) {
        int dash = part.indexOf('-', 1);
        try {
            return dash < 0
                    ? 1
                    : Math.max(
                            1L,
                            (long) Integer.parseInt(part.substring(dash + 1).strip())
                                    - Integer.parseInt(part.substring(0, dash).strip())
                                    + 1);
        } catch (NumberFormatException e) {
            // Such a request is refused before it is called; until then, it counts as something.
            return 1;
        }
    }
}

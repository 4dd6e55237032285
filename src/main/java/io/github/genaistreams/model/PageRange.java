package io.github.genaistreams.model;

/** The pages that a text such as {@code 0,5-10,20} names, as far as it can be read. */
final class PageRange {

    private PageRange() {}

    /**
     * How many pages are named, each once for each time.
     *
     * @param pages what the document has, or null if unknown: no more are counted then named
     */
    static int count(String range, Integer pages) {
        long count = 0;
        for (String part : range.split(",")) {
            count += size(part.strip());
        }
        long most = pages == null ? Integer.MAX_VALUE : Math.max(1, pages);
        return (int) Math.max(1, Math.min(count, most));
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
            // Refused before it is called; it counts as something until then.
            return 1;
        }
    }
}

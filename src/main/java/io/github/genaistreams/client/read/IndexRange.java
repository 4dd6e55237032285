package io.github.genaistreams.client.read;

import java.util.ArrayList;
import java.util.List;
import org.roaringbitmap.RoaringBitmap;

/**
 * Adjacent indexes of a batch; prints as {@code 7} or {@code 7-12}.
 *
 * @param first the first index, from 0
 * @param last  the last index, inclusive, not below {@code first}
 */
public record IndexRange(int first, int last) {

    public IndexRange {
        if (first < 0 || last < first) {
            throw new IllegalArgumentException("not a range of indexes: " + first + " to " + last);
        }
    }

    /** Number of indexes in the range. */
    public long size() {
        return last - first + 1L;
    }

    /** The indexes of a set, in ascending order. */
    public static List<IndexRange> of(RoaringBitmap indexes) {
        var ranges = new ArrayList<IndexRange>();
        for (long first = next(indexes, 0); first >= 0; ) {
            long past = nextAbsent(indexes, first);
            ranges.add(between(first, past));
            first = next(indexes, past);
        }
        return List.copyOf(ranges);
    }

    /** The indexes below {@code end} that are not in {@code seen}, in ascending order. */
    static List<IndexRange> missing(RoaringBitmap seen, long end) {
        var gaps = new ArrayList<IndexRange>();
        for (long first = nextAbsent(seen, 0); first < end; ) {
            long after = next(seen, first);
            long past = after < 0 || after > end ? end : after;
            gaps.add(between(first, past));
            first = nextAbsent(seen, past);
        }
        return List.copyOf(gaps);
    }

    private static IndexRange between(long first, long past) {
        return new IndexRange((int) first, (int) (past - 1));
    }

    /** The lowest index in the set that is not below {@code from}; -1 if there is none. */
    private static long next(RoaringBitmap indexes, long from) {
        return from > Integer.MAX_VALUE ? -1 : indexes.nextValue((int) from);
    }

    /**
     * The lowest index that is neither in the set nor below {@code from}; beyond the largest possible index if the set
     * has all others.
     */
    private static long nextAbsent(RoaringBitmap indexes, long from) {
        return from > Integer.MAX_VALUE ? from : indexes.nextAbsentValue((int) from);
    }

    @Override
    public String toString() {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }
}

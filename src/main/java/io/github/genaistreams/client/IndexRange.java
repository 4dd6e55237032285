package io.github.genaistreams.client;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Neighbouring indexes of a batch; prints as {@code 7} or {@code 7-12}.
 *
 * @param first the first index, from 0
 * @param last  the last index, itself included, not below {@code first}
 */
public record IndexRange(int first, int last) {

    public IndexRange {
        if (first < 0 || last < first) {
            throw new IllegalArgumentException("not a range of indexes: " + first + " to " + last);
        }
    }

    /** How many indexes the range has. */
    public int size() {
        return last - first + 1;
    }

    /** The indexes of a set, in ascending order. */
    static List<IndexRange> of(BitSet indexes) {
        var ranges = new ArrayList<IndexRange>();
        for (int first = indexes.nextSetBit(0); first >= 0; ) {
            int past = indexes.nextClearBit(first);
            ranges.add(new IndexRange(first, past - 1));
            first = indexes.nextSetBit(past);
        }
        return List.copyOf(ranges);
    }

    /** The indexes below {@code end} that {@code seen} does not have, in ascending order. */
    static List<IndexRange> missing(BitSet seen, int end) {
        var gaps = new ArrayList<IndexRange>();
        for (int first = seen.nextClearBit(0); first < end; ) {
            int after = seen.nextSetBit(first);
            int past = after < 0 || after > end ? end : after;
            gaps.add(new IndexRange(first, past - 1));
            first = seen.nextClearBit(past);
        }
        return List.copyOf(gaps);
    }

    @Override
    public String toString() {
        return first == last ? Integer.toString(first) : first + "-" + last;
    }
}

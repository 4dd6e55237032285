package io.github.genaistreams.topology.batch;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The error codes of a batch's failed results, numbered in the order of their first use, with the number of items for
 * each. There are few different codes; beyond {@value #MAX_CODES}, the others count as {@value #OTHER}. A code longer
 * than any API's is cut. Not thread-safe.
 */
final class FailureCodes {

    static final String OTHER = "other";
    private static final int MAX_CODES = 200;
    private static final int MAX_CODE_LENGTH = 200;
    private static final int FIRST = IndexChunk.SUCCEEDED + 1;

    private final List<String> codes;
    private final List<Long> counts;

    FailureCodes() {
        this(List.of(), List.of());
    }

    FailureCodes(List<String> codes, List<Long> counts) {
        this.codes = new ArrayList<>(codes);
        this.counts = new ArrayList<>(counts);
    }

    /** Counts one, and returns the number of its code. */
    byte add(String name) {
        String code = name.length() <= MAX_CODE_LENGTH ? name : name.substring(0, MAX_CODE_LENGTH);
        int at = codes.indexOf(code);
        if (at < 0 && codes.size() >= MAX_CODES) {
            at = codes.indexOf(OTHER);
        }
        if (at < 0) {
            at = codes.size();
            codes.add(codes.size() >= MAX_CODES ? OTHER : code);
            counts.add(0L);
        }
        counts.set(at, counts.get(at) + 1);
        return (byte) (FIRST + at);
    }

    /** Removes one that was counted. */
    void remove(byte state) {
        int at = (state & 0xff) - FIRST;
        if (at >= 0 && at < counts.size()) {
            counts.set(at, counts.get(at) - 1);
        }
    }

    /** Whether an item has this code now. */
    boolean has(String code) {
        int at = codes.indexOf(code);
        return at >= 0 && counts.get(at) > 0;
    }

    List<String> codes() {
        return codes;
    }

    List<Long> counts() {
        return counts;
    }

    /** Number of items with each code now; codes without items are left out. */
    Map<String, Long> byCode() {
        Map<String, Long> byCode = new TreeMap<>();
        for (int i = 0; i < codes.size(); i++) {
            if (counts.get(i) > 0) {
                byCode.put(codes.get(i), counts.get(i));
            }
        }
        return byCode;
    }
}

package io.github.genaistreams.model;

import java.util.Map;
import java.util.TreeMap;

/**
 * Sums of figures from outside, with names from outside. Their size is limited for any input, and they never overflow.
 */
final class Counts {

    /** Maximum number of names in a sum; further names count as {@value #OTHER}. */
    static final int MAX_NAMES = 100;

    /** Maximum characters of a name; the rest is cut. */
    static final int MAX_NAME_LENGTH = 200;

    static final String OTHER = "other";

    private Counts() {}

    /** The sum, or the largest number if the sum is larger. A negative figure is not a count, and adds nothing. */
    static long add(long left, long right) {
        long a = Math.max(0, left);
        long b = Math.max(0, right);
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    /** The sum of both for each name, sorted by name. */
    static Map<String, Long> add(Map<String, Long> left, Map<String, Long> right) {
        var sum = new TreeMap<String, Long>();
        left.forEach((name, count) -> add(sum, name, count));
        right.forEach((name, count) -> add(sum, name, count));
        return sum;
    }

    private static void add(TreeMap<String, Long> sum, String name, long count) {
        String known = name(name);
        sum.merge(sum.containsKey(known) || sum.size() < MAX_NAMES ? known : OTHER, Math.max(0, count), Counts::add);
    }

    /** The name, cut to the maximum length: a server may have chosen it. */
    static String name(String name) {
        if (name.length() <= MAX_NAME_LENGTH) {
            return name;
        }
        int end = Character.isHighSurrogate(name.charAt(MAX_NAME_LENGTH - 1)) ? MAX_NAME_LENGTH - 1 : MAX_NAME_LENGTH;
        return name.substring(0, end);
    }
}

package io.github.genaistreams.wire;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Finds the field that a misspelt name was meant to be. */
final class NearestName {

    /** More than two slips of the pen make another word. */
    private static final int FARTHEST = 2;

    private NearestName() {}

    /** {@code "; did you mean `temperature`?"}, or the list of known names if none is near. */
    static String hint(String name, Collection<String> known) {
        String folded = fold(name);
        return known.stream()
                .min(Comparator.comparingInt((String candidate) -> distance(folded, fold(candidate)))
                        .thenComparing(Comparator.naturalOrder()))
                .filter(nearest -> isNear(folded, fold(nearest)))
                .map(nearest -> "; did you mean `" + nearest + "`?")
                .orElseGet(() -> "; known fields: "
                        + String.join(", ", known.stream().sorted().toList()));
    }

    private static boolean isNear(String left, String right) {
        int distance = distance(left, right);
        return distance <= FARTHEST && distance * 2 < right.length();
    }

    /** {@code batchId} and {@code batch-id} are {@code batch_id} in another house style. */
    private static String fold(String name) {
        // A long name is near nothing; do not pay for measuring it.
        return name.length() > 64 ? "" : name.toLowerCase(Locale.ROOT).replaceAll("[_\\-. ]", "");
    }

    /** Edits of one character, or swaps of two neighbours, that turn one into the other. */
    private static int distance(String left, String right) {
        int[][] edits = new int[left.length() + 1][right.length() + 1];
        for (int i = 0; i <= left.length(); i++) {
            for (int j = 0; j <= right.length(); j++) {
                if (i == 0 || j == 0) {
                    edits[i][j] = i + j;
                    continue;
                }
                int change = left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1;
                int best = Math.min(edits[i - 1][j - 1] + change, Math.min(edits[i - 1][j], edits[i][j - 1]) + 1);
                boolean swapped = i > 1
                        && j > 1
                        && left.charAt(i - 1) == right.charAt(j - 2)
                        && left.charAt(i - 2) == right.charAt(j - 1);
                edits[i][j] = swapped ? Math.min(best, edits[i - 2][j - 2] + 1) : best;
            }
        }
        return edits[left.length()][right.length()];
    }
}

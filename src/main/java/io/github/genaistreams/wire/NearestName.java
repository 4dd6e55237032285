package io.github.genaistreams.wire;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Finds the field that a misspelt name probably means. */
final class NearestName {

    /** With more than two mistakes, it is another word. */
    private static final int MAX_MISTAKES = 2;

    private NearestName() {}

    /** {@code "; did you mean `temperature`?"}, or the list of known names if none is near. */
    static String hint(String name, Collection<String> known) {
        String folded = fold(name);
        return known.stream()
                .min(Comparator.comparingInt((String candidate) -> EditDistance.of(folded, fold(candidate)))
                        .thenComparing(Comparator.naturalOrder()))
                .filter(nearest -> isNear(folded, fold(nearest)))
                .map(nearest -> "; did you mean `" + nearest + "`?")
                .orElseGet(() -> "; known fields: "
                        + String.join(", ", known.stream().sorted().toList()));
    }

    private static boolean isNear(String left, String right) {
        int distance = EditDistance.of(left, right);
        return distance <= MAX_MISTAKES && distance * 2 < right.length();
    }

    /** {@code batchId} and {@code batch-id} are {@code batch_id} in another style. */
    private static String fold(String name) {
        // A long name is not near any field; the distance need not be computed.
        return name.length() > 64 ? "" : name.toLowerCase(Locale.ROOT).replaceAll("[_\\-. ]", "");
    }
}

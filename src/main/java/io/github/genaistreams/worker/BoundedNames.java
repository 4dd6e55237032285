package io.github.genaistreams.worker;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Label values that come from records. The writers of records must not be able to create any number of series. So only
 * known names are kept, and a limited number of names that have proved to be real. All others become {@value #OTHER}, and
 * so does a malformed name. Thread-safe.
 */
final class BoundedNames {

    static final String OTHER = "other";

    /** The label value for a missing name. */
    static final String NONE = "none";

    static final int MAX_NAMES = 100;

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._:/@+-]{1,100}");

    private final Set<String> kept = ConcurrentHashMap.newKeySet();
    private final int max;

    BoundedNames(Set<String> known) {
        kept.addAll(known);
        max = known.size() + MAX_NAMES;
    }

    /**
     * @param isReal whether the name is confirmed by someone other than the writer of the record; only then is it kept
     */
    String of(@Nullable String name, boolean isReal) {
        if (name == null) {
            return NONE;
        }
        if (isReal && !kept.contains(name)) {
            keep(name);
        }
        return kept.contains(name) ? name : OTHER;
    }

    private synchronized void keep(String name) {
        if (kept.size() < max && PLAIN.matcher(name).matches()) {
            kept.add(name);
        }
    }
}

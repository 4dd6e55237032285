package io.github.genaistreams.worker;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Names that come from records, as values of a label: whoever writes records must not be able to make any number of series. The names
 * that are known, and the first so many others that proved to be real, are kept; the rest is {@value #OTHER}, and so is what is no plain
 * name. Thread-safe.
 */
final class BoundedNames {

    static final String OTHER = "other";

    /** Where there is no name. */
    static final String NONE = "none";

    static final int MAX_NAMES = 100;

    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._:/@+-]{1,100}");

    private final Set<String> kept = ConcurrentHashMap.newKeySet();
    private final int most;

    BoundedNames(Set<String> known) {
        kept.addAll(known);
        most = known.size() + MAX_NAMES;
    }

    /**
     * @param name   null for none
     * @param isReal whether somebody else than the writer of the record knows the name: only then it may take a place
     */
    String of(String name, boolean isReal) {
        if (name == null) {
            return NONE;
        }
        if (isReal && !kept.contains(name)) {
            keep(name);
        }
        return kept.contains(name) ? name : OTHER;
    }

    private synchronized void keep(String name) {
        if (kept.size() < most && PLAIN.matcher(name).matches()) {
            kept.add(name);
        }
    }
}

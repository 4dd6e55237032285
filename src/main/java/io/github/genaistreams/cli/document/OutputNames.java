package io.github.genaistreams.cli.document;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Names of the files that documents become, without their endings: {@code report.pdf} becomes {@code report}; of two with one name,
 * the second {@code report-2}. Nor is that a document's own file: {@code page.html} beside itself becomes {@code page-2}. All are
 * made before anything is submitted, so that a name does not depend on what succeeds, and is the same in each run.
 */
final class OutputNames {

    /** Bytes that a file system takes for one name, as a rule. */
    private static final int MAX_BYTES = 255;

    private final Collection<String> endings;
    private final Set<Path> read = new HashSet<>();

    /** In lower case, since there are file systems for which Report and report are the same. */
    private final Set<String> taken = new HashSet<>();

    /** Where to begin to look, by the name asked for: thousands may be called the same. */
    private final Map<String, Integer> next = new HashMap<>();

    private final List<Path> names = new ArrayList<>();

    /**
     * @param directory where the files are to be
     * @param sources   the documents, by index; no file of theirs is written to
     * @param endings   that may be put after a name
     */
    OutputNames(Path directory, List<Documents.Source> sources, Collection<String> endings) {
        this.endings = endings;
        sources.stream()
                .map(Documents.Source::file)
                .filter(Objects::nonNull)
                .map(DocumentSearch::real)
                .forEach(read::add);
        for (Documents.Source source : sources) {
            for (Path above = source.place().getParent(); above != null; above = above.getParent()) {
                taken.add(key(directory.resolve(above)));
            }
        }
        sources.forEach(source -> names.add(free(directory, source.place())));
    }

    /** For the document at an index. */
    Path file(int index, String ending) {
        Path name = names.get(index);
        return name.resolveSibling(name.getFileName() + ending);
    }

    private Path free(Path directory, Path place) {
        Path in = place.getParent() == null ? directory : directory.resolve(place.getParent());
        String asked = key(in.resolve(place.getFileName()));
        for (int n = next.getOrDefault(asked, 1); ; n++) {
            String suffix = n == 1 ? "" : "-" + n;
            Path name = in.resolve(shortened(place.getFileName().toString(), suffix) + suffix);
            List<Path> files = endings.stream()
                    .map(ending -> name.resolveSibling(name.getFileName() + ending))
                    .toList();
            if (files.stream()
                    .noneMatch(file -> taken.contains(key(file)) || read.contains(DocumentSearch.real(file)))) {
                files.forEach(file -> taken.add(key(file)));
                next.put(asked, n + 1);
                return name;
            }
        }
    }

    private static String key(Path file) {
        return file.toString().toLowerCase(Locale.ROOT);
    }

    /** So much of a name as there is room for beside the rest. */
    private String shortened(String name, String suffix) {
        int room = MAX_BYTES
                - suffix.length()
                - endings.stream().mapToInt(String::length).max().orElse(0);
        String kept = name;
        while (kept.getBytes(UTF_8).length > room) {
            kept = kept.substring(0, kept.offsetByCodePoints(kept.length(), -1));
        }
        return kept;
    }
}

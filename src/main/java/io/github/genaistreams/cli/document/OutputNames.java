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
 * Names of the output files without extensions: {@code report.pdf} gives {@code report}; a second document of that name
 * gives {@code report-2}. A name never overwrites a document: {@code page.html} with its output beside it gives
 * {@code page-2}. All names are chosen before anything is submitted, so they do not depend on what succeeds, and are
 * the same in each run.
 */
final class OutputNames {

    /** Usual limit of file systems for one name, in bytes. */
    private static final int MAX_BYTES = 255;

    private final Collection<String> endings;
    private final Set<Path> read = new HashSet<>();

    /** In lower case: on some file systems, Report and report are the same file. */
    private final Set<String> taken = new HashSet<>();

    /** Where to continue the search for a free name: thousands of documents may have the same name. */
    private final Map<String, Integer> next = new HashMap<>();

    private final List<Path> names = new ArrayList<>();

    /**
     * @param directory the output directory
     * @param sources   the documents, by index; no output overwrites them
     * @param endings   extensions that may follow a name
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

    /** The file for the document at an index. */
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

    /** The name, shortened so that it fits together with its suffix. */
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

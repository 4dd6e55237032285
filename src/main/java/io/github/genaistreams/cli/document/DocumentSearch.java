package io.github.genaistreams.cli.document;

import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.option.InputFiles;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the files below a directory, or those that match a pattern. Names that begin with a dot are skipped, with
 * everything below them: nobody wants to pay for a {@code .git} or a {@code .Trash}. Links to directories are not
 * followed, except for the directory itself.
 */
final class DocumentSearch {

    private static final String SPECIAL = "[*?\\[{]";

    private final String argument;
    private final Path start;
    private final boolean directory;
    private final List<PathMatcher> matchers;
    private final int maxDepth;

    /**
     * @param files      sorted by name
     * @param unreadable directories that cannot be read, and why
     */
    record Found(List<Path> files, List<String> unreadable) {}

    private DocumentSearch(String argument, Path start, boolean directory, List<PathMatcher> matchers, int maxDepth) {
        this.argument = argument;
        this.start = start;
        this.directory = directory;
        this.matchers = matchers;
        this.maxDepth = maxDepth;
    }

    /** All files in a directory. */
    static DocumentSearch in(Path directory) {
        return new DocumentSearch(directory.toString(), directory, true, List.of(any -> true), Integer.MAX_VALUE);
    }

    static boolean isPattern(String argument) {
        return argument.matches(".*" + SPECIAL + ".*");
    }

    /** The files that match a pattern, as a shell understands it. */
    static DocumentSearch by(String argument) {
        String fixed = argument.replaceAll(SPECIAL + ".*", "");
        int slash = fixed.lastIndexOf('/') + 1;
        String pattern = argument.substring(slash).replaceAll("/+", "/");
        try {
            return new DocumentSearch(
                    argument,
                    Path.of(argument.substring(0, slash)),
                    false,
                    readings(pattern)
                            .map(each -> FileSystems.getDefault().getPathMatcher("glob:" + each))
                            .toList(),
                    depth(pattern));
        } catch (PatternSyntaxException e) {
            throw new CliException(argument + " is not a valid pattern: " + e.getDescription() + ".", e);
        }
    }

    /** In a shell, <code>**&#47;</code> matches zero or more directories; in Java, at least one. */
    private static Stream<String> readings(String pattern) {
        int any = pattern.indexOf("**/");
        return any < 0
                ? Stream.of(pattern)
                : readings(pattern.substring(any + 3))
                        .flatMap(rest ->
                                Stream.of(pattern.substring(0, any + 3) + rest, pattern.substring(0, any) + rest));
    }

    /** Maximum depth of a match below the start. Deeper directories need not be read. */
    private static int depth(String pattern) {
        boolean isOpen = pattern.contains("**") || pattern.matches(".*\\{[^}]*/.*");
        return isOpen ? Integer.MAX_VALUE : pattern.split("/").length;
    }

    Path start() {
        return start;
    }

    /** Whether this is a search for all files of a directory. */
    boolean isDirectory() {
        return directory;
    }

    /** Whether the search starts at this directory, even if it has another name there. */
    boolean isIn(Path other) {
        return real(start).equals(real(other));
    }

    /** @param outputs this directory is skipped, unless the whole search is inside it; null for none */
    Found run(@Nullable Path outputs) {
        var found = new Found(new ArrayList<>(), new ArrayList<>());
        if (Files.exists(start) || start.toString().isEmpty()) {
            look(start, 1, left(outputs), found);
        }
        Collections.sort(found.files());
        return found;
    }

    private void look(Path place, int depth, @Nullable Path outputs, Found found) {
        for (Path entry : entries(place, found)) {
            if (entry.getFileName().toString().startsWith(".")) {
                continue;
            }
            if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                if (depth < maxDepth && !(outputs != null && real(entry).equals(outputs))) {
                    look(entry, depth + 1, outputs, found);
                }
            } else if (Files.isRegularFile(entry) && fits(start.relativize(entry))) {
                found.files().add(entry);
            }
        }
    }

    private List<Path> entries(Path place, Found found) {
        try (Stream<Path> entries = Files.list(place)) {
            return entries.toList();
        } catch (IOException e) {
            if (place.equals(start)) {
                throw InputFiles.unreadable(start, e);
            }
            found.unreadable()
                    .add(place
                            + (e instanceof AccessDeniedException ? " (no permission)" : " (" + e.getMessage() + ")"));
            return List.of();
        }
    }

    private boolean fits(Path below) {
        return matchers.stream().anyMatch(matcher -> matcher.matches(below));
    }

    /** Whether {@link #run} would find a file at this path. */
    boolean finds(Path file, @Nullable Path outputs) {
        Path from = real(start);
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null) {
            return false;
        }
        Path target = real(parent).resolve(file.getFileName());
        if (!target.startsWith(from) || left(outputs) != null && target.startsWith(left(outputs))) {
            return false;
        }
        Path below = from.relativize(target);
        for (Path name : below) {
            if (name.toString().startsWith(".")) {
                return false;
            }
        }
        return fits(below);
    }

    /** The output directory, if it is below the start; null otherwise. */
    private @Nullable Path left(@Nullable Path outputs) {
        if (outputs == null) {
            return null;
        }
        Path from = real(start);
        Path there = real(outputs);
        return there.startsWith(from) && !there.equals(from) ? there : null;
    }

    /** With links resolved, even if the last part does not exist yet. */
    static Path real(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        try {
            return absolute.toRealPath();
        } catch (IOException notThere) {
            Path parent = absolute.getParent();
            return parent == null ? absolute : real(parent).resolve(absolute.getFileName());
        }
    }

    /** The search as written on the command line. */
    @Override
    public String toString() {
        return argument;
    }
}

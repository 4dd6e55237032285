package io.github.genaistreams.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A page for readers, in the part of Markdown that our pages use. */
public record DocPage(Path path, List<String> lines) {

    private static final Pattern LINK = Pattern.compile("\\[[^]]*]\\(([^)\\s]+)\\)");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    /** A fenced block. */
    record Block(String where, String language, String text) {

        @Override
        public String toString() {
            return where + " (" + language + ")";
        }
    }

    public static DocPage of(String path) {
        try {
            return new DocPage(Path.of(path), Files.readAllLines(Path.of(path)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Those at the top, and those in {@code docs}. */
    static List<DocPage> all() {
        try (Stream<Path> docs = Files.list(Path.of("docs"))) {
            return Stream.concat(
                            Stream.of("README.md", "CONTRIBUTING.md"),
                            docs.map(Path::toString)
                                    .filter(name -> name.endsWith(".md"))
                                    .sorted())
                    .map(DocPage::of)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    List<Block> blocks() {
        List<Block> blocks = new ArrayList<>();
        List<String> code = null;
        String where = null;
        String language = null;
        for (int line = 0; line < lines.size(); line++) {
            String text = lines.get(line);
            if (!text.startsWith("```")) {
                if (code != null) {
                    code.add(text);
                }
            } else if (code == null) {
                code = new ArrayList<>();
                where = path + ":" + (line + 1);
                language = text.substring("```".length());
            } else {
                blocks.add(new Block(where, language, String.join("\n", code) + "\n"));
                code = null;
            }
        }
        return blocks;
    }

    /** Without the blocks. */
    List<String> prose() {
        List<String> prose = new ArrayList<>();
        boolean isCode = false;
        for (String line : lines) {
            if (line.startsWith("```")) {
                isCode = !isCode;
            } else if (!isCode) {
                prose.add(line);
            }
        }
        return prose;
    }

    /** What stands between back ticks in the prose. */
    List<String> code() {
        return CODE.matcher(String.join("\n", prose()))
                .results()
                .map(match -> match.group(1).replaceAll("\\s+", " "))
                .toList();
    }

    List<String> links() {
        return LINK.matcher(String.join("\n", prose()).replaceAll("`[^`]*`", ""))
                .results()
                .map(match -> match.group(1))
                .toList();
    }

    /** By the names that GitHub gives to headings. */
    Set<String> anchors() {
        return sections().keySet().stream()
                .map(heading -> heading.toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\p{L}\\p{N} _-]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    /** By each heading the lines below it, without those of the sections within it. */
    public Map<String, List<String>> sections() {
        Map<String, List<String>> sections = new LinkedHashMap<>();
        List<String> section = new ArrayList<>();
        boolean isCode = false;
        for (String line : lines) {
            isCode ^= line.startsWith("```");
            if (!isCode && line.startsWith("#")) {
                section = new ArrayList<>();
                sections.put(line.replaceFirst("#+ ", ""), section);
            } else {
                section.add(line);
            }
        }
        return sections;
    }

    @Override
    public String toString() {
        return path.toString();
    }
}

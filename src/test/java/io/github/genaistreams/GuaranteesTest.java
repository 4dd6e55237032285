package io.github.genaistreams;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.docs.DocPage;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import net.jqwik.api.Example;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The pages promise nothing that no test attacks. In these sections, a paragraph, an item of a list, and the last cell of a row end with a
 * footnote; a footnote names the tests that try to make the sentences before it false, back to the footnote before.
 */
class GuaranteesTest {

    private static final Path TESTS = Path.of("src/test/java");

    private static final Map<String, List<String>> SECTIONS = Map.of(
            "docs/guarantees.md",
            List.of(
                    "One result for each request",
                    "An answer is the item's own",
                    "What may be paid twice",
                    "Requests sent twice",
                    "Order",
                    "Memory is bounded"),
            "docs/kafka-records.md",
            List.of("What ends how"),
            "docs/documents.md",
            List.of("What ends how with documents"),
            "docs/settings.md",
            List.of("Several keys"));

    private static final Pattern REFERENCE = Pattern.compile("\\[\\^(\\w+)](?!:)");
    private static final Pattern FOOTNOTE = Pattern.compile("\\[\\^(\\w+)]: (.+)");
    private static final Pattern TEST = Pattern.compile("`(\\w+)#(\\w+)`");

    private record TestName(String type, String method) {

        @Override
        public String toString() {
            return type + "#" + method;
        }
    }

    @Test
    void everyPromiseHasAFootnote() {
        List<String> problems = new ArrayList<>();
        SECTIONS.forEach((page, headings) -> {
            Map<String, List<String>> sections = DocPage.of(page).sections();
            for (String heading : headings) {
                assertThat(sections).as("headings of " + page).containsKey(heading);
                List<String> passages = passages(sections.get(heading));
                assertThat(passages).as("%s, \"%s\"", page, heading).isNotEmpty();
                passages.stream()
                        .filter(passage -> !isCovered(passage))
                        .forEach(passage -> problems.add(
                                ("%s, \"%s\": no footnote behind the end of \"%s\". Write a test that tries to make it false, and name it"
                                                + " in a footnote")
                                        .formatted(page, heading, passage)));
            }
        });
        assertThat(problems).as(String.join("\n\n", problems)).isEmpty();
    }

    @Test
    void everyFootnoteNamesTestsThatRunWithAllTests() throws Exception {
        Map<String, List<Class<?>>> types = testClasses();
        List<String> problems = new ArrayList<>();
        for (String page : SECTIONS.keySet()) {
            footnotes(page).forEach((name, tests) -> {
                boolean anyInTheGate = false;
                for (TestName test : tests) {
                    List<Method> methods = methods(test, types.getOrDefault(test.type(), List.of()));
                    String problem = problem(test, methods);
                    if (problem != null) {
                        problems.add("%s: %s (footnote %s)".formatted(page, problem, name));
                    }
                    anyInTheGate |= methods.stream().anyMatch(method -> !isLong(method));
                }
                if (!anyInTheGate) {
                    problems.add("%s: footnote %s names no test that runs with `mvn verify`".formatted(page, name));
                }
            });
        }
        assertThat(problems).as(String.join("\n\n", problems)).isEmpty();
    }

    @Test
    void footnotesAndTheirPlacesBelongTogether() {
        for (String page : SECTIONS.keySet()) {
            assertThat(REFERENCE
                            .matcher(String.join("\n", DocPage.of(page).lines()))
                            .results()
                            .map(match -> match.group(1))
                            .distinct())
                    .as(page)
                    .containsExactlyInAnyOrderElementsOf(footnotes(page).keySet());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "It is so.; false",
                "It is so.[^a]; true",
                "It is so.[^a] It stays so.; false",
                "It is so. It stays so.[^b]; true",
                "| case | so[^a] |; true",
                "| case[^a] | so |; false",
                "- It is so.; false",
            })
    void aPassageIsCoveredToItsEnd(String line, boolean covered) {
        assertThat(passages(List.of(line))).hasSize(1).allMatch(passage -> isCovered(passage) == covered);
    }

    private static boolean isCovered(String passage) {
        return passage.matches("(?s).*\\[\\^\\w+]");
    }

    /** Paragraphs, items of lists, and the last cells of tables. */
    private static List<String> passages(List<String> lines) {
        List<String> passages = new ArrayList<>();
        var paragraph = new StringBuilder();
        boolean isCode = false;
        boolean isHead = true;
        for (String line : Stream.concat(lines.stream(), Stream.of("")).toList()) {
            isCode ^= line.startsWith("```");
            boolean isText = !isCode
                    && !line.startsWith("```")
                    && !line.isBlank()
                    && !FOOTNOTE.matcher(line).matches();
            if ((!isText || line.startsWith("- ") || line.startsWith("|")) && !paragraph.isEmpty()) {
                passages.add(paragraph.toString().strip());
                paragraph.setLength(0);
            }
            if (line.startsWith("|")) {
                boolean isRule = line.matches("[|: -]*---[|: -]*");
                if (!isRule && !(isHead && lines.size() > 1)) {
                    String[] cells = line.split("\\|");
                    passages.add(cells[cells.length - 1].strip());
                }
                isHead &= !isRule;
            } else if (isText) {
                paragraph.append(line.strip()).append(' ');
            } else {
                isHead = true;
            }
        }
        return passages;
    }

    /** The tests that each footnote of a page names. */
    private static Map<String, List<TestName>> footnotes(String page) {
        Map<String, List<TestName>> footnotes = new TreeMap<>();
        for (String line : DocPage.of(page).lines()) {
            Matcher footnote = FOOTNOTE.matcher(line);
            if (footnote.matches()) {
                footnotes.put(
                        footnote.group(1),
                        TEST.matcher(footnote.group(2))
                                .results()
                                .map(match -> new TestName(match.group(1), match.group(2)))
                                .toList());
            }
        }
        return footnotes;
    }

    private static String problem(TestName name, List<Method> methods) {
        if (methods.isEmpty()) {
            return "there is no test " + name;
        }
        boolean isOff = methods.stream()
                .anyMatch(method -> method.isAnnotationPresent(Disabled.class)
                        || method.getDeclaringClass().isAnnotationPresent(Disabled.class));
        return isOff ? name + " does not run" : null;
    }

    private static boolean isLong(Method method) {
        return method.isAnnotationPresent(Tag.class)
                || method.getDeclaringClass().isAnnotationPresent(Tag.class);
    }

    private static List<Method> methods(TestName name, List<Class<?>> types) {
        return types.stream()
                .flatMap(type -> Arrays.stream(type.getDeclaredMethods()))
                .filter(method -> method.getName().equals(name.method()))
                // A helper may have the name of a test.
                .filter(method -> Stream.of(Test.class, ParameterizedTest.class, Property.class, Example.class)
                        .anyMatch(method::isAnnotationPresent))
                .toList();
    }

    /** By their simple names. */
    private static Map<String, List<Class<?>>> testClasses() throws IOException, ClassNotFoundException {
        try (Stream<Path> files = Files.walk(TESTS)) {
            List<Path> sources =
                    files.filter(file -> file.toString().endsWith("Test.java")).toList();
            Map<String, List<Class<?>>> types = new TreeMap<>();
            for (Path source : sources) {
                String name = TESTS.relativize(source).toString().replace(File.separatorChar, '.');
                Class<?> type = Class.forName(name.substring(0, name.length() - ".java".length()));
                types.computeIfAbsent(type.getSimpleName(), simple -> new ArrayList<>())
                        .add(type);
            }
            return types;
        }
    }
}

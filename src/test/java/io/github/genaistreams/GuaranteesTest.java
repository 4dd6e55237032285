package io.github.genaistreams;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
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

/** README promises nothing that no test attacks: docs/guarantees.md names for each sentence the tests that try to make it false. */
class GuaranteesTest {

    private static final Path README = Path.of("README.md");
    private static final Path GUARANTEES = Path.of("docs/guarantees.md");
    private static final Path TESTS = Path.of("src/test/java");

    /** Of this, one table alone, which begins with this cell: what else the section says is a guide. */
    private static final String DOCUMENTS = "Documents";

    private static final String FIRST_CELL = "waiting for a result";

    private static final List<String> SECTIONS =
            List.of("What is guaranteed", "What ends how", DOCUMENTS, "Several keys");

    /** A sentence ends before one that begins with a capital, code, or bold letters. */
    private static final Pattern BETWEEN_SENTENCES = Pattern.compile("(?<=[.!?]|[.!?]\\*\\*)\\s+(?=[\\p{Lu}`*\"])");

    private static final Pattern TEST = Pattern.compile("`(\\w+)#(\\w+)`");

    /** A sentence and the tests that attack it, as the document has them. */
    private record Row(String sentence, List<TestName> tests) {}

    private record TestName(String type, String method) {

        @Override
        public String toString() {
            return type + "#" + method;
        }
    }

    @Test
    void everySentenceOfReadmeHasALineWordForWord() throws IOException {
        List<String> problems = new ArrayList<>();
        for (String section : SECTIONS) {
            List<String> listed = rows(section).stream().map(Row::sentence).toList();
            String before = "the head of its table";
            for (String sentence : sentences(section)) {
                if (!listed.contains(sentence)) {
                    problems.add(
                            ("README, \"%s\", has a sentence without a test. Write one that tries to make it false, and add to"
                                            + " %s, section \"%s\", after %s:%n| %s | `SomeTest#someMethod` |")
                                    .formatted(section, GUARANTEES, section, before, sentence));
                }
                before = "the line of \"" + sentence + "\"";
            }
        }
        assertThat(problems).as(String.join("\n\n", problems)).isEmpty();
    }

    @Test
    void noLineIsOfASentenceThatReadmeDoesNotHave() throws IOException {
        List<String> problems = new ArrayList<>();
        for (String section : SECTIONS) {
            List<String> sentences = sentences(section);
            for (Row row : rows(section)) {
                if (!sentences.contains(row.sentence())) {
                    problems.add(
                            "%s, section \"%s\": README has no such sentence (any more); correct or delete the line of%n%s"
                                    .formatted(GUARANTEES, section, row.sentence()));
                }
            }
        }
        assertThat(problems).as(String.join("\n\n", problems)).isEmpty();
    }

    @Test
    void everyTestThatIsNamedExistsAndRunsWithAllTests() throws Exception {
        Map<String, List<Class<?>>> types = testClasses();
        List<String> problems = new ArrayList<>();
        for (String section : SECTIONS) {
            for (Row row : rows(section)) {
                long inTheGate = 0;
                for (TestName test : row.tests()) {
                    List<Method> methods = methods(test, types.getOrDefault(test.type(), List.of()));
                    String problem = problem(test, methods);
                    if (problem != null) {
                        problems.add("%s: %s (line of \"%s\")".formatted(GUARANTEES, problem, row.sentence()));
                    } else if (methods.stream().noneMatch(GuaranteesTest::isLong)) {
                        inTheGate++;
                    }
                }
                if (inTheGate == 0) {
                    problems.add("%s: no test that runs with `mvn verify` is named in the line of \"%s\""
                            .formatted(GUARANTEES, row.sentence()));
                }
            }
        }
        assertThat(problems).as(String.join("\n\n", problems)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "It is so. It stays so.|It is so.; It stays so.",
                "**It is so.** `a.b` is not.|**It is so.**; `a.b` is not.",
                "**It is so**, e.g. here (`a.b`). \"No\" is no.|**It is so**, e.g. here (`a.b`).; \"No\" is no.",
                "One: two; three, as 0.5 is.|One: two; three, as 0.5 is.",
            })
    void sentencesAreToldApart(String text, String sentences) {
        assertThat(split(text).stream().map(each -> each.replace(";", ",")).toList())
                .isEqualTo(Stream.of(sentences.split("; (?=[A-Z`*\"])"))
                        .map(each -> each.replace(";", ","))
                        .toList());
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

    private static List<Row> rows(String section) throws IOException {
        List<Row> rows = new ArrayList<>();
        for (List<String> cells : flat(tables(section(GUARANTEES, section)))) {
            List<TestName> tests = new ArrayList<>();
            Matcher named = TEST.matcher(cells.get(1));
            while (named.find()) {
                tests.add(new TestName(named.group(1), named.group(2)));
            }
            rows.add(new Row(cells.get(0), tests));
        }
        return rows;
    }

    /** Of a row of a table, each sentence of the right cell with the left one before it; of code, the lines with a remark. */
    private static List<String> sentences(String section) throws IOException {
        List<String> lines = section(README, section);
        List<String> sentences = new ArrayList<>();
        List<List<List<String>>> tables = tables(lines);
        if (section.equals(DOCUMENTS)) {
            tables.removeIf(table -> !table.get(0).get(0).equals(FIRST_CELL));
            assertThat(tables)
                    .as("a table in README, \"%s\", that begins with \"%s\"", section, FIRST_CELL)
                    .hasSize(1);
        }
        for (List<String> cells : flat(tables)) {
            split(cells.get(1)).forEach(sentence -> sentences.add(cells.get(0) + " → " + sentence));
        }
        if (section.equals(DOCUMENTS)) {
            return sentences;
        }
        boolean isCode = false;
        var paragraph = new StringBuilder();
        for (String line : lines) {
            if (line.startsWith("```")) {
                isCode = !isCode;
            } else if (isCode) {
                if (line.contains("#")) {
                    sentences.add("`" + line.replaceAll("\\s+", " ").strip() + "`");
                }
            } else if (line.isBlank()) {
                sentences.addAll(split(paragraph.toString()));
                paragraph.setLength(0);
            } else if (!line.startsWith("|")) {
                paragraph.append(line).append(' ');
            }
        }
        sentences.addAll(split(paragraph.toString()));
        return sentences;
    }

    private static List<String> split(String text) {
        String line = text.replaceAll("\\s+", " ").strip();
        return line.isEmpty() ? List.of() : List.of(BETWEEN_SENTENCES.split(line));
    }

    /** Of each table the rows, without those of its head, and of these the cells. */
    private static List<List<List<String>>> tables(List<String> lines) {
        List<List<List<String>>> tables = new ArrayList<>();
        boolean inBody = false;
        for (String line : lines) {
            if (!line.startsWith("|")) {
                inBody = false;
            } else if (line.matches("[|: -]*---[|: -]*")) {
                inBody = true;
                tables.add(new ArrayList<>());
            } else if (inBody) {
                tables.get(tables.size() - 1)
                        .add(Arrays.stream(line.substring(1).split("\\|"))
                                .map(cell -> cell.replaceAll("\\s+", " ").strip())
                                .toList());
            }
        }
        return tables;
    }

    private static List<List<String>> flat(List<List<List<String>>> tables) {
        return tables.stream().flatMap(List::stream).toList();
    }

    /** The lines below a heading, without those of the sections within it. */
    private static List<String> section(Path file, String heading) {
        Map<String, List<String>> sections = new LinkedHashMap<>();
        List<String> lines = new ArrayList<>();
        boolean isCode = false;
        try {
            for (String line : Files.readAllLines(file)) {
                isCode ^= line.startsWith("```");
                if (!isCode && line.startsWith("#")) {
                    lines = new ArrayList<>();
                    sections.put(line.replaceFirst("#+ ", ""), lines);
                } else {
                    lines.add(line);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(sections).as("headings of " + file).containsKey(heading);
        return sections.get(heading);
    }
}

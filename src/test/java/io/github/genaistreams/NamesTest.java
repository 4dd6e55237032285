package io.github.genaistreams;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Whoever reads the name of a class finds one of that name, whether in the program or in its tests, and can read a test as a whole. */
class NamesTest {

    private static final Pattern NESTED =
            Pattern.compile("^ +(?:\\w+ |non-sealed )*(?:class|record|interface|enum) (\\w+)\\b", Pattern.MULTILINE);

    /** They read well only with the name of the type around them, and no file uses both types. */
    private static final Set<String> NESTED_THAT_STAY = Set.of(
            "DemoReport.Documents",
            "EventStream.Sign",
            "ParameterOptions.Answer",
            "SandboxSettings.Documents",
            "UserPrompt.Text");

    @Test
    void givesEachNameToOneClass() throws IOException {
        Map<String, List<Path>> byName = new TreeMap<>();
        try (Stream<Path> files = Stream.of("src/main/java", "src/test/java").flatMap(NamesTest::below)) {
            files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> !file.endsWith("package-info.java"))
                    .forEach(file -> byName.computeIfAbsent(file.getFileName().toString(), name -> new ArrayList<>())
                            .add(file));
        }

        assertThat(byName).hasSizeGreaterThan(1_000);
        byName.values().removeIf(files -> files.size() == 1);
        assertThat(byName).isEmpty();
    }

    /** A longer one is about more than one subject. */
    @Test
    void keepsEachTestClassWithin400Lines() throws IOException {
        List<String> tooLong = new ArrayList<>();
        try (Stream<Path> files = below("src/test/java")) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".java")).toList()) {
                int lines = Files.readAllLines(file).size();
                if (lines > 400) {
                    tooLong.add(file + ": " + lines);
                }
            }
        }

        assertThat(tooLong).isEmpty();
    }

    @Test
    void givesNoNestedTypeTheNameOfAClass() throws IOException {
        List<Path> files;
        try (Stream<Path> found = below("src/main/java")) {
            files = found.filter(file -> file.toString().endsWith(".java")).toList();
        }
        Set<String> classes = files.stream().map(NamesTest::name).collect(Collectors.toSet());
        Set<String> twice = new TreeSet<>();
        for (Path file : files) {
            NESTED.matcher(Files.readString(file))
                    .results()
                    .map(nested -> nested.group(1))
                    .filter(classes::contains)
                    .forEach(nested -> twice.add(name(file) + "." + nested));
        }

        assertThat(twice).isEqualTo(NESTED_THAT_STAY);
    }

    private static String name(Path file) {
        return file.getFileName().toString().replace(".java", "");
    }

    private static Stream<Path> below(String directory) {
        try {
            return Files.walk(Path.of(directory));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}

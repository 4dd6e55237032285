package io.github.genaistreams.docs;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.github.genaistreams.cli.GenAi;
import io.github.genaistreams.cli.command.GenAiCommand;
import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.docs.DocPage.Block;
import io.github.genaistreams.docs.Shell.Command;
import io.github.genaistreams.worker.ConfigSources;
import io.github.genaistreams.worker.GenAiConfig;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.MissingParameterException;

/** What the pages say that can be checked without running it. {@link DocRunsTest} runs the rest. */
class DocsTest {

    private static final int README_LINES_MAX = 200;

    /** Programs that are not ours. What they are told is not looked at, but for our own names in it. */
    private static final Set<String> OTHERS = Set.of(
            "alias",
            "cat",
            "cd",
            "curl",
            "pip",
            "python3",
            "git",
            "java",
            "kafka-console-consumer.sh",
            "kafka-console-producer.sh",
            "kind",
            "printf");

    /** Of the environment, beside settings. */
    private static final Pattern OTHER_VARIABLES = Pattern.compile(
            "GENAI_(DATA_DIR|JAVA_OPTS|LOG_LEVEL)|(OPENAI|DATALAB)_API_KEY|OPENAI_BASE_URL|OTEL_\\w+|batch");

    /** Blocks for which there is nothing to check: output, and languages of other programs. */
    private static final Set<String> UNCHECKED = Set.of("text", "python", "promql");

    private final List<DocPage> pages = DocPage.all();

    @Test
    void readmeIsShort() {
        assertThat(DocPage.of("README.md").lines()).hasSizeLessThanOrEqualTo(README_LINES_MAX);
    }

    @Test
    void everyPageNamesItsReaders() {
        assertThat(pages)
                .filteredOn(page -> page.path().startsWith("docs"))
                .allSatisfy(page ->
                        assertThat(page.lines().get(2)).as(page.toString()).matches("\\*For .+\\.\\*"));
    }

    @Test
    void everyPageIsReachedFromReadme() {
        Set<String> linked = Set.copyOf(DocPage.of("README.md").links());

        assertThat(pages.stream().map(DocPage::toString).filter(page -> !page.equals("README.md")))
                .isSubsetOf(linked);
    }

    @Test
    void everyLinkLeadsSomewhere() {
        Map<String, DocPage> byPath = new HashMap<>();
        pages.forEach(page -> byPath.put(page.path().normalize().toString(), page));

        for (DocPage page : pages) {
            for (String link : page.links()) {
                if (link.contains("://")) {
                    continue;
                }
                String[] parts = link.split("#", 2);
                Path target = parts[0].isEmpty()
                        ? page.path()
                        : page.path().resolveSibling(parts[0]).normalize();
                assertThat(target).as("%s: %s", page, link).exists();
                if (parts.length == 2) {
                    assertThat(byPath.get(target.toString()).anchors())
                            .as("%s: %s", page, link)
                            .contains(parts[1]);
                }
            }
        }
    }

    @Test
    void everyFileThatIsNamedExists() throws IOException {
        Set<String> sources;
        try (Stream<Path> files = Files.walk(Path.of("src"))) {
            sources = files.map(file -> file.getFileName().toString()).collect(toSet());
        }
        for (DocPage page : pages) {
            for (String code : page.code()) {
                if (code.matches("[A-Z]\\w+\\.java")) {
                    assertThat(sources).as(page.toString()).contains(code);
                } else if (code.matches("(src|schemas|k8s|bin|docs)/[\\w./-]+")) {
                    assertThat(Path.of(code)).as(page.toString()).exists();
                }
            }
        }
    }

    @Test
    void settingsAreListedAsTheProgramPrintsThem() throws IOException {
        assertThat(Files.readString(Path.of("docs/settings.md")))
                .contains(new GenAi().run("config", "--format", "markdown").out());
    }

    @Test
    void packagesAreListedAsTheyAre() throws IOException {
        Path root = Path.of("src/main/java/io/github/genaistreams");
        try (Stream<Path> packages = Files.list(root)) {
            assertThat(tableOf("docs/development.md", "How the house is built"))
                    .containsExactlyInAnyOrderElementsOf(
                            packages.map(each -> each.getFileName().toString()).toList());
        }
    }

    @Test
    void everyBlockIsOfALanguageThatIsChecked() throws IOException {
        for (Block block :
                pages.stream().flatMap(page -> page.blocks().stream()).toList()) {
            switch (block.language()) {
                case "bash" -> Shell.commands(block.text()).forEach(command -> check(block.where(), command));
                case "properties" -> checkProperties(block);
                case "json" -> new JsonMapper().readTree(block.text());
                case "yaml" -> new YAMLMapper().readTree(block.text());
                case "xml" -> checkCoordinates(block);
                // DocRunsTest compiles all of them.
                case "java" -> assertThat(block.text()).as(block.toString()).contains("public class ");
                default -> assertThat(UNCHECKED).as(block.toString()).contains(block.language());
            }
        }
    }

    @Test
    void everyCommandInTheTextIsOneThatTheProgramKnows() {
        for (DocPage page : pages) {
            page.code().stream()
                    .filter(code -> code.matches("(bin/genai|genai|mvn) .*"))
                    .filter(code -> !code.contains("…") && !code.contains("COMMAND"))
                    .forEach(code -> Shell.commands(code).forEach(command -> checkMentioned(page.toString(), command)));
        }
    }

    /** The text may name a command without all that it needs. */
    private void checkMentioned(String where, Command command) {
        try {
            check(where, command);
        } catch (AssertionError e) {
            if (!(e.getCause() instanceof MissingParameterException)) {
                throw e;
            }
        }
    }

    private void check(String where, Command command) {
        command.variables().keySet().forEach(name -> checkVariable(where, name));
        if (command.nested() != null) {
            check(where, command.nested());
        }
        switch (command.name()) {
            case "" -> assertThat(command.variables()).as(where).isNotEmpty();
            case "bin/genai", "genai" -> parse(where, command.arguments());
            case "time" ->
                parse(where, command.words().subList(2, command.words().size()).toArray(String[]::new));
            case "docker" -> parseAfter(where, command.words(), "cli");
            case "kubectl" -> {
                if (command.words().contains("--image=genai-streams")) {
                    parseAfter(where, command.words(), "--");
                }
            }
            case "mvn" -> checkMaven(where, command.words());
            default -> assertThat(OTHERS).as(where).contains(command.name());
        }
    }

    private void parseAfter(String where, List<String> words, String mark) {
        int before = words.indexOf(mark);
        if (before >= 0) {
            parse(where, words.subList(before + 1, words.size()).toArray(String[]::new));
        }
    }

    private void parse(String where, String... arguments) {
        try {
            GenAiCommand.program(Cli.ofProcess()).parseArgs(arguments);
        } catch (RuntimeException e) {
            throw new AssertionError(
                    "%s: genai %s: %s".formatted(where, String.join(" ", arguments), e.getMessage()), e);
        }
    }

    private static void checkVariable(String where, String name) {
        boolean isSetting = name.startsWith("GENAI_")
                && !ConfigSources.merge(null, new Properties(), Map.of(name, "x"), Map.of())
                        .isEmpty();
        assertThat(isSetting || OTHER_VARIABLES.matcher(name).matches())
                .as("%s: the variable %s", where, name)
                .isTrue();
    }

    private static void checkMaven(String where, List<String> words) {
        for (String word : words) {
            if (word.startsWith("-Dtest=")) {
                String test = word.substring("-Dtest=".length()) + ".java";
                try (Stream<Path> files = Files.walk(Path.of("src/test"))) {
                    assertThat(files).as(where + ": " + word).anyMatch(file -> file.endsWith(test));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            } else if (word.startsWith("-P")) {
                assertThat(Path.of("pom.xml")).content().contains("<id>" + word.substring(2) + "</id>");
            }
        }
    }

    /** Their names, and that their values are of the right type. */
    private static void checkProperties(Block block) throws IOException {
        Properties properties = new Properties();
        properties.load(new StringReader(block.text().replaceAll("(?m)\\s+#.*$", "")));
        Map<String, String> settings = new HashMap<>(Map.of("bootstrap.servers", "localhost:9092"));
        properties.stringPropertyNames().forEach(key -> {
            boolean isSetting = GenAiConfig.DEFINITION.configKeys().containsKey(key)
                    || Stream.of("kafka.", "openai.credentials.", "datalab.credentials.")
                            .anyMatch(key::startsWith);
            assertThat(isSetting).as("%s: %s", block, key).isTrue();
            settings.put(key, properties.getProperty(key));
        });
        // A value that the definition takes; files and hosts in it are the reader's.
        assertThatCode(() -> GenAiConfig.DEFINITION.parse(settings))
                .as(block.toString())
                .doesNotThrowAnyException();
    }

    /** The POM that is installed beside the first is made by a style sheet. */
    private static void checkCoordinates(Block block) throws IOException {
        String poms = Files.readString(Path.of("pom.xml")) + Files.readString(Path.of("src/build/embedded-pom.xsl"));
        assertThat(Pattern.compile("<(groupId|artifactId|version)>([^<]+)</")
                        .matcher(block.text())
                        .results())
                .hasSize(3)
                .allSatisfy(match -> assertThat(poms).as(block.toString()).contains(">" + match.group(2) + "<"));
    }

    private static List<String> tableOf(String page, String heading) {
        return DocPage.of(page).sections().get(heading).stream()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split("`")[1])
                .toList();
    }
}

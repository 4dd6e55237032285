package io.github.genaistreams;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What a service gets that depends on this project. {@link LibraryUseTest} builds such services. */
class LibraryPomTest {

    @Test
    void aServiceGetsTheDependenciesOfTheClientAlone() throws Exception {
        Element project = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(Path.of("pom.xml").toFile())
                .getDocumentElement();

        List<String> given = children(child(project, "dependencies"), "dependency").stream()
                .filter(dependency -> !List.of("test", "provided").contains(String.valueOf(text(dependency, "scope"))))
                .filter(dependency -> !"true".equals(text(dependency, "optional")))
                .map(dependency -> text(dependency, "artifactId"))
                .toList();

        // Their packages are those of PackagesTest.LIBRARY.
        assertThat(given)
                .containsExactlyInAnyOrder(
                        "kafka-clients",
                        "jackson-databind",
                        "jackson-dataformat-avro",
                        "jackson-datatype-jsr310",
                        "avro",
                        "json-schema-validator",
                        "RoaringBitmap",
                        "slf4j-api");
    }

    @ParameterizedTest
    @ValueSource(strings = {"genai-streams", "genai-streams-embedded"})
    void thePageForJavaHasTheLinesToDependOnIt(String artifact) throws IOException {
        assertThat(dependency(artifact)).startsWith("<dependency>");
    }

    @Test
    void theReadmeHasTheSameLinesForTheClient() throws IOException {
        assertThat(Path.of("README.md")).content().contains("```xml\n" + dependency("genai-streams"));
    }

    /** The lines of docs/java.md that depend on this artifact. */
    static String dependency(String artifact) throws IOException {
        return Stream.of(Files.readString(Path.of("docs/java.md")).split("```"))
                .filter(block ->
                        block.startsWith("xml\n") && block.contains("<artifactId>" + artifact + "</artifactId>"))
                .map(block -> block.substring("xml\n".length()))
                .findFirst()
                .orElseThrow();
    }

    /** A service has its own. */
    @Test
    void thereIsNoConfigurationOfTheLogWhereABackendLooksByItself() {
        for (String name : List.of("logback.xml", "logback.groovy", "log4j2.xml", "simplelogger.properties")) {
            assertThat(Path.of("src/main/resources", name)).doesNotExist();
        }
    }

    private static String text(Element parent, String name) {
        Element child = child(parent, name);
        return child == null ? null : child.getTextContent().strip();
    }

    private static Element child(Element parent, String name) {
        return children(parent, name).stream().findFirst().orElse(null);
    }

    private static List<Element> children(Element parent, String name) {
        NodeList nodes = parent.getChildNodes();
        return IntStream.range(0, nodes.getLength())
                .mapToObj(nodes::item)
                .filter(node -> node.getNodeName().equals(name))
                .map(Element.class::cast)
                .toList();
    }
}

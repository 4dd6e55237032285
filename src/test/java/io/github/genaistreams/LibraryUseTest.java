package io.github.genaistreams;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.e2e.Embedded;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Services that depend on this project by the lines of docs/java.md, with Logback as their backend and a configuration of their own.
 * Everything is installed into a repository of the test's own. {@link LibraryPomTest} is the cheap form.
 */
@Tag("long")
class LibraryUseTest {

    private static final long MEGABYTE = 1_000_000;

    private static final String LOGBACK_XML = """
            <configuration>
              <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
                <encoder><pattern>%level %logger{0} - %msg%n</pattern></encoder>
              </appender>
              <root level="INFO"><appender-ref ref="out"/></root>
            </configuration>
            """;

    private static final String CLIENT = """
            import io.github.genaistreams.client.*;
            import io.github.genaistreams.model.*;
            import java.nio.file.Path;
            import java.util.List;
            import java.util.Map;
            import org.slf4j.LoggerFactory;

            class Service {
                public static void main(String[] arguments) throws Exception {
                    LoggerFactory.getLogger(Service.class).info("The service has begun");
                    Map<String, Object> kafka = Map.of("bootstrap.servers", arguments[0]);
                    try (var responses = ResponsesProcessor.connect(kafka)) {
                        var request = ResponsesRequest.builder().model("gpt-4o-mini").responseFormat(
                                "{\\"type\\": \\"json_schema\\", \\"json_schema\\": {\\"strict\\": false, \\"name\\": \\"a\\", \\"schema\\": {\\"type\\": \\"object\\"}}}")
                                .validateOutput(true);
                        System.out.println(responses.processBatch(ResponsesBatch.of(request, "A", "B")).join().totalSuccess() + " answers");
                    }
                    try (var documents = DocumentProcessor.connect(kafka, null)) {
                        var request = DocumentRequest.builder().outputFormat("markdown");
                        System.out.println(documents.processFiles(request, List.of(Path.of(arguments[1]))).join().texts());
                    }
                }
            }
            """;

    private static final String EMBEDDED = """
            import io.github.genaistreams.client.ResponsesBatch;
            import io.github.genaistreams.embedded.EmbeddedGenAi;
            import io.github.genaistreams.model.ResponsesRequest;
            import org.slf4j.LoggerFactory;

            class Service {
                public static void main(String[] arguments) throws Exception {
                    LoggerFactory.getLogger(Service.class).info("The service has begun");
                    try (var genai = EmbeddedGenAi.startWithSandbox()) {
                        var batch = ResponsesBatch.of(ResponsesRequest.builder().model("gpt-4o-mini"), "A", "B");
                        System.out.println(genai.responses().processBatch(batch).join().totalSuccess() + " answers");
                    }
                }
            }
            """;

    @TempDir
    static Path dir;

    @BeforeAll
    static void install() throws Exception {
        Path settings = Files.writeString(dir.resolve("settings.xml"), """
                <settings>
                  <localRepository>%s</localRepository>
                  <mirrors>
                    <mirror><id>here</id><mirrorOf>*</mirrorOf><url>%s</url></mirror>
                  </mirrors>
                </settings>
                """.formatted(
                dir.resolve("repository"),
                Path.of(System.getProperty("user.home"), ".m2", "repository").toUri()));
        Path project = Files.createDirectory(dir.resolve("project"));
        for (String part : List.of(".mvn", "pom.xml", "schemas", "src/main", "src/build")) {
            copy(Path.of(part), project.resolve(part));
        }
        maven(project, settings, "-Dmaven.test.skip=true", "-Dlicense.skip", "-Dspotless.check.skip", "install");
    }

    @Test
    void aServiceThatUsesTheClientHasFewDependencies() throws Exception {
        Path service = service("client", LibraryPomTest.dependency("genai-streams"), CLIENT);

        List<Path> jars = classPath(service);

        assertThat(names(jars))
                .containsExactlyInAnyOrder(
                        "RoaringBitmap",
                        "avro",
                        "genai-streams",
                        "itu",
                        "jackson-annotations",
                        "jackson-core",
                        "jackson-databind",
                        "jackson-dataformat-avro",
                        "jackson-datatype-jsr310",
                        "json-schema-validator",
                        "kafka-clients",
                        "lz4-java",
                        "slf4j-api",
                        "snappy-java",
                        "zstd-jni");
        assertThat(size(jars)).isLessThan(30 * MEGABYTE);
        Path document = Files.write(dir.resolve("report.pdf"), TestDocuments.pdf("Report", 1));
        try (Embedded embedded = Embedded.start(dir.resolve("state"))) {
            assertThat(run(service, jars, embedded.bootstrapServers(), document.toString()))
                    .contains("INFO Service - The service has begun", "2 answers")
                    .anyMatch(line -> line.contains("Report, page 0"))
                    .noneMatch(line -> line.startsWith("SLF4J"))
                    .noneMatch(line -> line.startsWith("DEBUG"));
        }
    }

    @Test
    void aServiceThatHasAllInItsJvmHasNeitherCommandLineNorBackend() throws Exception {
        Path service = service("embedded", LibraryPomTest.dependency("genai-streams-embedded"), EMBEDDED);

        List<Path> jars = classPath(service);

        assertThat(names(jars))
                .contains("kafka-streams", "vertx-web-client", "slf4j-api")
                .doesNotContain("picocli", "logback-classic", "log4j-core", "junit-jupiter");
        assertThat(run(service, jars))
                .contains("INFO Service - The service has begun", "2 answers")
                .noneMatch(line -> line.startsWith("SLF4J"));
    }

    private static Path service(String name, String dependency, String source) throws Exception {
        Path service = Files.createDirectories(dir.resolve(name));
        Files.createDirectories(service.resolve("src/main/java"));
        Files.createDirectories(service.resolve("src/main/resources"));
        Files.writeString(service.resolve("src/main/java/Service.java"), source);
        Files.writeString(service.resolve("src/main/resources/logback.xml"), LOGBACK_XML);
        Files.writeString(service.resolve("pom.xml"), """
                <project>
                  <modelVersion>4.0.0</modelVersion>
                  <groupId>com.example</groupId>
                  <artifactId>%s</artifactId>
                  <version>1</version>
                  <properties>
                    <maven.compiler.release>17</maven.compiler.release>
                    <project.build.sourceEncoding>UTF-8</project.build.sourceEncoding>
                  </properties>
                  <dependencies>
                %s
                    <dependency>
                      <groupId>ch.qos.logback</groupId>
                      <artifactId>logback-classic</artifactId>
                      <version>%s</version>
                    </dependency>
                  </dependencies>
                  <build>
                    <plugins>
                      <plugin>
                        <artifactId>maven-compiler-plugin</artifactId>
                        <version>3.14.1</version>
                      </plugin>
                      <plugin>
                        <artifactId>maven-resources-plugin</artifactId>
                        <version>3.3.1</version>
                      </plugin>
                      <plugin>
                        <artifactId>maven-dependency-plugin</artifactId>
                        <version>3.8.1</version>
                        <executions>
                          <execution>
                            <phase>compile</phase>
                            <goals><goal>build-classpath</goal></goals>
                            <configuration><outputFile>target/classpath</outputFile></configuration>
                          </execution>
                        </executions>
                      </plugin>
                    </plugins>
                  </build>
                </project>
                """.formatted(name, dependency, property("logback.version")));
        maven(service, dir.resolve("settings.xml"), "compile");
        return service;
    }

    private static String property(String name) throws IOException {
        return Files.readString(Path.of("pom.xml")).split("<" + name + ">")[1].split("<")[0];
    }

    private static List<Path> classPath(Path service) throws IOException {
        return Stream.of(Files.readString(service.resolve("target/classpath"))
                        .strip()
                        .split(File.pathSeparator))
                .map(Path::of)
                .toList();
    }

    /** Without the service's own backend. */
    private static List<String> names(List<Path> jars) {
        return jars.stream()
                .map(jar -> jar.getFileName().toString().replaceFirst("-\\d.*", ""))
                .filter(name -> !name.startsWith("logback-"))
                .toList();
    }

    private static long size(List<Path> jars) throws IOException {
        long size = 0;
        for (Path jar : jars) {
            size += Files.size(jar);
        }
        return size;
    }

    private static void maven(Path project, Path settings, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("mvn", "-q", "-B", "-s", settings.toString()));
        command.addAll(Arrays.asList(arguments));
        outputOf(new ProcessBuilder(command).directory(project.toFile()));
    }

    private static List<String> run(Path service, List<Path> jars, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp"));
        command.add(Stream.concat(Stream.of(service.resolve("target/classes")), jars.stream())
                .map(Path::toString)
                .reduce((left, right) -> left + File.pathSeparator + right)
                .orElseThrow());
        command.add("Service");
        command.addAll(Arrays.asList(arguments));
        return outputOf(new ProcessBuilder(command).directory(service.toFile()));
    }

    private static List<String> outputOf(ProcessBuilder builder) throws Exception {
        Process process = builder.redirectErrorStream(true).start();
        List<String> output = new String(process.getInputStream().readAllBytes(), UTF_8)
                .lines()
                .toList();
        assertThat(process.waitFor()).as("%s%n%s", builder.command(), output).isZero();
        return output;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path path : all.toList()) {
                Path copy = to.resolve(from.relativize(path).toString());
                Files.createDirectories(copy.getParent());
                if (Files.isDirectory(path)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(path, copy);
                }
            }
        }
    }
}

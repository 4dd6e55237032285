package io.github.genaistreams.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.genaistreams.cli.command.GenAiCommand;
import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.worker.ConfigSources;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Dockerfile and docker-compose.yml, as far as they can be judged without Docker. */
class ContainerFilesTest {

    private static final String OURS = "genai-streams";
    private static final Path MONITORING = Path.of("src/main/monitoring");

    private final String dockerfile = text(Path.of("Dockerfile")).replace("\\\n", "");
    private final Map<String, Object> compose = yaml(Path.of("docker-compose.yml"));
    private final Map<String, Map<String, Object>> services = maps(compose.get("services"));

    @Test
    void nothingOfTheComposeFileCanBeReachedFromAnotherMachine() {
        List<Object> ports = services.values().stream()
                .flatMap(service -> list(service.get("ports")).stream())
                .toList();

        assertThat(ports).isNotEmpty().allSatisfy(port -> assertThat(port.toString())
                .startsWith("127.0.0.1:"));
    }

    @Test
    void everyImageIsPinned() {
        assertThat(services.values())
                .allSatisfy(service ->
                        assertThat(service.get("image").toString()).matches(OURS + "|.+:v?\\d+\\.\\d+\\.\\d+"));
        assertThat(lines("FROM").map(line -> line.split(" ")[0]))
                .allSatisfy(image -> assertThat(image).matches(".+:[^:]*\\d.*"));
    }

    @Test
    void whoIsWaitedForCanSayThatItIsReady() {
        services.forEach((name, service) -> maps(service.get("depends_on")).forEach((other, wait) -> {
            assertThat(services).as("waited for by " + name).containsKey(other);
            if (wait.get("condition").equals("service_healthy")) {
                assertThat(map(services.get(other).get("healthcheck")))
                        .as("health check of %s, with time to start on a slow machine", other)
                        .containsEntry("start_period", "5m");
            }
        }));
    }

    @Test
    void everyCommandIsOneOfTheProgram() {
        List<List<Object>> commands =
                ours().map(service -> list(service.get("command"))).toList();

        assertThat(commands).hasSizeGreaterThan(4).allSatisfy(command -> assertThatCode(() -> GenAiCommand.program(
                                Cli.ofProcess())
                        .parseArgs(command.stream().map(Object::toString).toArray(String[]::new)))
                .doesNotThrowAnyException());
    }

    @Test
    void everyVariableIsASetting() {
        Stream<String> ofCompose = ours().flatMap(service -> map(service.get("environment")).keySet().stream());
        Stream<String> ofImage = matches("(GENAI_\\w+)=").map(match -> match.group(1));

        assertThat(Stream.concat(ofCompose, ofImage).distinct().toList())
                .hasSizeGreaterThan(8)
                .allSatisfy(name -> assertThat(ConfigSources.merge(null, new Properties(), Map.of(name, "1"), Map.of()))
                        .isNotEmpty());
    }

    /** What is asked for at a stop is not cut off by Docker. */
    @Test
    void aWorkerHasTheTimeThatItsStopMayTake() {
        Duration drain = new GenAiConfig(Map.of(GenAiConfig.BOOTSTRAP_SERVERS, "kafka:9092")).drainTimeout();

        assertThat(workers()).hasSize(3).allSatisfy(worker -> assertThat(
                        Duration.parse("PT" + worker.get("stop_grace_period")))
                .isGreaterThan(drain.plus(Worker.CLOSE_TIMEOUT)));
        assertThat(lines("STOPSIGNAL")).containsExactly("SIGTERM");
    }

    /** The one has the other's requests neither paid for nor answered by the stand-in. */
    @Test
    void theRealApiHasTopicsOfItsOwn() {
        Map<String, Object> real = map(services.get("worker-real").get("environment"));
        Map<String, Object> sandbox = map(services.get("worker-1").get("environment"));

        assertThat(real)
                .containsKeys("GENAI_TOPIC_PREFIX", "GENAI_APPLICATION_ID")
                .doesNotContainKeys("OPENAI_BASE_URL", "GENAI_DATALAB_API_URL");
        assertThat(sandbox)
                .containsKeys("OPENAI_BASE_URL", "GENAI_DATALAB_API_URL")
                .doesNotContainKeys("GENAI_TOPIC_PREFIX", "GENAI_APPLICATION_ID");
        assertThat(map(services.get("topics-real").get("environment")))
                .containsEntry("GENAI_TOPIC_PREFIX", real.get("GENAI_TOPIC_PREFIX"));
    }

    /** What one of them puts there, the others find. */
    @Test
    void workersAndClientShareTheDocumentStore() {
        Stream<Map<String, Object>> users = Stream.concat(workers().stream(), Stream.of(services.get("cli")));

        assertThat(users).allSatisfy(user -> assertThat(list(user.get("volumes")))
                .contains("documents:" + map(user.get("environment")).get("GENAI_DOCUMENT_STORE")));
    }

    @Test
    void prometheusLooksWhereWorkersAre() {
        Map<String, Object> prometheus = yaml(MONITORING.resolve("prometheus.yml"));
        String port =
                matches("GENAI_HTTP_PORT=(\\d+)").findFirst().orElseThrow().group(1);
        Map<String, Object> job = map(list(prometheus.get("scrape_configs")).get(0));

        assertThat(list(map(list(job.get("static_configs")).get(0)).get("targets")))
                .containsExactly("worker-1:" + port, "worker-2:" + port);
        Map<String, Object> realJob = map(list(prometheus.get("scrape_configs")).get(1));
        Map<String, Object> real = map(list(realJob.get("dns_sd_configs")).get(0));
        assertThat(list(real.get("names"))).containsExactly("worker-real");
        assertThat(real.get("port")).hasToString(port);
        assertThat(list(prometheus.get("rule_files"))).allSatisfy(file -> assertThat(
                        MONITORING.resolve(Path.of(file.toString()).getFileName()))
                .isRegularFile());
    }

    @Test
    void theImageRunsAsNobodyInParticularAndWithoutAShell() {
        assertThat(lines("USER")).containsExactly("10001:0");
        assertThat(lines("ENTRYPOINT")).singleElement().asString().startsWith("[\"java\",");
        assertThat(lines("HEALTHCHECK"))
                .singleElement()
                .asString()
                .contains("CMD [")
                .contains("/health/live");
    }

    @Test
    void theImageHasNoSecret() {
        Stream<String> variables = Stream.concat(lines("ENV"), lines("ARG"));

        assertThat(variables).noneMatch(line -> line.matches("(?i).*(key|secret|token|password|credential).*"));
        assertThat(text(Path.of(".dockerignore")).lines().filter(line -> !line.startsWith("#")))
                .first()
                .isEqualTo("*");
    }

    /** What Maven reads is let through to it. */
    @Test
    void theBuildHasAllItsSources() {
        List<String> allowed = text(Path.of(".dockerignore"))
                .lines()
                .filter(line -> line.startsWith("!"))
                .map(line -> line.substring(1))
                .toList();
        Stream<String> resources = Pattern.compile("<directory>(.+?)</directory>")
                .matcher(text(Path.of("pom.xml")))
                .results()
                .map(match -> match.group(1));

        assertThat(allowed).contains("pom.xml", ".mvn", "src/main/java").containsAll(resources.toList());
        assertThat(lines("COPY")).as("the options of the compiler").contains(".mvn .mvn");
    }

    @Test
    void theImageListsItsParts() {
        assertThat(lines("RUN").filter(command -> command.startsWith("mvn ")))
                .isNotEmpty()
                .allMatch(command -> command.contains(" -Psbom "));
        assertThat(text(Path.of("pom.xml"))).contains("<id>sbom</id>");
    }

    @Test
    void theImageSaysItsVersion() {
        String version = Pattern.compile("<version>(.+?)</version>")
                .matcher(text(Path.of("pom.xml")))
                .results()
                .findFirst()
                .orElseThrow()
                .group(1);

        assertThat(lines("ARG")).containsExactly("VERSION=" + version, "REVISION=unknown", "SOURCE=unknown");
    }

    private Stream<Map<String, Object>> ours() {
        return services.values().stream().filter(service -> service.get("image").equals(OURS));
    }

    private List<Map<String, Object>> workers() {
        return ours().filter(service -> list(service.get("command")).contains("worker"))
                .toList();
    }

    /** The arguments of an instruction, wherever it stands in the Dockerfile. */
    private Stream<String> lines(String instruction) {
        return dockerfile
                .lines()
                .filter(line -> line.startsWith(instruction + " "))
                .map(line -> line.substring(instruction.length()).strip());
    }

    private Stream<MatchResult> matches(String pattern) {
        return Pattern.compile(pattern).matcher(dockerfile).results();
    }

    private static Map<String, Object> yaml(Path file) {
        return map(new Yaml(new SafeConstructor(new LoaderOptions())).load(text(file)));
    }

    private static Map<String, Map<String, Object>> maps(Object value) {
        Map<String, Map<String, Object>> maps = new LinkedHashMap<>();
        map(value).forEach((key, inner) -> maps.put(key, map(inner)));
        return maps;
    }

    /** Empty if it is not there. */
    private static Map<String, Object> map(Object value) {
        Map<String, Object> map = new LinkedHashMap<>();
        if (value != null) {
            ((Map<?, ?>) value).forEach((key, inner) -> map.put(key.toString(), inner));
        }
        return map;
    }

    /** Empty if it is not there. */
    private static List<Object> list(Object value) {
        return value == null ? List.of() : List.copyOf((List<?>) value);
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

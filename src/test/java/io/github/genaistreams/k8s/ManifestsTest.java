package io.github.genaistreams.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.AclTable;
import io.github.genaistreams.AclTable.Rule;
import io.github.genaistreams.k8s.Manifests.Manifest;
import io.github.genaistreams.worker.ConfigSources;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What stands in {@code k8s/}, as far as it can be checked without kustomize. One instance, since schemas take long to read. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ManifestsTest {

    private static final String PARTITIONS = "8";

    private final Kinds kinds = new Kinds();
    private final List<Manifest> manifests = Manifests.all();
    private final JsonNode worker = pod("StatefulSet", "genai-worker").at("/containers/0");

    @TempDir
    Path dir;

    @Test
    void everyFileIsPartOfAKustomization() throws IOException {
        for (Path directory : Manifests.kustomizations()) {
            try (Stream<Path> files = Files.list(directory)) {
                assertThat(files.filter(Files::isRegularFile).filter(file -> !file.endsWith("kustomization.yaml")))
                        .containsExactlyInAnyOrderElementsOf(Manifests.named(directory));
            }
        }
    }

    @Test
    void everyManifestIsAsItsKindAsksFor() {
        assertThat(manifests).hasSizeGreaterThan(20).allSatisfy(manifest -> assertThat(kinds.flaws(manifest.content()))
                .isEmpty());
    }

    @Test
    void everyPatchIsAPartOfItsKind() {
        assertThat(Manifests.kustomizations().stream().flatMap(ManifestsTest::mergedPatches))
                .hasSize(3)
                .allSatisfy(patch -> assertThat(kinds.flawsOfPart(patch)).isEmpty());
    }

    @Test
    void whatAKindDoesNotKnowIsRefused() {
        ObjectNode misspelt = manifest("StatefulSet", "genai-worker").content().deepCopy();
        ((ObjectNode) misspelt.at("/spec/template/spec/containers/0")).put("readynessProbe", "");
        ((ObjectNode) misspelt.at("/spec/template/spec")).put("terminationGracePeriodSeconds", "120");

        assertThat(kinds.flaws(misspelt))
                .hasSize(2)
                .anySatisfy(flaw -> assertThat(flaw).contains("readynessProbe"))
                .anySatisfy(flaw -> assertThat(flaw).contains("terminationGracePeriodSeconds"));
    }

    /** <a href="https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted">Restricted</a>, and no token. */
    @Test
    void podsKeepToTheRestrictedStandard() {
        assertThat(manifests.stream().filter(manifest -> manifest.pod().isObject()))
                .hasSize(6)
                .allSatisfy(manifest -> {
                    JsonNode pod = manifest.pod();
                    assertThat(pod.path("automountServiceAccountToken").asBoolean(true))
                            .isFalse();
                    assertThat(pod.path("enableServiceLinks").asBoolean(true)).isFalse();
                    assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean())
                            .isTrue();
                    assertThat(pod.at("/securityContext/runAsUser").asInt()).isPositive();
                    assertThat(pod.at("/securityContext/seccompProfile/type").asText())
                            .isEqualTo("RuntimeDefault");
                    assertThat(pod.path("containers")).allSatisfy(container -> {
                        JsonNode context = container.path("securityContext");
                        assertThat(context.path("allowPrivilegeEscalation").asBoolean(true))
                                .isFalse();
                        assertThat(context.at("/capabilities/drop/0").asText()).isEqualTo("ALL");
                        assertThat(context.path("readOnlyRootFilesystem").asBoolean())
                                .isEqualTo(isOurs(container));
                        assertThat(container.at("/resources/limits/memory").isTextual())
                                .isTrue();
                    });
                });
    }

    @Test
    void podsSelectThemselves() {
        assertThat(manifests.stream().filter(manifest -> manifest.content()
                        .at("/spec/selector/matchLabels")
                        .isObject()))
                .isNotEmpty()
                .allSatisfy(manifest -> {
                    JsonNode selected = manifest.content().at("/spec/selector/matchLabels");
                    assertThat(manifests.stream()
                                    .map(other -> other.content().at("/spec/template/metadata/labels"))
                                    .filter(labels -> selected.properties().stream()
                                            .allMatch(label -> label.getValue().equals(labels.get(label.getKey())))))
                            .hasSize(1);
                });
    }

    @Test
    void workersAreToldSettingsThatThereAre() throws IOException {
        List<Path> files = Manifests.kustomizations().stream()
                .map(directory -> directory.resolve("genai.properties"))
                .filter(Files::exists)
                .toList();
        assertThat(files).hasSize(3);
        for (Path file : files) {
            GenAiConfig config = config(file);

            assertThat(config.hasOpenAiKey()).isTrue();
            assertThat(config.workerId()).isEqualTo("genai-worker-0");
            assertThat(mount(config.stateDir())).isEqualTo("state");
        }
    }

    @Test
    void everyVariableOfAPodIsASetting() {
        assertThat(environment().entrySet()).hasSizeGreaterThan(3).allSatisfy(variable -> assertThat(
                        ConfigSources.merge(
                                null, new Properties(), Map.of(variable.getKey(), variable.getValue()), Map.of()))
                .hasSize(1));
    }

    @Test
    void keysAreInTheDirectoryOfTheSecret() {
        for (Path directory : Manifests.kustomizations()) {
            Path file = directory.resolve("genai.properties");
            if (Files.exists(file)) {
                // Also those that are there to be taken up by removing the sign of a comment.
                assertThat(Manifests.text(file)
                                .lines()
                                .filter(line -> line.contains("api.key.file="))
                                .map(line -> Path.of(line.replaceAll(".*=", ""))))
                        .hasSize(2)
                        .allSatisfy(key -> assertThat(mount(key)).isEqualTo("keys"));
            }
        }
    }

    @Test
    void aPodMayTakeAsLongToStopAsItNeeds() throws IOException {
        Duration needed = config(Manifests.ROOT.resolve("base/genai.properties"))
                .drainTimeout()
                .plus(Worker.CLOSE_TIMEOUT);

        assertThat(Duration.ofSeconds(pod("StatefulSet", "genai-worker")
                        .path("terminationGracePeriodSeconds")
                        .asLong()))
                .isGreaterThan(needed.plusSeconds(10));
    }

    @Test
    void probesAndScrapesGoToTheHttpPort() throws IOException {
        JsonNode port = worker.at("/ports/0");
        assertThat(port.path("containerPort").asInt())
                .isEqualTo(
                        config(Manifests.ROOT.resolve("base/genai.properties")).getInt(GenAiConfig.HTTP_PORT));

        assertThat(Stream.of("startupProbe", "livenessProbe", "readinessProbe")
                        .map(probe -> worker.path(probe).path("httpGet")))
                .allSatisfy(get -> {
                    assertThat(get.path("port")).isEqualTo(port.path("name"));
                    assertThat(get.path("path").asText()).matches("/health/(live|ready)");
                });
        JsonNode scrape = manifest("PodMonitor", "genai-worker").content().at("/spec/podMetricsEndpoints/0");
        assertThat(scrape.path("port")).isEqualTo(port.path("name"));
        JsonNode policy = manifest("NetworkPolicy", "genai-worker").content();
        assertThat(policy.at("/spec/ingress/0/ports/0/port")).isEqualTo(port.path("containerPort"));
    }

    @Test
    void theFrontDoorListensWhereItIsCalledAndAsksForKeys() {
        JsonNode server = pod("Deployment", "genai-serve").at("/containers/0");
        var config = new GenAiConfig(ConfigSources.merge(
                Manifests.ROOT.resolve("components/serve/serve.properties"), new Properties(), Map.of(), Map.of()));

        assertThat(config.serve().port())
                .isEqualTo(server.at("/ports/0/containerPort").asInt())
                .isEqualTo(manifest("NetworkPolicy", "genai-serve")
                        .content()
                        .at("/spec/ingress/0/ports/0/port")
                        .asInt());
        assertThat(config.serve().host()).isEqualTo("0.0.0.0");
        assertThat(config.serve().keysFile().orElseThrow().getParent())
                .isEqualTo(Path.of(server.at("/volumeMounts/1/mountPath").asText()));
        assertThat(texts(server.path("args"))).startsWith("serve").contains("/etc/genai/serve.properties");
    }

    @Test
    void thereAreNoMoreWorkersThanPartitions() {
        JsonNode scaled = manifest("ScaledObject", "genai-worker").content();
        JsonNode create = pod("Job", "genai-topics").at("/containers/0/args");

        assertThat(texts(create)).containsSubsequence("--partitions", PARTITIONS);
        assertThat(scaled.at("/spec/maxReplicaCount").asText()).isEqualTo(PARTITIONS);
    }

    @Test
    void scalingLooksAtWhatThereIs() throws IOException {
        GenAiConfig config = config(Manifests.ROOT.resolve("base/genai.properties"));
        JsonNode triggers = manifest("ScaledObject", "genai-worker").content().at("/spec/triggers");

        assertThat(triggers.findValuesAsText("query"))
                .singleElement()
                .asString()
                .contains("genai_items_open");
        assertThat(triggers.findValuesAsText("topic"))
                .containsExactly(
                        config.topics().requests("responses"),
                        config.topics().urgent("responses"),
                        config.topics().requests("documents"),
                        config.topics().urgent("documents"));
        assertThat(Set.copyOf(triggers.findValuesAsText("consumerGroup")))
                .containsExactly(config.getString(GenAiConfig.APPLICATION_ID));
    }

    @Test
    void usersOfKafkaHaveTheRightsThatTheyNeed() {
        List<Rule> rules = new ArrayList<>();
        for (Manifest user : manifests("KafkaUser")) {
            user.content().at("/spec/authorization/acls").forEach(acl -> acl.path("operations")
                    .forEach(operation -> rules.add(new Rule(
                            user.name(),
                            type(acl.at("/resource/type").asText()),
                            acl.at("/resource/patternType").asText().equals("prefix")
                                    ? PatternType.PREFIXED
                                    : PatternType.LITERAL,
                            acl.at("/resource/name").asText(),
                            operation(operation.asText())))));
        }

        assertThat(rules).containsExactlyInAnyOrderElementsOf(AclTable.rules());
    }

    @Test
    void alertsAreThoseOfPrometheus() {
        JsonNode alerts =
                Manifests.read(Path.of("src/main/monitoring/alerts.yml")).get(0);

        assertThat(manifest("PrometheusRule", "genai-worker").content().path("spec"))
                .as(
                        "whoever changes alerts.yml copies its groups to k8s/components/prometheus-operator/prometheusrule.yaml")
                .isEqualTo(alerts);
    }

    private static Stream<JsonNode> mergedPatches(Path directory) {
        return StreamSupport.stream(
                        Manifests.kustomization(directory).path("patches").spliterator(), false)
                .map(patch -> patch.has("path")
                        ? Manifests.text(directory.resolve(patch.path("path").asText()))
                        : patch.path("patch").asText())
                .flatMap(patch -> Manifests.parse(patch).stream())
                // The others are lists of operations.
                .filter(patch -> patch.has("kind"))
                .map(patch -> ((ObjectNode) patch).without("$patch"));
    }

    private List<Manifest> manifests(String kind) {
        return manifests.stream()
                .filter(manifest -> manifest.kind().equals(kind))
                .toList();
    }

    private Manifest manifest(String kind, String name) {
        return manifests(kind).stream()
                .filter(manifest -> manifest.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private JsonNode pod(String kind, String name) {
        return manifest(kind, name).pod();
    }

    private static boolean isOurs(JsonNode container) {
        return container.path("image").asText().equals("genai-streams");
    }

    /** The name of the volume that a path of the worker is on. */
    private String mount(Path path) {
        return StreamSupport.stream(worker.path("volumeMounts").spliterator(), false)
                .filter(mount -> path.startsWith(mount.path("mountPath").asText()))
                .map(mount -> mount.path("name").asText())
                .findFirst()
                .orElse("");
    }

    private Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        for (JsonNode variable : worker.path("env")) {
            String value = variable.at("/valueFrom/fieldRef/fieldPath").asText().equals("metadata.name")
                    ? "genai-worker-0"
                    : variable.path("value").asText();
            environment.put(variable.path("name").asText(), value);
        }
        return environment;
    }

    /** What a worker makes of the file and of its pod's variables. */
    private GenAiConfig config(Path properties) throws IOException {
        Path key = Files.writeString(dir.resolve("key"), "sk-test");
        Path file = Files.writeString(
                dir.resolve("genai.properties"),
                Manifests.text(properties).replaceAll("(?m)api\\.key\\.file=.*", "api.key.file=" + key));
        return new GenAiConfig(ConfigSources.merge(file, new Properties(), environment(), Map.of()));
    }

    private static List<String> texts(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
    }

    private static ResourceType type(String name) {
        return name.equals("transactionalId") ? ResourceType.TRANSACTIONAL_ID : ResourceType.fromString(name);
    }

    private static AclOperation operation(String name) {
        return AclOperation.fromString(name.replaceAll("(?<=[a-z])(?=[A-Z])", "_"));
    }
}

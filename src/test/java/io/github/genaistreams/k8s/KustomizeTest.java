package io.github.genaistreams.k8s;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@code kubectl kustomize} makes of each overlay, and so of base. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KustomizeTest {

    /** What the docs say is made elsewhere: by a person, and by Strimzi's operators. */
    private static final Set<String> MADE_ELSEWHERE = Set.of(
            "Secret genai-worker-keys",
            "Secret genai-serve-keys",
            "Secret genai-worker",
            "Secret my-cluster-cluster-ca-cert");

    private final Kinds kinds = new Kinds();

    @BeforeEach
    void needsKubectl() {
        boolean isThere = Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, "kubectl")));
        Assumptions.assumeTrue(
                isThere, "kubectl is not on the PATH: what kustomize makes of k8s/ is not checked, its files are");
    }

    static List<Path> overlays() {
        return Manifests.kustomizations().stream()
                .filter(directory -> directory.startsWith(Manifests.ROOT.resolve("overlays")))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("overlays")
    void makesManifestsThatFitTogether(Path directory) throws Exception {
        List<JsonNode> made = kustomize(directory);

        Set<String> names = new HashSet<>(MADE_ELSEWHERE);
        made.forEach(manifest -> names.add(manifest.path("kind").asText() + " "
                + manifest.at("/metadata/name").asText()));
        assertThat(made).hasSizeGreaterThan(6).allSatisfy(manifest -> {
            assertThat(kinds.flaws(manifest)).isEmpty();
            assertThat(names).containsAll(referred(manifest));
        });
    }

    /** The names that a manifest's pods and a scaler's target need. */
    private static List<String> referred(JsonNode manifest) {
        JsonNode pod = manifest.at("/spec/template/spec");
        JsonNode target = manifest.at("/spec/scaleTargetRef");
        return Stream.of(
                        names(
                                "ConfigMap",
                                pod.path("volumes").findPath("configMap").findValuesAsText("name")),
                        names("Secret", pod.path("volumes").findValuesAsText("secretName")),
                        names("PersistentVolumeClaim", pod.path("volumes").findValuesAsText("claimName")),
                        names("ServiceAccount", pod.findValuesAsText("serviceAccountName")),
                        names("Service", manifest.path("spec").findValuesAsText("serviceName")),
                        names(target.path("kind").asText(), target.findValuesAsText("name")))
                .flatMap(List::stream)
                .toList();
    }

    private static List<String> names(String kind, List<String> names) {
        return names.stream().map(name -> kind + " " + name).toList();
    }

    private static List<JsonNode> kustomize(Path directory) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("kubectl", "kustomize", directory.toString())
                .redirectErrorStream(true)
                .start();
        String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as(printed).isZero();
        return Manifests.parse(printed);
    }
}

package io.github.genaistreams;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import com.tngtech.archunit.library.Architectures;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Imports run down the list of packages, never up, and never in a circle. One instance, since it takes seconds to read all classes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PackagesTest {

    private static final String ROOT = "io.github.genaistreams.";

    /** Each package and those that may use it; a package that is not named here may not use it. */
    private static final Map<String, List<String>> MAY_BE_USED_BY = new TreeMap<>(Map.ofEntries(
            Map.entry(
                    "model",
                    List.of(
                            "wire",
                            "check",
                            "provider",
                            "registry",
                            "flow",
                            "topology",
                            "worker",
                            "client",
                            "embedded",
                            "bench",
                            "cli")),
            Map.entry(
                    "wire",
                    List.of(
                            "check",
                            "provider",
                            "registry",
                            "topology",
                            "worker",
                            "client",
                            "embedded",
                            "bench",
                            "cli")),
            Map.entry("store", List.of("check", "provider", "worker", "client", "embedded", "cli")),
            Map.entry("check", List.of("provider", "client", "cli")),
            Map.entry("http", List.of("worker")),
            Map.entry("provider", List.of("registry", "topology", "worker", "sandbox")),
            Map.entry("registry", List.of("worker", "client", "cli")),
            Map.entry("flow", List.of("topology", "worker", "cli")),
            Map.entry("topology", List.of("worker", "embedded", "bench", "cli")),
            Map.entry("worker", List.of("embedded", "bench", "cli")),
            Map.entry("client", List.of("embedded", "cli")),
            Map.entry("sandbox", List.of("embedded", "bench", "cli")),
            Map.entry("embedded", List.of("bench", "cli")),
            Map.entry("bench", List.of("cli")),
            Map.entry("cli", List.of())));

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.github.genaistreams");

    @Test
    void shouldImportDownwardsOnly() {
        Architectures.LayeredArchitecture layers =
                Architectures.layeredArchitecture().consideringOnlyDependenciesInLayers();
        for (List<String> layer : MAY_BE_USED_BY.entrySet().stream()
                .map(entry -> List.of(entry.getKey(), ROOT + entry.getKey() + ".."))
                .toList()) {
            layers = layers.layer(layer.get(0)).definedBy(layer.get(1));
        }
        for (Map.Entry<String, List<String>> layer : MAY_BE_USED_BY.entrySet()) {
            layers = layer.getValue().isEmpty()
                    ? layers.whereLayer(layer.getKey()).mayNotBeAccessedByAnyLayer()
                    : layers.whereLayer(layer.getKey())
                            .mayOnlyBeAccessedByLayers(layer.getValue().toArray(String[]::new));
        }
        layers.check(classes);
    }

    @Test
    void shouldHaveNoCycleBetweenPackages() {
        SlicesRuleDefinition.slices()
                .matching("io.github.genaistreams.(**)")
                .should()
                .beFreeOfCycles()
                .check(classes);
    }

    @Test
    void shouldKeepTheBrokersClassesInEmbedded() {
        ArchRuleDefinition.noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "embedded..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("kafka..", "org.apache.kafka.server..", "org.apache.kafka.metadata..")
                .check(classes);
    }

    @Test
    void shouldKeepHttpOutOfTheTopology() {
        ArchRuleDefinition.noClasses()
                .that()
                .resideInAnyPackage(
                        ROOT + "model..",
                        ROOT + "wire..",
                        ROOT + "check..",
                        ROOT + "flow..",
                        ROOT + "topology..",
                        ROOT + "client..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.vertx..", "java.net.http..")
                .check(classes);
    }
}

package io.github.genaistreams;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import com.tngtech.archunit.library.Architectures;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Imports run down the list of packages, never up. One instance, since it takes seconds to read all classes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PackagesTest {

    private static final String ROOT = "io.github.genaistreams.";

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.github.genaistreams");

    @Test
    void shouldImportDownwardsOnly() {
        Architectures.LayeredArchitecture layers =
                Architectures.layeredArchitecture().consideringOnlyDependenciesInLayers();
        List<String> names = List.of(
                "model",
                "wire",
                "store",
                "http",
                "provider",
                "registry",
                "flow",
                "batch",
                "topology",
                "worker",
                "client",
                "local",
                "embedded",
                "cli");
        for (String name : names) {
            layers = layers.layer(name).definedBy(ROOT + name + "..");
        }
        layers.whereLayer("cli")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("embedded")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("local")
                .mayOnlyBeAccessedByLayers("embedded", "cli")
                .whereLayer("worker")
                .mayOnlyBeAccessedByLayers("embedded", "cli")
                .whereLayer("client")
                .mayOnlyBeAccessedByLayers("embedded", "cli")
                .whereLayer("topology")
                .mayOnlyBeAccessedByLayers("worker", "embedded", "cli")
                .whereLayer("batch")
                .mayOnlyBeAccessedByLayers("topology")
                .whereLayer("flow")
                .mayOnlyBeAccessedByLayers("topology", "worker", "cli")
                .whereLayer("provider")
                .mayOnlyBeAccessedByLayers("registry", "topology", "worker", "client", "local", "cli")
                .whereLayer("registry")
                .mayOnlyBeAccessedByLayers("worker", "client", "cli")
                .whereLayer("store")
                .mayNotAccessAnyLayer()
                .whereLayer("http")
                .mayNotAccessAnyLayer()
                .whereLayer("http")
                .mayOnlyBeAccessedByLayers("worker")
                .whereLayer("wire")
                .mayOnlyAccessLayers("model")
                .whereLayer("model")
                .mayNotAccessAnyLayer()
                .check(classes);
    }

    @Test
    void shouldKeepTheBrokersClassesInLocal() {
        ArchRuleDefinition.noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "local..")
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
                        ROOT + "model..", ROOT + "wire..", ROOT + "flow..", ROOT + "batch..", ROOT + "topology..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.vertx..", "java.net.http..")
                .check(classes);
    }
}

package io.github.genaistreams;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import com.tngtech.archunit.library.Architectures;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
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
                            "serve",
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
                            "serve",
                            "bench",
                            "cli")),
            Map.entry("store", List.of("check", "provider", "worker", "client", "embedded", "serve", "cli")),
            Map.entry("check", List.of("provider", "client", "serve", "cli")),
            Map.entry("http", List.of("worker", "serve")),
            Map.entry("provider", List.of("registry", "topology", "worker", "sandbox")),
            Map.entry("registry", List.of("worker", "client", "cli")),
            Map.entry("flow", List.of("topology", "worker", "cli")),
            Map.entry("topology", List.of("worker", "embedded", "serve", "bench", "cli")),
            Map.entry("worker", List.of("embedded", "serve", "bench", "cli")),
            Map.entry("client", List.of("embedded", "serve", "cli")),
            Map.entry("sandbox", List.of("embedded", "bench", "cli")),
            Map.entry("embedded", List.of("bench", "cli")),
            Map.entry("serve", List.of("cli")),
            Map.entry("bench", List.of("cli")),
            Map.entry("cli", List.of())));

    /** How many types of each package other packages may use. A package that is not named here has none. */
    private static final Map<String, Integer> PUBLIC_TYPES = new TreeMap<>(Map.ofEntries(
            Map.entry("bench", 3),
            Map.entry("check", 6),
            Map.entry("cli", 1),
            Map.entry("cli.command", 2),
            Map.entry("cli.console", 14),
            Map.entry("cli.document", 4),
            Map.entry("cli.option", 14),
            Map.entry("cli.output", 12),
            Map.entry("cli.table", 3),
            Map.entry("client", 11),
            Map.entry("client.content", 6),
            Map.entry("client.deadletter", 3),
            Map.entry("client.input", 5),
            Map.entry("client.kafka", 9),
            Map.entry("client.read", 18),
            Map.entry("embedded", 4),
            Map.entry("flow", 21),
            Map.entry("http", 2),
            Map.entry("model", 27),
            Map.entry("provider", 15),
            Map.entry("provider.datalab", 2),
            Map.entry("provider.http", 16),
            Map.entry("provider.openai", 2),
            Map.entry("provider.openai.price", 2),
            Map.entry("registry", 3),
            Map.entry("sandbox", 7),
            Map.entry("serve", 1),
            Map.entry("serve.batch", 2),
            Map.entry("serve.http", 11),
            Map.entry("serve.page", 3),
            Map.entry("store", 4),
            Map.entry("topology", 5),
            Map.entry("topology.batch", 5),
            Map.entry("topology.call", 21),
            Map.entry("topology.gate", 4),
            Map.entry("topology.topic", 5),
            Map.entry("wire", 25),
            Map.entry("worker", 13)));

    /** Packages of the JDK, of this project, and of the dependencies that are not optional. */
    private static final List<String> LIBRARY = List.of(
            "java",
            "io.github.genaistreams",
            "org.apache.kafka.clients",
            "org.apache.kafka.common",
            "com.fasterxml.jackson.annotation",
            "com.fasterxml.jackson.core",
            "com.fasterxml.jackson.databind",
            "com.fasterxml.jackson.dataformat.avro",
            "com.fasterxml.jackson.datatype.jsr310",
            "org.apache.avro",
            "com.networknt.schema",
            "org.roaringbitmap",
            "org.slf4j",
            // Annotations, which may be missing.
            "org.jspecify.annotations",
            "com.google.auto.value");

    /** Loaded only when they are used; their comments say what they need. */
    private static final Pattern ON_DEMAND = Pattern.compile(".+\\.(PdfPages|S3Store)(\\$.+)?");

    private static final DescribedPredicate<JavaClass> IS_LIBRARY = JavaClass.Predicates.resideInAnyPackage(
            ROOT + "client..", ROOT + "check..", ROOT + "wire..", ROOT + "model..", ROOT + "store..");

    private final JavaClasses classes = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.github.genaistreams");

    @Test
    void importsDownwardsOnly() {
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
    void hasNoCycleBetweenPackages() {
        SlicesRuleDefinition.slices()
                .matching("io.github.genaistreams.(**)")
                .should()
                .beFreeOfCycles()
                .check(classes);
    }

    /** Every public type is a decision: whoever adds one changes the number of its package here. */
    @Test
    void opensNoTypeToOtherPackagesByChance() {
        var found = new TreeMap<String, Integer>();
        for (JavaClass type : classes) {
            if (type.isTopLevelClass() && type.getModifiers().contains(JavaModifier.PUBLIC)) {
                found.merge(type.getPackageName().substring(ROOT.length()), 1, Integer::sum);
            }
        }

        assertThat(found).isEqualTo(PUBLIC_TYPES);
    }

    /** A service that uses the client gets the dependencies of pom.xml that are not optional: see {@link LibraryPomTest}. */
    @Test
    void reachesNoOptionalDependencyFromTheClient() {
        var reached = new TreeMap<String, String>();
        var found = new HashSet<JavaClass>();
        var todo = new ArrayDeque<>(classes.that(IS_LIBRARY));
        while (!todo.isEmpty()) {
            JavaClass type = todo.remove();
            if (!type.getName().startsWith(ROOT)
                    || ON_DEMAND.matcher(type.getName()).matches()) {
                continue;
            }
            for (Dependency dependency : type.getDirectDependenciesFromSelf()) {
                JavaClass target = dependency.getTargetClass().getBaseComponentType();
                if (!target.isPrimitive() && found.add(target)) {
                    todo.add(target);
                    reached.putIfAbsent(target.getPackageName(), dependency.getDescription());
                }
            }
        }

        reached.keySet().removeIf(name -> LIBRARY.stream().anyMatch(name::startsWith));
        assertThat(reached).isEmpty();
        assertThat(found).anyMatch(type -> type.getPackageName().equals("org.apache.avro"));
    }

    /** The build checks nullness in packages with this annotation only. */
    @Test
    void saysInTheTypesWhatMayBeNull() {
        Stream<JavaPackage> packages =
                classes.stream().map(JavaClass::getPackage).distinct();

        assertThat(packages).hasSizeGreaterThan(35).allMatch(one -> one.isAnnotatedWith(NullMarked.class));
    }

    @Test
    void keepsTheBrokersClassesInEmbedded() {
        ArchRuleDefinition.noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "embedded..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("kafka..", "org.apache.kafka.server..", "org.apache.kafka.metadata..")
                .check(classes);
    }

    @Test
    void keepsKafkaOutOfTheSandbox() {
        ArchRuleDefinition.noClasses()
                .that()
                .resideInAPackage(ROOT + "sandbox..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("kafka..", "org.apache.kafka..")
                .check(classes);
    }

    @Test
    void keepsHttpOutOfTheTopology() {
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

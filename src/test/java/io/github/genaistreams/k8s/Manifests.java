package io.github.genaistreams.k8s;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What {@code k8s/} consists of. */
public final class Manifests {

    public static final Path ROOT = Path.of("k8s");

    private static final ObjectReader YAML = YAMLMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .build()
            .readerFor(JsonNode.class);

    private Manifests() {}

    /** A manifest that stands whole in a file: no patch, and not what tells kustomize how to put things together. */
    public record Manifest(Path file, JsonNode content) {

        public String kind() {
            return content.path("kind").asText();
        }

        public String name() {
            return content.at("/metadata/name").asText();
        }

        /** What all pods of it are like; missing if it has none. */
        public JsonNode pod() {
            return content.at("/spec/template/spec");
        }

        @Override
        public String toString() {
            return kind() + " " + name() + " of " + file;
        }
    }

    /** All documents of a YAML file. A key that stands there twice is an error. */
    public static List<JsonNode> read(Path file) {
        return parse(text(file));
    }

    public static List<JsonNode> parse(String yaml) {
        try (var documents = YAML.<JsonNode>readValues(new StringReader(yaml))) {
            return documents.readAll();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The directories that kustomize builds from. */
    public static List<Path> kustomizations() {
        try (Stream<Path> files = Files.walk(ROOT)) {
            return files.filter(file -> file.endsWith("kustomization.yaml"))
                    .map(Path::getParent)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static JsonNode kustomization(Path directory) {
        return read(directory.resolve("kustomization.yaml")).get(0);
    }

    /** The files of a directory that its kustomization names, in one of the ways in which it can. */
    public static List<Path> named(Path directory) {
        JsonNode kustomization = kustomization(directory);
        List<Path> named = new ArrayList<>();
        resources(kustomization).map(directory::resolve).forEach(named::add);
        kustomization.path("patches").findValuesAsText("path").stream()
                .map(directory::resolve)
                .forEach(named::add);
        kustomization
                .path("configMapGenerator")
                .findValues("files")
                .forEach(files -> files.forEach(file -> named.add(directory.resolve(file.asText()))));
        return named;
    }

    private static Stream<String> resources(JsonNode kustomization) {
        return StreamSupport.stream(kustomization.path("resources").spliterator(), false)
                .map(JsonNode::asText)
                .filter(path -> path.endsWith(".yaml"));
    }

    /** Every manifest that stands whole in a file. */
    public static List<Manifest> all() {
        return kustomizations().stream()
                .flatMap(directory -> resources(kustomization(directory)).map(directory::resolve))
                .flatMap(file -> read(file).stream().map(content -> new Manifest(file, content)))
                .toList();
    }
}

package io.github.genaistreams.k8s;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.PathType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** What the API server and the operators say of their kinds; see {@code src/test/resources/kubernetes}. */
final class Kinds {

    private static final Path SCHEMAS = Path.of("src/test/resources/kubernetes/kinds.json");

    private final SchemaRegistry registry = SchemaRegistry.withDefaultDialect(
            SpecificationVersion.DRAFT_2020_12,
            builder -> builder.schemaRegistryConfig(SchemaRegistryConfig.builder()
                    .pathType(PathType.JSON_POINTER)
                    .build()));
    private final ObjectNode definitions;
    private final Map<String, Schema> schemas = new HashMap<>();

    Kinds() {
        try {
            definitions = (ObjectNode) new ObjectMapper().readTree(SCHEMAS.toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What is wrong with a manifest; nothing if it is as its kind asks for. */
    List<String> flaws(JsonNode manifest) {
        return errors(manifest).map(Error::toString).toList();
    }

    /** Likewise, of a part of one: what it leaves out is no flaw. */
    List<String> flawsOfPart(JsonNode manifest) {
        return errors(manifest)
                .filter(error -> !error.getKeyword().equals("required"))
                .map(Error::toString)
                .toList();
    }

    private Stream<Error> errors(JsonNode manifest) {
        return schemas.computeIfAbsent(manifest.path("kind").asText(), this::schema).validate(manifest).stream();
    }

    private Schema schema(String kind) {
        if (!definitions.path("$defs").has(kind)) {
            throw new AssertionError(
                    "No schema of kind '" + kind + "': " + SCHEMAS.getParent() + "/README.md says how to make one");
        }
        return registry.getSchema(definitions.deepCopy().put("$ref", "#/$defs/" + kind));
    }
}

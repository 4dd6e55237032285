package io.github.genaistreams.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.registry.RegistryHttp.RegistryAnswer;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WriterSchema;
import java.util.concurrent.CompletableFuture;

/** The required calls of Confluent's REST API. Thread-safe. */
final class SchemaApi implements AutoCloseable {

    private final RegistryHttp http;

    /** What is known about a schema. */
    sealed interface Lookup {

        record Found(WriterSchema schema) implements Lookup {}

        /** It exists, but records cannot be read with it. */
        record Unusable(String reason) implements Lookup {}

        /** It does not exist. */
        record Absent() implements Lookup {}

        /** Unknown at present. */
        record Away(String reason) implements Lookup {}
    }

    SchemaApi(RegistryHttp http) {
        this.http = http;
    }

    /** The schema with this ID. */
    CompletableFuture<Lookup> schema(int id) {
        String path = "/schemas/ids/" + id;
        return http.get(path).thenCompose(answer -> {
            // Some servers return a schema with references as a single schema.
            boolean hasReferences = answer instanceof RegistryAnswer.Given given && hasReferences(given.body());
            return (hasReferences ? http.get(path + "?format=resolved") : CompletableFuture.completedFuture(answer))
                    .thenApply(last -> lookup(id, last));
        });
    }

    private static boolean hasReferences(JsonNode body) {
        return !body.path("references").isEmpty();
    }

    private static Lookup lookup(int id, RegistryAnswer answer) {
        if (answer instanceof RegistryAnswer.Away away) {
            return new Lookup.Away(away.reason());
        }
        if (answer instanceof RegistryAnswer.Refused refused) {
            return new Lookup.Unusable("schema " + id + " of the registry could not be read: " + refused.reason());
        }
        if (!(answer instanceof RegistryAnswer.Given given)) {
            return new Lookup.Absent();
        }
        JsonNode body = given.body();
        String type = body.path("schemaType").asText("AVRO");
        if (!type.equals("AVRO")) {
            return new Lookup.Unusable("schema " + id + " of the registry is not an Avro schema");
        }
        if (!body.path("schema").isTextual()) {
            return new Lookup.Away(
                    "the answer of the registry has no `schema`: check the setting " + RegistrySettings.URL);
        }
        try {
            return new Lookup.Found(WriterSchema.parse(id, body.path("schema").textValue()));
        } catch (WireException e) {
            return new Lookup.Unusable(
                    hasReferences(body)
                            ? "schema " + id
                                    + " of the registry refers to other schemas, and the registry does not return"
                                    + " them together"
                            : e.getMessage());
        }
    }

    /** Adds an Avro schema as a version of a subject, unless it is one already; the answer has its {@code id}. */
    CompletableFuture<RegistryAnswer> register(String subject, String schema) {
        return http.post("/subjects/" + subject + "/versions", body(schema));
    }

    /** Finds a schema among the versions of a subject; the answer has its {@code id}. */
    CompletableFuture<RegistryAnswer> find(String subject, String schema) {
        return http.post("/subjects/" + subject, body(schema));
    }

    private static JsonNode body(String schema) {
        return JsonNodeFactory.instance.objectNode().put("schema", schema);
    }

    @Override
    public void close() {
        http.close();
    }
}

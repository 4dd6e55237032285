package io.github.genaistreams.cli.option;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WireFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Request fields without an option of their own, by their names on the wire. */
public final class RequestFields {

    private static final JsonMapper JSON = new JsonMapper();

    /** The documents and their order set these fields. */
    private static final Set<String> OF_EACH = Set.of(
            "batch_id",
            "index",
            "batch_size",
            "document",
            "document_ref",
            "file_url",
            "file_name",
            "checkpoint_id",
            "expected_pages");

    private static final Map<String, Class<?>> TYPES = Arrays.stream(DocumentRequest.class.getRecordComponents())
            .collect(Collectors.toMap(
                    field -> PropertyNamingStrategies.SnakeCaseStrategy.INSTANCE.translate(field.getName()),
                    RecordComponent::getType));

    private RequestFields() {}

    /** The request with these fields set; a field that it does not have goes into its {@code extra_fields}. */
    public static DocumentRequest in(DocumentRequest request, Map<String, String> fields) {
        ObjectNode json = tree(request);
        fields.forEach((name, value) -> {
            if (OF_EACH.contains(name)) {
                throw new CliException("--field " + name + ": the FILE arguments set this field; remove the option.");
            }
            Class<?> type = TYPES.get(name);
            if (type == null) {
                json.withObjectProperty("extra_fields").put(name, value);
            } else {
                json.set(name, type == String.class ? TextNode.valueOf(value) : valueOf(value));
            }
        });
        try {
            return Codecs.DOCUMENT_REQUEST.decode(JSON.writeValueAsBytes(json));
        } catch (WireException e) {
            throw new CliException("--field: " + e.getMessage(), e);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ObjectNode tree(DocumentRequest request) {
        try {
            return (ObjectNode) JSON.readTree(Codecs.DOCUMENT_REQUEST.encode(request, WireFormat.JSON));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The value as JSON, or as a string if it is not valid JSON. */
    private static JsonNode valueOf(String value) {
        try {
            return JSON.readTree(value);
        } catch (JsonProcessingException e) {
            return TextNode.valueOf(value);
        }
    }
}

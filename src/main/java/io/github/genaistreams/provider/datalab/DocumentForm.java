package io.github.genaistreams.provider.datalab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.check.FormValues;
import io.github.genaistreams.model.DocumentRequest;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.multipart.MultipartForm;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request as the API's form, with a text field for every parameter. Unset parameters are not sent, except the output
 * format and the mode of a conversion: their defaults here are not the API's.
 *
 * <p>The API takes {@code extras} as a list of switches. Users of other libraries write an object there. Its fields go
 * into the API's own field {@code additional_config}.
 */
final class DocumentForm {

    private DocumentForm() {}

    /** The form without a document, which the request may give by its URL. */
    static MultipartForm of(DocumentRequest request, Endpoint endpoint) {
        MultipartForm form = MultipartForm.create();
        fields(request, endpoint).forEach(form::attribute);
        return form;
    }

    /** The form with a document in memory. */
    static MultipartForm of(DocumentRequest request, Endpoint endpoint, byte[] document, MediaType type) {
        return of(request, endpoint)
                .binaryFileUpload("file", type.fileName(), Buffer.buffer(document), type.contentType());
    }

    /** The form with a document in a file. */
    static MultipartForm of(DocumentRequest request, Endpoint endpoint, Path document, MediaType type) {
        return of(request, endpoint)
                .binaryFileUpload(
                        "file", type.fileName(), document.toAbsolutePath().toString(), type.contentType());
    }

    /** The fields that an endpoint takes, except the file. */
    static Map<String, String> fields(DocumentRequest request, Endpoint endpoint) {
        Map<String, String> fields = given(request);
        endpoint.select(fields);
        if (endpoint.converts()) {
            fields.putIfAbsent("output_format", DocumentRequest.DEFAULT_OUTPUT_FORMAT);
            fields.putIfAbsent("mode", DocumentRequest.DEFAULT_MODE);
        }
        ObjectNode extraFields = FormValues.object(request.extraFields());
        if (extraFields != null) {
            extraFields
                    .properties()
                    .forEach(field -> fields.put(
                            field.getKey(),
                            field.getValue().isTextual()
                                    ? field.getValue().asText()
                                    : field.getValue().toString()));
        }
        return fields;
    }

    /** The parameters that the request sets, by the names of their fields. */
    static Map<String, String> given(DocumentRequest request) {
        Map<String, String> fields = new LinkedHashMap<>();
        DocumentRequest.SAME_IN_FORM.forEach((name, parameter) -> put(fields, name, parameter.apply(request)));
        put(fields, "output_format", String.join(",", FormValues.words(request.outputFormat())));
        put(fields, "page_schema", FormValues.object(request.pageSchema()));
        put(fields, "segmentation_schema", FormValues.object(request.segmentationSchema()));
        put(fields, "extras", String.join(",", FormValues.words(request.extras())));
        put(fields, "additional_config", additionalConfig(request));
        return fields;
    }

    /** Null if the request has neither this field nor an object of {@code extras}. */
    private static @Nullable ObjectNode additionalConfig(DocumentRequest request) {
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        for (JsonNode given : Arrays.asList(request.additionalConfig(), request.extras())) {
            ObjectNode object = FormValues.object(given);
            if (object != null) {
                config.setAll(object);
            }
        }
        return config.isEmpty() ? null : config;
    }

    private static void put(Map<String, String> fields, String name, @Nullable Object value) {
        if (value != null && !value.toString().isEmpty()) {
            fields.put(name, value.toString());
        }
    }
}

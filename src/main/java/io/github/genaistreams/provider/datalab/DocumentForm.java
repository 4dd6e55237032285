package io.github.genaistreams.provider.datalab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.check.FormValues;
import io.github.genaistreams.model.DocumentRequest;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.multipart.MultipartForm;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A request as the API's form: every parameter is a text field. Unset parameters are not sent, except the output format
 * and the mode of a conversion, whose defaults here differ from the API's.
 *
 * <p>For the API, {@code extras} is a list of switches. Users of other libraries write an object there, which goes into
 * the API's own field {@code additional_config}.
 */
final class DocumentForm {

    private DocumentForm() {}

    /**
     * The form with the document: from a file, from memory, or by URL.
     *
     * @param file the document's file, null if it is in the request
     * @param type the document's media type, null if it is only a URL
     */
    static MultipartForm of(DocumentRequest request, Endpoint endpoint, Path file, MediaType type) {
        MultipartForm form = MultipartForm.create();
        fields(request, endpoint).forEach(form::attribute);
        if (file != null) {
            form.binaryFileUpload("file", type.fileName(), file.toAbsolutePath().toString(), type.contentType());
        } else if (request.document() != null) {
            byte[] document = request.document().bytes();
            form.binaryFileUpload("file", type.fileName(), Buffer.buffer(document), type.contentType());
        }
        return form;
    }

    /** All fields except the file, as an endpoint takes them. */
    static Map<String, String> fields(DocumentRequest request, Endpoint endpoint) {
        Map<String, String> fields = given(request);
        endpoint.select(fields);
        if (endpoint.converts()) {
            fields.putIfAbsent("output_format", DocumentRequest.DEFAULT_OUTPUT_FORMAT);
            fields.putIfAbsent("mode", DocumentRequest.DEFAULT_MODE);
        }
        if (request.extraFields() != null) {
            FormValues.object(request.extraFields())
                    .properties()
                    .forEach(field -> fields.put(
                            field.getKey(),
                            field.getValue().isTextual()
                                    ? field.getValue().asText()
                                    : field.getValue().toString()));
        }
        return fields;
    }

    /** The set parameters that are named here. */
    static Map<String, String> given(DocumentRequest request) {
        Map<String, String> fields = new LinkedHashMap<>();
        DocumentRequest.SAME_IN_FORM.forEach((name, parameter) -> put(fields, name, parameter.apply(request)));
        put(fields, "output_format", String.join(",", FormValues.words(request.outputFormat())));
        put(fields, "page_schema", objectText(request.pageSchema()));
        put(fields, "segmentation_schema", objectText(request.segmentationSchema()));
        put(fields, "extras", String.join(",", FormValues.words(request.extras())));
        put(fields, "additional_config", additionalConfig(request));
        return fields;
    }

    private static String objectText(JsonNode value) {
        return value == null ? null : FormValues.object(value).toString();
    }

    private static String additionalConfig(DocumentRequest request) {
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        if (request.additionalConfig() != null) {
            config.setAll(FormValues.object(request.additionalConfig()));
        }
        ObjectNode extras = request.extras() == null ? null : FormValues.object(request.extras());
        if (extras != null) {
            config.setAll(extras);
        }
        return config.isEmpty() ? null : config.toString();
    }

    private static void put(Map<String, String> fields, String name, Object value) {
        if (value != null && !value.toString().isEmpty()) {
            fields.put(name, value.toString());
        }
    }
}

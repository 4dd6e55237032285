package io.github.genaistreams.provider.datalab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.check.FormValues;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.provider.UrlHosts;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The URLs in a request that the API fetches from, or calls when it is done. */
public final class DocumentUrls {

    private DocumentUrls() {}

    /** The first URL that is not allowed. */
    public static Optional<CallError> firstRefused(DocumentRequest request, UrlHosts hosts) {
        return hosts.isLimited()
                ? hosts.refusal("file_url", request.fileUrl())
                        .or(() -> hosts.refusal("webhook_url", request.webhookUrl()))
                        .or(() -> extraFields(request.extraFields(), hosts))
                : Optional.empty();
    }

    /** Extra fields replace the fields of parameters, and the API may have more fields with URLs. */
    private static Optional<CallError> extraFields(@Nullable JsonNode extraFields, UrlHosts hosts) {
        ObjectNode fields = FormValues.object(extraFields);
        if (fields == null) {
            return Optional.empty();
        }
        return fields.properties().stream()
                .filter(field -> field.getKey().toLowerCase(Locale.ROOT).endsWith("url"))
                .map(field -> hosts.refusal(
                        "extra_fields." + field.getKey(), field.getValue().asText()))
                .flatMap(Optional::stream)
                .findFirst();
    }
}

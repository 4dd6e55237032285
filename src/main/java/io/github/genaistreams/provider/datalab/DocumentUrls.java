package io.github.genaistreams.provider.datalab;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.check.FormValues;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.provider.UrlHosts;
import java.util.Locale;
import java.util.Optional;

/** The URLs in a request that the API fetches from, or calls on completion. */
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

    /** These override the named fields, and the API may have more of them. */
    private static Optional<CallError> extraFields(JsonNode fields, UrlHosts hosts) {
        if (fields == null || FormValues.object(fields) == null) {
            return Optional.empty();
        }
        return FormValues.object(fields).properties().stream()
                .filter(field -> field.getKey().toLowerCase(Locale.ROOT).endsWith("url"))
                .map(field -> hosts.refusal(
                        "extra_fields." + field.getKey(), field.getValue().asText()))
                .flatMap(Optional::stream)
                .findFirst();
    }
}

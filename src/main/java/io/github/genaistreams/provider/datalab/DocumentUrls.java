package io.github.genaistreams.provider.datalab;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.check.FormValues;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.provider.UrlHosts;
import java.util.Locale;
import java.util.Optional;

/** The addresses in a request that the API fetches from, or calls with what it has made. */
public final class DocumentUrls {

    private DocumentUrls() {}

    /** The first one that may not be asked for. */
    public static Optional<CallError> firstRefused(DocumentRequest request, UrlHosts hosts) {
        return hosts.isLimited()
                ? hosts.refusal("file_url", request.fileUrl())
                        .or(() -> hosts.refusal("webhook_url", request.webhookUrl()))
                        .or(() -> extraFields(request.extraFields(), hosts))
                : Optional.empty();
    }

    /** They take the place of the fields that have a name here, and the API may know more of them. */
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

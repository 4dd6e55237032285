package io.github.genaistreams.sandbox;

import io.github.genaistreams.provider.Secret;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;

/** Checks the API key of a request. */
final class ApiKeys {

    private ApiKeys() {}

    static Optional<ErrorReply> refusal(HttpServerRequest request, SandboxSettings settings) {
        String authorization = request.getHeader("Authorization");
        String key = authorization != null && authorization.regionMatches(true, 0, "Bearer ", 0, 7)
                ? authorization.substring(7).strip()
                : "";
        if (key.isEmpty()) {
            return Optional.of(new ErrorReply(
                    401,
                    "invalid_request_error",
                    null,
                    null,
                    "You didn't provide an API key. Send it in an Authorization header with Bearer authentication."));
        }
        return settings.requiredKey()
                .map(Secret::reveal)
                .filter(required -> !required.equals(key))
                .map(other -> new ErrorReply(
                        401, "invalid_request_error", "invalid_api_key", null, "Incorrect API key provided."));
    }
}

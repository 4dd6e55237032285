package io.github.genaistreams.sandbox;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.net.URI;
import java.util.Optional;
import java.util.Set;

/** Who wants to be told that a document is done. On this machine only: the sandbox must not call whom a record names. */
record Webhook(URI address) {

    private static final Set<String> THIS_MACHINE = Set.of("127.0.0.1", "localhost");
    private static final int HTTP_PORT = 80;

    /**
     * Empty for any address but one of this machine, as that is read here: what a URL seems to begin with
     * ({@code http://127.0.0.1:80@example.org/}) may be the name of a user.
     *
     * @param url may be null
     */
    static Optional<Webhook> of(String url) {
        try {
            return Optional.ofNullable(url)
                    .map(String::strip)
                    .map(URI::create)
                    .filter(uri -> "http".equals(uri.getScheme()))
                    .filter(uri -> uri.getRawUserInfo() == null)
                    .filter(uri -> uri.getHost() != null && THIS_MACHINE.contains(uri.getHost()))
                    .map(Webhook::new);
        } catch (IllegalArgumentException noAddress) {
            return Optional.empty();
        }
    }

    /** Calls it; what it answers is nobody's concern. */
    void call(Vertx vertx, byte[] json) {
        var client = vertx.createHttpClient();
        client.request(options())
                .compose(request -> request.send(Buffer.buffer(json)))
                .onComplete(sent -> client.close());
    }

    /** From its parts, so that it cannot be read in another way than when it was checked. */
    private RequestOptions options() {
        String path = address.getRawPath().isEmpty() ? "/" : address.getRawPath();
        return new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(address.getHost())
                .setPort(address.getPort() < 0 ? HTTP_PORT : address.getPort())
                .setURI(address.getRawQuery() == null ? path : path + "?" + address.getRawQuery())
                .putHeader("Content-Type", "application/json");
    }
}

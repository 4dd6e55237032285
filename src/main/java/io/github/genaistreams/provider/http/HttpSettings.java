package io.github.genaistreams.provider.http;

import io.github.genaistreams.model.HostPort;
import io.github.genaistreams.provider.ApiKey;
import io.vertx.core.net.ProxyOptions;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How to call an API with one credential. Nothing here comes from a record.
 *
 * @param baseUrl          address before the paths of the endpoints. {@code http} uses HTTP/1.1; {@code https} uses
 *     HTTP/2 where the server supports it
 * @param apiKey           sent with every call
 * @param headers          also sent with every call, such as an organisation or a project
 * @param connections      maximum number of calls in progress, over all lanes; determines the size of the pools
 * @param eventLoops       number of network threads
 * @param maxResponseBytes maximum size of a response body, after decompression
 * @param route            how the server is reached
 */
public record HttpSettings(
        URI baseUrl,
        ApiKey apiKey,
        Map<String, String> headers,
        int connections,
        int eventLoops,
        int maxResponseBytes,
        Route route) {

    /**
     * How a server is reached. What is null is not used.
     *
     * @param trustedCertificates PEM file with the certificate authorities to trust instead of the JVM's
     * @param certificate         client certificate, sent to the API and to no other server
     */
    public record Route(
            @Nullable Path trustedCertificates,
            @Nullable ClientCertificate certificate,
            @Nullable HttpProxy proxy) {

        /** Directly, with the JVM's certificate authorities. */
        public static final Route DIRECT = new Route(null, null, null);

        /** With these certificate authorities instead of the JVM's. */
        public static Route trusting(Path certificates) {
            return new Route(certificates, null, null);
        }

        Optional<ProxyOptions> proxy(boolean tls, String host, int port) {
            return proxy == null ? Optional.empty() : proxy.to(tls, host, port);
        }
    }

    /** Each connection takes memory here and at the server. For more calls at once, use more workers. */
    public static final int MAX_CONNECTIONS = 10_000;

    static final int MAX_EVENT_LOOPS = 256;
    static final int MIN_RESPONSE_BYTES = 1_024;

    public HttpSettings {
        Objects.requireNonNull(baseUrl, "baseUrl");
        Objects.requireNonNull(apiKey, "apiKey");
        Objects.requireNonNull(route, "route");
        headers = Map.copyOf(headers);
        refuse("baseUrl", HttpFlaws.url(baseUrl));
        refuse("apiKey", apiKey.current().flaw());
        headers.forEach((name, value) -> refuse("The header " + name, HttpFlaws.header(value)));
        checkRange("connections", connections, 1, MAX_CONNECTIONS);
        checkRange("eventLoops", eventLoops, 1, MAX_EVENT_LOOPS);
        checkRange("maxResponseBytes", maxResponseBytes, MIN_RESPONSE_BYTES, Integer.MAX_VALUE);
    }

    private static void refuse(String name, Optional<String> flaw) {
        flaw.ifPresent(what -> {
            throw new IllegalArgumentException(name + " " + what);
        });
    }

    private static void checkRange(String name, int value, int min, int max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " must be between " + min + " and " + max + ", not " + value);
        }
    }

    boolean tls() {
        return "https".equalsIgnoreCase(baseUrl.getScheme());
    }

    public int port() {
        int port = place().port();
        return port > 0 ? port : tls() ? 443 : 80;
    }

    /** The server's address: the host for a socket, and the port, even if the URL has none. */
    public HostPort server() {
        return new HostPort(host(), port());
    }

    /** The host for a socket: an IPv6 address without its brackets. */
    public String host() {
        return place().bare();
    }

    private HostPort place() {
        return HostPort.of(baseUrl).orElseThrow();
    }

    /** The path of one endpoint: {@code pathOf("responses")} is {@code /v1/responses}. */
    public String pathOf(String endpoint) {
        String base = baseUrl.getRawPath() == null ? "" : baseUrl.getRawPath();
        while (base.endsWith("/")) {
            base = base.substring(0, base.length() - 1);
        }
        return base + "/" + endpoint;
    }

    /** Without headers and key: either may contain a gateway's key. */
    @Override
    public String toString() {
        return "HttpSettings[" + baseUrl + ", " + connections + " connections]";
    }
}

package io.github.genaistreams.provider.http;

import io.github.genaistreams.provider.ApiKey;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/**
 * How to reach an API with one credential. Nothing in here comes from a record.
 *
 * @param baseUrl             address before the endpoints' own paths. {@code http} speaks HTTP/1.1, {@code https} HTTP/2 where
 *                            the server offers it
 * @param apiKey              sent with every call
 * @param headers             sent with every call, too: an organisation or a project, say
 * @param connections         most calls under way at once, over all lanes; pools are sized from it
 * @param eventLoops          threads that do the network work
 * @param maxResponseBytes    longest response body accepted, after decompression
 * @param trustedCertificates PEM file with the certificate authorities to trust instead of the JVM's, or null
 */
public record HttpSettings(
        URI baseUrl,
        ApiKey apiKey,
        Map<String, String> headers,
        int connections,
        int eventLoops,
        int maxResponseBytes,
        Path trustedCertificates) {

    /** A connection costs memory on both sides; whoever needs more calls at once needs more workers. */
    public static final int MOST_CONNECTIONS = 10_000;

    static final int MOST_EVENT_LOOPS = 256;
    static final int LEAST_RESPONSE_BYTES = 1_024;

    public HttpSettings {
        Objects.requireNonNull(baseUrl, "baseUrl");
        Objects.requireNonNull(apiKey, "apiKey");
        headers = Map.copyOf(headers);
        checkUrl(baseUrl);
        apiKey.current().flaw().ifPresent(flaw -> {
            throw new IllegalArgumentException("apiKey " + flaw);
        });
        headers.forEach(HttpSettings::checkHeader);
        checkRange("connections", connections, 1, MOST_CONNECTIONS);
        checkRange("eventLoops", eventLoops, 1, MOST_EVENT_LOOPS);
        checkRange("maxResponseBytes", maxResponseBytes, LEAST_RESPONSE_BYTES, Integer.MAX_VALUE);
    }

    private static void checkUrl(URI url) {
        String scheme = url.getScheme();
        if (!"https".equalsIgnoreCase(scheme) && !"http".equalsIgnoreCase(scheme)) {
            throw new IllegalArgumentException("baseUrl must start with https:// or http://");
        }
        // Not quoted in the message: this is where a password would stand.
        if (url.getRawUserInfo() != null) {
            throw new IllegalArgumentException(
                    "baseUrl must not contain a user or password; the key has its own setting");
        }
        if (url.getHost() == null) {
            throw new IllegalArgumentException("baseUrl has no valid host name: " + url);
        }
        if (url.getPort() == 0 || url.getPort() > 65_535) {
            throw new IllegalArgumentException("baseUrl has no valid port: " + url);
        }
        if (url.getRawQuery() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException("baseUrl must end with its path, without ? or #");
        }
    }

    private static void checkHeader(String name, String value) {
        if (!value.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            throw new IllegalArgumentException(
                    "The header " + name + " has a line break or non-ASCII character, which no HTTP header may carry");
        }
    }

    private static void checkRange(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " must be between " + least + " and " + most + ", not " + value);
        }
    }

    boolean tls() {
        return "https".equalsIgnoreCase(baseUrl.getScheme());
    }

    public int port() {
        int port = baseUrl.getPort();
        return port > 0 ? port : tls() ? 443 : 80;
    }

    /** The host as a socket wants it: an IPv6 address without its brackets. */
    public String host() {
        String host = baseUrl.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** The path of one endpoint: {@code pathOf("responses")} is {@code /v1/responses}. */
    public String pathOf(String endpoint) {
        String base = baseUrl.getRawPath() == null ? "" : baseUrl.getRawPath();
        while (base.endsWith("/")) {
            base = base.substring(0, base.length() - 1);
        }
        return base + "/" + endpoint;
    }

    /** Without headers and key: a gateway's key may be in either. */
    @Override
    public String toString() {
        return "HttpSettings[" + baseUrl + ", " + connections + " connections]";
    }
}

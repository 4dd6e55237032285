package io.github.genaistreams.provider.datalab;

import io.github.genaistreams.model.HostPort;
import io.github.genaistreams.provider.http.HttpSettings;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a job is polled: always on the credential's own host, whatever an answer or a record says, since the key is
 * sent there. Datalab's two host names count as one. Stored as {@code /path?query}.
 */
final class CheckUrl {

    private static final Set<String> DATALAB = Set.of("www.datalab.to", "api.datalab.to");

    /** A path and a query, without another host. */
    private static final Pattern PATH =
            Pattern.compile("((?:/[A-Za-z0-9._~=:@%+,;-]+)+/?)(\\?[A-Za-z0-9._~=:@%&+/,;!$'()*?-]*)?");

    private static final int MAX_LENGTH = 1_000;

    /** A URL with a signature has up to two thousand characters. */
    private static final int MAX_URL_LENGTH = 16_000;

    /** Ends a path that the API did not give: an empty query, which changes nothing. */
    private static final String GUESS = "?";

    private CheckUrl() {}

    /**
     * The path of the URL in an answer, or the usual path for its ID if there is no URL. If the URL must not be
     * followed, the usual path is a guess. Empty if there is no ID either.
     */
    static Optional<String> of(
            @Nullable String url, @Nullable String requestId, String submitPath, HttpSettings settings) {
        Optional<String> byId = Optional.ofNullable(requestId).map(id -> submitPath + "/" + id);
        Optional<String> path = url == null || url.isBlank()
                ? byId
                : named(url, settings).filter(CheckUrl::isPath).or(() -> byId.map(guess -> guess + GUESS));
        return path.filter(CheckUrl::isPath);
    }

    /** Whether a path was guessed, so that the job may be missing there. */
    static boolean isGuess(String path) {
        return path.endsWith(GUESS);
    }

    private static Optional<String> named(String url, HttpSettings settings) {
        try {
            URI check = settings.baseUrl().resolve(URI.create(shortEnough(url)));
            if (!isOwn(check, settings.baseUrl())) {
                return Optional.empty();
            }
            return Optional.of(check.getRawPath() + (check.getRawQuery() == null ? "" : "?" + check.getRawQuery()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /**
     * Whether an address is on the API's host. An API behind a TLS proxy may give its own address as http, but the call
     * has the credential's scheme and port anyway.
     */
    private static boolean isOwn(URI check, URI base) {
        if (!HostPort.isWeb(check) || HostPort.hasUser(check)) {
            return false;
        }
        boolean isSameHost =
                host(check).equals(host(base)) || DATALAB.contains(host(check)) && DATALAB.contains(host(base));
        return isSameHost && (port(check) == port(base) || isUsualPort(check) && isUsualPort(base));
    }

    private static String shortEnough(String url) {
        if (url.length() > MAX_URL_LENGTH) {
            throw new IllegalArgumentException("longer than any address");
        }
        return url.strip();
    }

    private static int port(URI uri) {
        int port = HostPort.of(uri).orElseThrow().port();
        return port >= 0 ? port : defaultPort(uri);
    }

    private static boolean isUsualPort(URI uri) {
        return port(uri) == defaultPort(uri);
    }

    private static int defaultPort(URI uri) {
        return "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    }

    private static String host(URI uri) {
        return HostPort.of(uri).orElseThrow().host().toLowerCase(Locale.ROOT);
    }

    /** Whether this path may be polled. One from the journal is checked as well. */
    static boolean isPath(String path) {
        Matcher parts = PATH.matcher(path);
        return path.length() <= MAX_LENGTH
                && parts.matches()
                // No dot segments.
                && !parts.group(1).contains("/.");
    }

    /**
     * A URL from which a result may be fetched, without the key: over TLS, or on the API itself. Empty if it may not.
     */
    static Optional<URI> fetchable(String url, HttpSettings settings) {
        try {
            URI base = settings.baseUrl();
            URI uri = base.resolve(URI.create(shortEnough(url)));
            boolean isSafe = "https".equalsIgnoreCase(uri.getScheme())
                    || isOwn(uri, base) && base.getScheme().equalsIgnoreCase(uri.getScheme());
            return isSafe && HostPort.isWeb(uri) && !HostPort.hasUser(uri) ? Optional.of(uri) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}

package io.github.genaistreams.provider.datalab;

import io.github.genaistreams.model.HostPort;
import io.github.genaistreams.provider.http.HttpSettings;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a result is asked for: on the credential's own host, whatever an answer or a record says, since the key goes along.
 * Datalab's two names are one host to us. Kept as {@code /path?query}.
 */
final class CheckUrl {

    private static final Set<String> DATALAB = Set.of("www.datalab.to", "api.datalab.to");

    /** A path that neither climbs nor has another host in it, and a query. */
    private static final Pattern PATH =
            Pattern.compile("((?:/[A-Za-z0-9._~=:@%+,;-]+)+/?)(\\?[A-Za-z0-9._~=:@%&+/,;!$'()*?-]*)?");

    private static final int MAX_LENGTH = 1_000;

    /** A signature in it takes up to two thousand characters. */
    private static final int MAX_URL_LENGTH = 16_000;

    private CheckUrl() {}

    /** Ends a path that was not given by the API: an empty query, which changes nothing. */
    private static final String GUESS = "?";

    /**
     * The path of the URL that an answer gives, or the usual one for its ID if it gives none. If it gives one that may not be
     * followed, the usual one is a guess. Empty if there is no ID either.
     */
    static Optional<String> of(String url, String requestId, String submitPath, HttpSettings settings) {
        Optional<String> usual = Optional.ofNullable(requestId).map(id -> submitPath + "/" + id);
        Optional<String> path = url == null || url.isBlank()
                ? usual
                : named(url, settings).filter(CheckUrl::isPath).or(() -> usual.map(guess -> guess + GUESS));
        return path.filter(CheckUrl::isPath);
    }

    /** Whether a job may not be there because its path was guessed. */
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
     * Whether an address is on the host of the API. An API behind a proxy that does the TLS may call itself http; it is asked
     * by the credential's own scheme and port all the same.
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
        return port >= 0 ? port : usualPort(uri);
    }

    private static boolean isUsualPort(URI uri) {
        return port(uri) == usualPort(uri);
    }

    private static int usualPort(URI uri) {
        return "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    }

    private static String host(URI uri) {
        return HostPort.of(uri).orElseThrow().host().toLowerCase(Locale.ROOT);
    }

    /** Whether this can be asked for; what was journaled is checked again. */
    static boolean isPath(String path) {
        Matcher parts = PATH.matcher(path);
        return path.length() <= MAX_LENGTH
                && parts.matches()
                // Neither . nor .. as a step of the way.
                && !parts.group(1).contains("/.");
    }

    /** Where a result may be fetched, without the key: over TLS, or as the API itself. Empty if it may not. */
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

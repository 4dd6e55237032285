package io.github.genaistreams.provider.datalab;

import io.github.genaistreams.provider.http.HttpSettings;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Where a result is asked for: on the credential's own host, whatever an answer or a record says, since the key goes along.
 * Datalab's two names are one host to us. Kept as {@code /path?query}.
 */
final class CheckUrl {

    private static final Set<String> DATALAB = Set.of("www.datalab.to", "api.datalab.to");

    /** A path that neither climbs nor has another host in it, with a plain query. */
    private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9._~=:@%-]+)+/?(\\?[A-Za-z0-9._~=:@%&-]*)?");

    private CheckUrl() {}

    /** The path of the URL that an answer gives, or the usual one for its ID; empty if neither may be followed. */
    static Optional<String> of(String url, String requestId, String submitPath, HttpSettings settings) {
        if (url == null || url.isBlank()) {
            return Optional.ofNullable(requestId)
                    .map(id -> submitPath + "/" + id)
                    .filter(CheckUrl::isPath);
        }
        try {
            URI check = settings.baseUrl().resolve(URI.create(url.strip()));
            if (!isOwn(check, settings.baseUrl())) {
                return Optional.empty();
            }
            String query = check.getRawQuery() == null ? "" : "?" + check.getRawQuery();
            return Optional.of(check.getRawPath() + query).filter(CheckUrl::isPath);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static boolean isOwn(URI check, URI base) {
        if (check.getHost() == null || check.getRawUserInfo() != null) {
            return false;
        }
        boolean sameScheme = check.getScheme().equalsIgnoreCase(base.getScheme());
        boolean sameHost = host(check).equals(host(base)) && check.getPort() == base.getPort()
                || DATALAB.contains(host(check)) && DATALAB.contains(host(base));
        return sameScheme && sameHost;
    }

    private static String host(URI uri) {
        return uri.getHost().toLowerCase(Locale.ROOT);
    }

    /** Whether this can be asked for; what was journaled is checked again. */
    static boolean isPath(String path) {
        return path.length() <= 1_000 && PATH.matcher(path).matches() && !path.contains("/..") && !path.contains("/.");
    }

    /** Whether a result may be fetched from there, without the key: over TLS, or from the API's own host. */
    static boolean isFetchable(String url, HttpSettings settings) {
        try {
            URI uri = URI.create(url);
            return uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && ("https".equalsIgnoreCase(uri.getScheme()) || isOwn(uri, settings.baseUrl()));
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}

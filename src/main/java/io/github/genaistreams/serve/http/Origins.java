package io.github.genaistreams.serve.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.util.Locale;
import java.util.Set;

/**
 * Refuses requests that a browser sends on behalf of another site's page. On a server without keys, such a page could
 * otherwise act for the user of this machine: directly, or under a host name that resolves to this machine (DNS
 * rebinding).
 *
 * @param hosts host names that clients may use for this server, without port; empty for any
 */
record Origins(Set<String> hosts) {

    private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]", "::1");

    static Origins ofThisMachine(Set<String> more) {
        var hosts = new java.util.HashSet<>(THIS_MACHINE);
        hosts.addAll(more);
        return new Origins(Set.copyOf(hosts));
    }

    /** @throws ApiException 403 or 421 if the request is not from the server's own page or from a program */
    void check(HttpServerRequest request) {
        HostAndPort authority = request.authority();
        if (authority == null) {
            throw ApiException.refused(400, "The request has no valid Host header.");
        }
        if (!hosts.isEmpty() && !hosts.contains(authority.host().toLowerCase(Locale.ROOT))) {
            throw ApiException.refused(
                    421, "This server does not accept this host name. List the accepted host names in serve.hosts.");
        }
        String origin = request.getHeader("Origin");
        boolean isOther = origin != null && !origin.toLowerCase(Locale.ROOT).endsWith("://" + written(authority));
        String site = request.getHeader("Sec-Fetch-Site");
        boolean isCrossSite = site != null && !Set.of("same-origin", "none").contains(site);
        if (isOther || isCrossSite && !request.method().name().equals("GET")) {
            throw ApiException.refused(403, "Pages of other sites cannot use this server.");
        }
    }

    private static String written(HostAndPort authority) {
        return authority.toString().toLowerCase(Locale.ROOT);
    }
}

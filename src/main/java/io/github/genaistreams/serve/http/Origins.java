package io.github.genaistreams.serve.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.util.Locale;
import java.util.Set;

/**
 * Refuses requests that a web page of somebody else makes a browser send. Where no key is asked for, such a page could
 * otherwise act for the person at this machine: directly, or by a name of its own that it points to this machine (DNS
 * rebinding).
 *
 * @param hosts names by which this server may be called, without port; empty for any
 */
record Origins(Set<String> hosts) {

    private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]", "::1");

    static Origins ofThisMachine(Set<String> more) {
        var hosts = new java.util.HashSet<>(THIS_MACHINE);
        hosts.addAll(more);
        return new Origins(Set.copyOf(hosts));
    }

    /** @throws ApiException 403 or 421 if the request is none of our own pages and programs */
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

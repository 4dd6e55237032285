package io.github.genaistreams.worker;

import io.github.genaistreams.flow.LimitSettings;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.http.HttpProxy;
import java.net.URI;
import java.util.Map;

/**
 * One credential of an API.
 *
 * @param url     where the API is
 * @param headers sent with every call
 * @param route   how its server is reached
 */
record Credential(
        String alias, ApiKey key, URI url, Map<String, String> headers, LimitSettings limits, RouteSettings route) {

    /** Where its calls go, and through which proxy. */
    String place() {
        HttpProxy proxy = route.read().proxy();
        return proxy != null && proxy.appliesTo(url) ? url + " by way of " + proxy : url.toString();
    }

    /** Without the headers' values: one of them may be a gateway's key. */
    @Override
    public String toString() {
        return "Credential[" + alias + ", " + url + ", headers=" + headers.keySet() + "]";
    }
}

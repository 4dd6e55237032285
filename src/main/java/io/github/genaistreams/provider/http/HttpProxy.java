package io.github.genaistreams.provider.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.HostPort;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.Secret;
import io.vertx.core.net.ProxyOptions;
import io.vertx.core.net.ProxyType;
import java.net.URI;
import java.net.URLDecoder;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP proxy for an API. A call to an {@code https} address goes through a tunnel (CONNECT), so that the proxy sees
 * neither key nor prompt. A call to an {@code http} address is sent to the proxy itself. The proxy resolves the API's
 * name. Thread-safe.
 */
public final class HttpProxy {

    private static final int DEFAULT_PORT = 80;
    private static final String FORM = "must be http:// with a host and a port, for example http://proxy.internal:3128";

    private final HostPort place;
    private final @Nullable ApiKey login;
    private final NoProxy without;
    private final boolean isFromEnvironment;

    private HttpProxy(HostPort place, @Nullable ApiKey login, NoProxy without, boolean isFromEnvironment) {
        this.place = place;
        this.login = login;
        this.without = without;
        this.isFromEnvironment = isFromEnvironment;
    }

    /**
     * @param address {@code http://host:port}; {@code http://} may be omitted. A proxy that requires a login has
     *     {@code user:password@} before the host, or {@code login}
     * @param login   {@code user:password}
     * @param without hosts that are called directly, as in {@code NO_PROXY}
     * @throws IllegalArgumentException if the address is invalid; the message continues after the setting's name, and
     *     quotes nothing
     */
    public static HttpProxy of(String address, @Nullable ApiKey login, List<String> without) {
        return of(address, login, without, false);
    }

    /**
     * As {@link #of}, but with the rules of {@code HTTPS_PROXY}: {@code http} addresses and this machine's own are
     * called directly.
     */
    public static HttpProxy ofEnvironment(String address, @Nullable ApiKey login, List<String> without) {
        return of(address, login, without, true);
    }

    private static HttpProxy of(
            String address, @Nullable ApiKey login, List<String> without, boolean isFromEnvironment) {
        URI url = url(address);
        HostPort place = HostPort.of(url).orElseThrow(() -> new IllegalArgumentException(FORM));
        if (place.port() == 0 || place.port() > 65_535) {
            throw new IllegalArgumentException("has no valid port: use a number from 1 to 65535");
        }
        if (login != null && HostPort.hasUser(url)) {
            throw new IllegalArgumentException(
                    "contains a user, and there is also a credentials file: remove one of them");
        }
        ApiKey used = HostPort.hasUser(url) ? ApiKey.of(new Secret(user(url))) : login;
        if (used != null && !used.current().reveal().contains(":")) {
            throw new IllegalArgumentException("has a user without a password: use user:password");
        }
        return new HttpProxy(place, used, new NoProxy(without), isFromEnvironment);
    }

    private static URI url(String address) {
        String text = address.strip();
        URI url;
        try {
            url = URI.create(text.contains("://") ? text : "http://" + text);
        } catch (IllegalArgumentException e) {
            // Not as a cause: it quotes the address, which may contain a password.
            throw new IllegalArgumentException(FORM);
        }
        if (!"http".equalsIgnoreCase(url.getScheme())) {
            throw new IllegalArgumentException(FORM + ": TLS to the proxy itself and SOCKS are not supported");
        }
        boolean hasPath = url.getRawPath() != null && !url.getRawPath().matches("/?");
        if (hasPath || url.getRawQuery() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException(FORM);
        }
        return url;
    }

    private static String user(URI url) {
        String authority = url.getRawAuthority();
        // A plus is a plus here. The decoder is made for forms, where it is a space.
        return URLDecoder.decode(
                authority.substring(0, authority.lastIndexOf('@')).replace("+", "%2B"), UTF_8);
    }

    /** Whether calls to this {@code http} or {@code https} address use the proxy. */
    public boolean appliesTo(URI url) {
        HostPort to = HostPort.of(url).orElseThrow();
        boolean tls = "https".equalsIgnoreCase(url.getScheme());
        return appliesTo(tls, to.bare(), to.port() > 0 ? to.port() : tls ? 443 : 80);
    }

    private boolean appliesTo(boolean tls, String host, int port) {
        return !without.covers(host, port) && (!isFromEnvironment || tls && !NoProxy.isLoopback(host));
    }

    /** The options for a call to this host. Empty if it is called directly. */
    Optional<ProxyOptions> to(boolean tls, String host, int port) {
        if (!appliesTo(tls, host, port)) {
            return Optional.empty();
        }
        var options = new ProxyOptions()
                .setType(ProxyType.HTTP)
                .setHost(place.bare())
                .setPort(place.port() > 0 ? place.port() : DEFAULT_PORT);
        return Optional.of(login == null ? options : options.setProxyAuthorization("Basic " + basic(login)));
    }

    private static String basic(ApiKey login) {
        return Base64.getEncoder().encodeToString(login.current().reveal().getBytes(UTF_8));
    }

    private static Secret password(ApiKey login) {
        String user = login.current().reveal();
        return new Secret(user.substring(user.indexOf(':') + 1));
    }

    /** The secrets that no text may contain. */
    List<ApiKey> secrets() {
        ApiKey its = login;
        return its == null ? List.of() : List.of(its, () -> password(its), () -> new Secret(basic(its)));
    }

    /** Without its user and password. */
    @Override
    public String toString() {
        return place.host() + ":" + (place.port() > 0 ? place.port() : DEFAULT_PORT);
    }
}

package io.github.genaistreams.model;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The host and port of an address. {@link URI} does not accept a host with an underscore, which containers may have
 * ({@code http://vllm_1:8000}), and gives neither host nor port for it.
 *
 * @param host as in the address; an IPv6 address has its brackets
 * @param port -1 if the address has none
 */
public record HostPort(String host, int port) {

    private static final Pattern AUTHORITY =
            Pattern.compile("(?:[^@]*@)?([A-Za-z0-9_][A-Za-z0-9_.-]{0,252})(?::(\\d{0,5}))?");

    /** Empty if the address has no host. */
    public static Optional<HostPort> of(URI address) {
        if (address.getHost() != null) {
            return Optional.of(new HostPort(address.getHost(), address.getPort()));
        }
        Matcher parts = AUTHORITY.matcher(address.getRawAuthority() == null ? "" : address.getRawAuthority());
        if (!parts.matches()) {
            return Optional.empty();
        }
        String port = parts.group(2);
        return Optional.of(new HostPort(parts.group(1), port == null || port.isEmpty() ? -1 : Integer.parseInt(port)));
    }

    /** Whether there is a user, and possibly a password, before the host. */
    public static boolean hasUser(URI address) {
        return address.getRawAuthority() != null && address.getRawAuthority().contains("@");
    }

    /** The host for a socket: an IPv6 address without its brackets. */
    public String bare() {
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** Whether this is an {@code http} or {@code https} address with a host. */
    public static boolean isWeb(URI address) {
        String scheme = address.getScheme() == null ? "" : address.getScheme().toLowerCase(Locale.ROOT);
        return (scheme.equals("http") || scheme.equals("https")) && of(address).isPresent();
    }
}

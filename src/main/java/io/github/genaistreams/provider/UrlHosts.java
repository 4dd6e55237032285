package io.github.genaistreams.provider;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.HostPort;
import java.net.IDN;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The hosts that an API may fetch from or call for a record, as the operator has configured. An entry is a name
 * ({@code files.example.com}), all names below one ({@code *.example.com}, without {@code example.com} itself), or an
 * address, for the default ports, or for a port of its own ({@code files.example.com:8443}). Names are not resolved,
 * and redirects of the API are not visible here.
 */
public final class UrlHosts {

    private static final Pattern ENTRY =
            Pattern.compile("(\\*\\.)?([a-z0-9_][a-z0-9_.-]*|\\[[0-9a-f:.]+])(:[1-9]\\d{0,4})?");

    private final String setting;
    private final List<String> entries;

    /**
     * @param setting name of the setting, for errors
     * @param entries the hosts; empty for all
     * @throws IllegalArgumentException if an entry is invalid; the message continues after the setting's name
     */
    public UrlHosts(String setting, List<String> entries) {
        this.setting = setting;
        this.entries = entries.stream().map(UrlHosts::normal).toList();
    }

    private static String normal(String entry) {
        try {
            // URLs contain only ASCII letters, so names may contain only ASCII too.
            String ascii = IDN.toASCII(entry.strip(), IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
            if (ENTRY.matcher(ascii).matches()) {
                return ascii.replaceFirst("\\.(?=(:\\d+)?$)", "");
            }
        } catch (IllegalArgumentException e) {
            // Falls through to the message.
        }
        throw new IllegalArgumentException("has an entry that is not a host: " + entry
                + ". Use names such as files.example.com or *.example.com, without http:// and path");
    }

    /** Whether there is anything to check. */
    public boolean isLimited() {
        return !entries.isEmpty();
    }

    /**
     * Why the API may not access this URL.
     *
     * @param field of the request that contains it
     */
    public Optional<CallError> refusal(String field, @Nullable String address) {
        if (entries.isEmpty() || address == null || isAllowed(address)) {
            return Optional.empty();
        }
        return Optional.of(CallError.invalidRequest(
                field,
                "`" + field + "` names a host that is not in the worker's setting " + setting
                        + ": use a host from that list, or add this host to it"));
    }

    /** Ambiguous URLs are refused. */
    private boolean isAllowed(String address) {
        URI uri;
        try {
            uri = URI.create(address);
        } catch (IllegalArgumentException e) {
            return false;
        }
        if (!HostPort.isWeb(uri) || HostPort.hasUser(uri)) {
            return false;
        }
        HostPort place = HostPort.of(uri).orElseThrow();
        String host = place.host().toLowerCase(Locale.ROOT).replaceFirst("\\.$", "");
        boolean isUsual = place.port() < 0 || place.port() == ("https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80);
        return entries.stream()
                .anyMatch(entry -> isUsual && means(entry, host)
                        || place.port() > 0
                                && entry.endsWith(":" + place.port())
                                && means(entry.substring(0, entry.lastIndexOf(':')), host));
    }

    private static boolean means(String entry, String host) {
        return entry.startsWith("*.")
                ? host.endsWith(entry.substring(1)) && host.length() >= entry.length()
                : entry.equals(host);
    }
}

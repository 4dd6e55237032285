package io.github.genaistreams.provider;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.HostPort;
import java.net.IDN;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The hosts that a record may have an API fetch from, or call: the operator's choice. An entry is a name ({@code files.example.com}), all
 * names below one ({@code *.example.com}, which is not {@code example.com} itself), or an address; it stands for the usual ports, or for
 * the one that it has ({@code files.example.com:8443}). No name is looked up, and where the API is redirected to is not seen here.
 */
public final class UrlHosts {

    private static final Pattern ENTRY =
            Pattern.compile("(\\*\\.)?([a-z0-9_][a-z0-9_.-]*|\\[[0-9a-f:.]+])(:[1-9]\\d{0,4})?");

    private final String setting;
    private final List<String> entries;

    /**
     * @param setting its name, for errors
     * @param entries none for all hosts
     * @throws IllegalArgumentException if one of them can be no host; the message goes on where the setting's name ends
     */
    public UrlHosts(String setting, List<String> entries) {
        this.setting = setting;
        this.entries = entries.stream().map(UrlHosts::normal).toList();
    }

    private static String normal(String entry) {
        try {
            // An address has no letters beyond ASCII, so that its name may have none either.
            String ascii = IDN.toASCII(entry.strip(), IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
            if (ENTRY.matcher(ascii).matches()) {
                return ascii.replaceFirst("\\.(?=(:\\d+)?$)", "");
            }
        } catch (IllegalArgumentException e) {
            // Falls through to the message.
        }
        throw new IllegalArgumentException("has an entry that is no host: " + entry
                + ". Write names such as files.example.com or *.example.com, without http:// and path");
    }

    /** Whether there is something to be looked at. */
    public boolean isLimited() {
        return !entries.isEmpty();
    }

    /**
     * Why an API may not be asked for this address.
     *
     * @param field of the request that holds it
     */
    public Optional<CallError> refusal(String field, String address) {
        if (entries.isEmpty() || address == null || isAllowed(address)) {
            return Optional.empty();
        }
        return Optional.of(CallError.invalidRequest(
                field,
                "`" + field + "` leads to a host that this worker's setting " + setting
                        + " does not list: use one that it lists, or have it added"));
    }

    /** Whatever can be read in more than one way is not. */
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

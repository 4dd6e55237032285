package io.github.genaistreams.provider.http;

import io.netty.util.NetUtil;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Hosts that are called without a proxy, as in the environment variable {@code NO_PROXY}. A name stands for itself and
 * for all names below it, with or without a dot or {@code *.} before it. {@code 10.0.0.0/8} stands for the addresses in
 * that range, and {@code *} for all hosts. A name or an address with a port ({@code example.com:8443}) stands for that
 * port only. Names are not resolved.
 */
record NoProxy(List<String> entries) {

    NoProxy {
        entries = entries.stream()
                .map(entry -> entry.strip().toLowerCase(Locale.ROOT))
                .filter(entry -> !entry.isEmpty())
                .toList();
    }

    /** @param host as for a socket: an IPv6 address without its brackets */
    boolean covers(String host, int port) {
        String name = withoutDot(host.toLowerCase(Locale.ROOT));
        byte[] address = NetUtil.createByteArrayFromIpAddressString(name);
        return entries.stream().anyMatch(entry -> covers(entry, name, address, port));
    }

    /** Whether this is the machine itself. A proxy cannot reach it. */
    static boolean isLoopback(String host) {
        byte[] address = NetUtil.createByteArrayFromIpAddressString(host);
        if (address == null) {
            String name = withoutDot(host.toLowerCase(Locale.ROOT));
            return name.equals("localhost") || name.endsWith(".localhost");
        }
        return address.length == 4 ? address[0] == 127 : Arrays.equals(address, NetUtil.LOCALHOST6.getAddress());
    }

    private static boolean covers(String entry, String name, byte @Nullable [] address, int port) {
        if (entry.equals("*")) {
            return true;
        }
        int slash = entry.indexOf('/');
        if (slash > 0) {
            return address != null && isWithin(address, entry.substring(0, slash), entry.substring(slash + 1));
        }
        byte[] whole = NetUtil.createByteArrayFromIpAddressString(entry);
        int colon = whole == null ? entry.lastIndexOf(':') : -1;
        if (colon > 0 && !entry.substring(colon + 1).equals(Integer.toString(port))) {
            return false;
        }
        String place = colon > 0 ? entry.substring(0, colon) : entry;
        if (address != null) {
            return Arrays.equals(address, NetUtil.createByteArrayFromIpAddressString(withoutBrackets(place)));
        }
        String domain = withoutDot(place.replaceFirst("^\\*?\\.", ""));
        return name.equals(domain) || name.endsWith("." + domain);
    }

    private static boolean isWithin(byte[] address, String network, String length) {
        byte[] first = NetUtil.createByteArrayFromIpAddressString(network);
        if (first == null || first.length != address.length || !length.matches("\\d{1,3}")) {
            return false;
        }
        int bits = Integer.parseInt(length);
        if (bits > 8 * address.length) {
            return false;
        }
        for (int i = 0; i < bits; i++) {
            int mask = 0x80 >> i % 8;
            if (((address[i / 8] ^ first[i / 8]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    private static String withoutBrackets(String place) {
        return place.startsWith("[") && place.endsWith("]") ? place.substring(1, place.length() - 1) : place;
    }

    private static String withoutDot(String name) {
        return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
    }
}

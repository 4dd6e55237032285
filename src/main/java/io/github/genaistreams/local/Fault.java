package io.github.genaistreams.local;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A way in which a call can go wrong. Refusals come at once, the others after the latency of a good answer. */
public enum Fault {
    /** 429, {@code rate_limit_exceeded}, with {@code Retry-After} as set: try again later. */
    RATE_LIMIT(true, "rate_limit", "429"),
    /** 429, {@code insufficient_quota}: trying again is pointless. */
    QUOTA(true, "quota", "insufficient_quota"),
    /** 500, {@code server_error}. */
    SERVER_ERROR(false, "server_error", "500"),
    /** 503, {@code server_is_overloaded}. */
    OVERLOADED(true, "overloaded", "503"),
    /** 502 with an HTML page, as a proxy in front of the API sends it. */
    BAD_GATEWAY(false, "bad_gateway", "502"),
    /** The connection is reset before a byte of the answer. */
    RESET(false, "reset"),
    /** No answer until the client gives up or the sandbox is closed. */
    HANG(true, "hang"),
    /** The connection ends in the middle of a good answer. */
    TRUNCATED(false, "truncated");

    private final boolean atOnce;
    private final List<String> names;

    Fault(boolean atOnce, String... names) {
        this.atOnce = atOnce;
        this.names = List.of(names);
    }

    boolean atOnce() {
        return atOnce;
    }

    /** The name on a command line and in the statistics. */
    public String cliName() {
        return names.get(0);
    }

    /** @throws IllegalArgumentException with a message that lists the names */
    public static Fault parse(String name) {
        String wanted = name.strip().toLowerCase(Locale.ROOT).replace('-', '_');
        return Arrays.stream(values())
                .filter(fault -> fault.names.contains(wanted))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("Unknown fault '%s'; known are %s"
                        .formatted(
                                name,
                                Arrays.stream(values())
                                        .map(fault -> String.join(" = ", fault.names))
                                        .collect(Collectors.joining(", ")))));
    }

    /**
     * Reads {@code KIND=RATE}: {@code 429=0.1} and {@code rate_limit=10%} both mean one call in ten.
     *
     * @throws IllegalArgumentException with a message that shows the form expected
     */
    public static Map.Entry<Fault, Double> parseRate(String text) {
        String[] parts = text.split("=", -1);
        if (parts.length != 2) {
            throw new IllegalArgumentException(
                    "Cannot read the fault rate '%s'. Write KIND=RATE, for example 429=0.1 or hang=5%%"
                            .formatted(text));
        }
        Fault fault = parse(parts[0]);
        String number = parts[1].strip();
        boolean percent = number.endsWith("%");
        double rate;
        try {
            rate = Double.parseDouble(percent ? number.substring(0, number.length() - 1) : number);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "The rate of %s must be a number, not '%s'".formatted(parts[0], number), e);
        }
        return Map.entry(fault, SandboxSettings.rate(fault, percent ? rate / 100 : rate));
    }
}

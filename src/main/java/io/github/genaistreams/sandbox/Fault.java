package io.github.genaistreams.sandbox;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A way in which a call can go wrong. Some are met at once, the others after the latency of a good answer. A fault
 * of streams has no effect on a call without a stream.
 *
 * <p>A prompt that contains {@code sandbox:NAME} always meets the fault of that name.
 */
public enum Fault {
    /** 429, {@code rate_limit_exceeded}, with {@code Retry-After} as set: try again later. */
    RATE_LIMIT(Scope.ANY, true, "rate_limit", "429"),
    /** 429, {@code insufficient_quota}: trying again is pointless. */
    QUOTA(Scope.ANY, true, "quota", "insufficient_quota"),
    /** 400, {@code invalid_prompt}: this request is refused. */
    BAD_REQUEST(Scope.ANY, true, "bad_request", "400"),
    /** 500, {@code server_error}. */
    SERVER_ERROR(Scope.ANY, false, "server_error", "500"),
    /** 503, {@code server_is_overloaded}. */
    OVERLOADED(Scope.ANY, true, "overloaded", "503"),
    /** 429, {@code resource_unavailable}, for a call on the service tier {@code flex}. */
    NO_CAPACITY(Scope.FLEX, true, "no_capacity", "resource_unavailable"),
    /** 502 with an HTML page, as a proxy in front of the API sends it. */
    BAD_GATEWAY(Scope.ANY, false, "bad_gateway", "502"),
    /** The connection is reset before a byte of the answer. */
    RESET(Scope.ANY, false, "reset"),
    /** No answer until the client gives up or the sandbox is closed. */
    HANG(Scope.ANY, true, "hang"),
    /** The connection ends in the middle of a good answer. */
    TRUNCATED(Scope.ANY, false, "truncated"),
    /** Interim responses (100, 102, 103) before the answer. */
    INTERIM(Scope.ANY, false, "interim"),
    /** HTTP/1.1: after a good response, another one that no request asked for. */
    EXTRA_RESPONSE(Scope.ANY, false, "extra_response"),
    /** HTTP/1.1: after a good response, bytes that are not HTTP. */
    TRAILING_BYTES(Scope.ANY, false, "trailing_bytes"),
    /** The body is longer than {@code Content-Length}. */
    SHORT_LENGTH(Scope.ANY, false, "short_length"),
    /** The body is shorter than {@code Content-Length}, and the connection stays open. */
    LONG_LENGTH(Scope.ANY, false, "long_length"),
    /** The model refuses: a {@code completed} answer whose message holds a {@code refusal}. Billed. */
    REFUSAL(Scope.ANY, false, "refusal"),
    /** An answer that breaks its JSON schema. A repair of it is good. Billed. */
    INVALID_OUTPUT(Scope.ANY, false, "invalid_output"),
    /** Half an answer, {@code incomplete} because of {@code content_filter}. Billed. */
    CONTENT_FILTER(Scope.ANY, false, "content_filter"),
    /** 200 with {@code status: failed} and the error code {@code server_error}. */
    FAILED(Scope.PLAIN, false, "failed"),
    /** A call without {@code background} is {@code in_progress} at once and has to be polled. */
    STILL_RUNNING(Scope.PLAIN, true, "still_running"),
    /** The connection is closed in the middle of an event. */
    STREAM_CUT(Scope.STREAM, false, "stream_cut"),
    /** The stream ends as HTTP requires, but without a terminal event. */
    STREAM_END(Scope.STREAM, false, "stream_end"),
    /** An {@code error} event in the documented, flat form. */
    STREAM_ERROR(Scope.STREAM, false, "stream_error"),
    /** An {@code error} event in the nested form, which production sends. */
    STREAM_ERROR_NESTED(Scope.STREAM, false, "stream_error_nested"),
    /** {@code response.failed} in the middle of the answer. */
    STREAM_FAILED(Scope.STREAM, false, "stream_failed"),
    /** The stream stops in its middle, and the connection stays open. */
    STREAM_STALL(Scope.STREAM, false, "stream_stall"),
    /** A good stream, in pieces of a few bytes that end inside lines and inside UTF-8 characters. */
    SLOW_DRIP(Scope.STREAM, false, "slow_drip"),
    /** A background response that ends as {@code failed} with the error code {@code server_error}. */
    BACKGROUND_FAILED(Scope.BACKGROUND, false, "background_failed"),
    /** 500 for a poll of a background response, on which the API still works. */
    POLL_ERROR(Scope.POLL, true, "poll_error"),
    /** 429 for a poll of a document. */
    POLL_LIMIT(Scope.POLL, true, "poll_limit"),
    /** No answer to a poll of a document until the client gives up. */
    POLL_HANG(Scope.POLL, true, "poll_hang"),
    /** A document is accepted and then fails, since too many pages are in flight. */
    PAGE_LIMIT(Scope.DOCUMENT, false, "page_limit");

    private enum Scope {
        ANY,
        FLEX,
        PLAIN,
        STREAM,
        BACKGROUND,
        POLL,
        DOCUMENT
    }

    private final Scope scope;
    private final boolean atOnce;
    private final List<String> names;

    Fault(Scope scope, boolean atOnce, String... names) {
        this.scope = scope;
        this.atOnce = atOnce;
        this.names = List.of(names);
    }

    boolean atOnce() {
        return atOnce;
    }

    /** Whether a call of this kind can meet the fault. */
    boolean concerns(boolean stream, boolean background, boolean flex) {
        return switch (scope) {
            case ANY -> true;
            case FLEX -> flex;
            case PLAIN -> !stream && !background;
            case STREAM -> stream;
            case BACKGROUND -> background;
            case POLL, DOCUMENT -> false;
        };
    }

    /** Whether a document that is submitted can meet the fault. */
    boolean concernsDocuments() {
        return scope == Scope.ANY || scope == Scope.BACKGROUND || scope == Scope.DOCUMENT;
    }

    /** Whether each poll may meet it, independently of the others. */
    boolean isOfPolls() {
        return scope == Scope.POLL;
    }

    /** The name on a command line and in the statistics. */
    public String cliName() {
        return names.get(0);
    }

    static Optional<Fault> named(String name) {
        String wanted = name.strip().toLowerCase(Locale.ROOT).replace('-', '_');
        return Arrays.stream(values())
                .filter(fault -> fault.names.contains(wanted))
                .findFirst();
    }

    /** @throws IllegalArgumentException with a message that lists the names */
    public static Fault parse(String name) {
        return named(name)
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
                    "Cannot read the fault rate '%s'. Use KIND=RATE, for example 429=0.1 or hang=5%%".formatted(text));
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

package io.github.genaistreams.sandbox;

import io.github.genaistreams.provider.Secret;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * How an {@link ApiSandbox} behaves. Start from {@link #DEFAULTS}: a quick API without faults or limits.
 *
 * @param host        to listen on: an address or name of this machine, {@code 0.0.0.0} for all of them
 * @param port        to listen on, 0 for a free one
 * @param tls         HTTPS with a certificate made at start, and HTTP/2
 * @param seed        decides every latency and fault; equal seeds, equal runs
 * @param latency     of good answers
 * @param faults      share of calls that meet each fault; together at most 1
 * @param retryAfter  what {@link Fault#RATE_LIMIT} asks the client to wait; empty for nothing. Parts of a
 *                    second are in {@code retry-after-ms}
 * @param rpm         requests per minute before the sandbox refuses, 0 for no limit
 * @param tpm         the same for tokens
 * @param requiredKey the only API key that is accepted; empty for any
 * @param pollAfter   the wait in {@code openai-poll-after-ms}, for polls of an unfinished response; empty: it is
 *                    not sent
 * @param documents   bounds of the document API
 */
public record SandboxSettings(
        String host,
        int port,
        boolean tls,
        long seed,
        Latency latency,
        Map<Fault, Double> faults,
        Optional<Duration> retryAfter,
        int rpm,
        long tpm,
        Optional<Secret> requiredKey,
        Optional<Duration> pollAfter,
        Documents documents) {

    /**
     * Bounds of the document API, https://documentation.datalab.to, "Limits".
     *
     * @param atOnce        documents that are being processed before the next one is refused
     * @param pagesInFlight the same for pages
     * @param maxBytes      largest document
     * @param kept          how long a result is there after its completion
     */
    public record Documents(int atOnce, int pagesInFlight, long maxBytes, Duration kept) {

        public static final Documents DEFAULTS = new Documents(400, 5_000, 200_000_000, Duration.ofHours(1));

        public Documents {
            if (atOnce < 1 || pagesInFlight < 1 || maxBytes < 1 || kept.isNegative() || kept.isZero()) {
                throw new IllegalArgumentException("bounds of documents must be positive");
            }
        }
    }

    public static final SandboxSettings DEFAULTS = new SandboxSettings(
            "127.0.0.1",
            0,
            false,
            1,
            Latency.NONE,
            Map.of(),
            Optional.empty(),
            0,
            0,
            Optional.empty(),
            Optional.empty(),
            Documents.DEFAULTS);

    public SandboxSettings {
        if (host.isBlank()) {
            throw new IllegalArgumentException("host must be an address or a name, such as 127.0.0.1 or 0.0.0.0");
        }
        Objects.requireNonNull(latency, "latency");
        Objects.requireNonNull(retryAfter, "retryAfter");
        Objects.requireNonNull(requiredKey, "requiredKey");
        Objects.requireNonNull(pollAfter, "pollAfter");
        Objects.requireNonNull(documents, "documents");
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port must be from 0 (any free port) to 65535, not " + port);
        }
        if (rpm < 0 || tpm < 0) {
            throw new IllegalArgumentException("rpm and tpm must not be negative; 0 means no limit");
        }
        if (retryAfter.filter(Duration::isNegative).isPresent()) {
            throw new IllegalArgumentException("retryAfter must not be negative");
        }
        if (pollAfter.filter(Duration::isNegative).isPresent()) {
            throw new IllegalArgumentException("pollAfter must not be negative");
        }
        faults.forEach((fault, rate) -> rate(fault, rate));
        double sum = faults.values().stream().mapToDouble(Double::doubleValue).sum();
        if (sum > 1 + 1e-9) {
            throw new IllegalArgumentException("the rates of all faults together must not exceed 1, but are " + sum);
        }
        // In a fixed order, so that a draw is the same fault in every run.
        var ordered = new EnumMap<Fault, Double>(Fault.class);
        ordered.putAll(faults);
        faults = Collections.unmodifiableMap(ordered);
    }

    static double rate(Fault fault, double rate) {
        if (!(rate >= 0 && rate <= 1)) {
            throw new IllegalArgumentException(
                    "the rate of %s must be from 0 to 1 (or 0%% to 100%%), not %s".formatted(fault.cliName(), rate));
        }
        return rate;
    }

    /** The latency that a good answer to this attempt will have. */
    public Duration latencyFor(String batchId, int index, int attempt) {
        return latency.draw(Draw.of(seed, batchId, index, attempt, "latency"));
    }

    /** The fault that this attempt will meet. Empty if there is none, or if it does not concern the call. */
    public Optional<Fault> faultFor(String batchId, int index, int attempt) {
        if (faults.isEmpty()) {
            return Optional.empty();
        }
        double drawn = Draw.of(seed, batchId, index, attempt, "fault").nextDouble();
        for (var fault : faults.entrySet()) {
            drawn -= fault.getValue();
            if (drawn < 0) {
                return Optional.of(fault.getKey());
            }
        }
        return Optional.empty();
    }

    /** Whether this poll of an item's response, counted from 1, meets {@link Fault#POLL_ERROR}. */
    boolean failsPoll(String batchId, int index, int poll) {
        return pollFault(batchId, index, poll).filter(Fault.POLL_ERROR::equals).isPresent();
    }

    /** The fault that this poll of an item, counted from 1, meets. Empty if there is none. */
    Optional<Fault> pollFault(String batchId, int index, int poll) {
        double drawn = Draw.of(seed, batchId, index, poll, "poll").nextDouble();
        for (var fault : faults.entrySet()) {
            if (fault.getKey().isOfPolls()) {
                drawn -= fault.getValue();
                if (drawn < 0) {
                    return Optional.of(fault.getKey());
                }
            }
        }
        return Optional.empty();
    }

    public SandboxSettings withHost(String value) {
        return new SandboxSettings(
                value, port, tls, seed, latency, faults, retryAfter, rpm, tpm, requiredKey, pollAfter, documents);
    }

    public SandboxSettings withPort(int value) {
        return new SandboxSettings(
                host, value, tls, seed, latency, faults, retryAfter, rpm, tpm, requiredKey, pollAfter, documents);
    }

    public SandboxSettings withTls(boolean value) {
        return new SandboxSettings(
                host, port, value, seed, latency, faults, retryAfter, rpm, tpm, requiredKey, pollAfter, documents);
    }

    public SandboxSettings withSeed(long value) {
        return new SandboxSettings(
                host, port, tls, value, latency, faults, retryAfter, rpm, tpm, requiredKey, pollAfter, documents);
    }

    public SandboxSettings withLatency(Latency value) {
        return new SandboxSettings(
                host, port, tls, seed, value, faults, retryAfter, rpm, tpm, requiredKey, pollAfter, documents);
    }

    /** These faults and no others. */
    public SandboxSettings withFaults(Map<Fault, Double> value) {
        return new SandboxSettings(
                host, port, tls, seed, latency, value, retryAfter, rpm, tpm, requiredKey, pollAfter, documents);
    }

    /** This fault at this rate, the others as they are. */
    public SandboxSettings withFault(Fault fault, double rate) {
        var changed = new EnumMap<Fault, Double>(Fault.class);
        changed.putAll(faults);
        changed.put(fault, rate);
        return withFaults(changed);
    }

    public SandboxSettings withRetryAfter(Duration value) {
        return new SandboxSettings(
                host,
                port,
                tls,
                seed,
                latency,
                faults,
                Optional.of(value),
                rpm,
                tpm,
                requiredKey,
                pollAfter,
                documents);
    }

    public SandboxSettings withRpm(int value) {
        return new SandboxSettings(
                host, port, tls, seed, latency, faults, retryAfter, value, tpm, requiredKey, pollAfter, documents);
    }

    public SandboxSettings withTpm(long value) {
        return new SandboxSettings(
                host, port, tls, seed, latency, faults, retryAfter, rpm, value, requiredKey, pollAfter, documents);
    }

    public SandboxSettings withRequiredKey(Secret value) {
        return new SandboxSettings(
                host, port, tls, seed, latency, faults, retryAfter, rpm, tpm, Optional.of(value), pollAfter, documents);
    }

    public SandboxSettings withPollAfter(Duration value) {
        return new SandboxSettings(
                host,
                port,
                tls,
                seed,
                latency,
                faults,
                retryAfter,
                rpm,
                tpm,
                requiredKey,
                Optional.of(value),
                documents);
    }

    public SandboxSettings withDocuments(Documents value) {
        return new SandboxSettings(
                host, port, tls, seed, latency, faults, retryAfter, rpm, tpm, requiredKey, pollAfter, value);
    }
}

package io.github.genaistreams.local;

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
 * @param port        to listen on, 0 for a free one
 * @param tls         HTTPS with a certificate made at start, and HTTP/2
 * @param seed        decides every latency and fault; equal seeds, equal runs
 * @param latency     of good answers
 * @param faults      share of calls that meet each fault; together at most 1
 * @param retryAfter  what {@link Fault#RATE_LIMIT} asks the client to wait; empty: it does not say. Parts of a
 *                    second go into {@code retry-after-ms}
 * @param rpm         requests per minute before the sandbox refuses, 0 for no limit
 * @param tpm         tokens per minute likewise
 * @param requiredKey the one API key accepted; empty: any key will do
 * @param pollAfter   what {@code openai-poll-after-ms} asks who polls an unfinished response to wait; empty: it is
 *                    not sent
 */
public record SandboxSettings(
        int port,
        boolean tls,
        long seed,
        Latency latency,
        Map<Fault, Double> faults,
        Optional<Duration> retryAfter,
        int rpm,
        long tpm,
        Optional<Secret> requiredKey,
        Optional<Duration> pollAfter) {

    public static final SandboxSettings DEFAULTS = new SandboxSettings(
            0, false, 1, Latency.NONE, Map.of(), Optional.empty(), 0, 0, Optional.empty(), Optional.empty());

    public SandboxSettings {
        Objects.requireNonNull(latency, "latency");
        Objects.requireNonNull(retryAfter, "retryAfter");
        Objects.requireNonNull(requiredKey, "requiredKey");
        Objects.requireNonNull(pollAfter, "pollAfter");
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port must be 0 (any free one) to 65535, not " + port);
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
        // Ordered, so that a draw means the same fault in every run.
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

    /** The latency of this attempt's good answer: what the sandbox will do, to be computed beforehand. */
    public Duration latencyFor(String batchId, int index, int attempt) {
        return latency.draw(Draw.of(seed, batchId, index, attempt, "latency"));
    }

    /** The fault which this attempt will meet, empty if none; a fault that does not concern the call is no fault. */
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
        return Draw.of(seed, batchId, index, poll, "poll").nextDouble() < faults.getOrDefault(Fault.POLL_ERROR, 0.0);
    }

    public SandboxSettings withPort(int value) {
        return new SandboxSettings(value, tls, seed, latency, faults, retryAfter, rpm, tpm, requiredKey, pollAfter);
    }

    public SandboxSettings withTls(boolean value) {
        return new SandboxSettings(port, value, seed, latency, faults, retryAfter, rpm, tpm, requiredKey, pollAfter);
    }

    public SandboxSettings withSeed(long value) {
        return new SandboxSettings(port, tls, value, latency, faults, retryAfter, rpm, tpm, requiredKey, pollAfter);
    }

    public SandboxSettings withLatency(Latency value) {
        return new SandboxSettings(port, tls, seed, value, faults, retryAfter, rpm, tpm, requiredKey, pollAfter);
    }

    /** These faults and no others. */
    public SandboxSettings withFaults(Map<Fault, Double> value) {
        return new SandboxSettings(port, tls, seed, latency, value, retryAfter, rpm, tpm, requiredKey, pollAfter);
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
                port, tls, seed, latency, faults, Optional.of(value), rpm, tpm, requiredKey, pollAfter);
    }

    public SandboxSettings withRpm(int value) {
        return new SandboxSettings(port, tls, seed, latency, faults, retryAfter, value, tpm, requiredKey, pollAfter);
    }

    public SandboxSettings withTpm(long value) {
        return new SandboxSettings(port, tls, seed, latency, faults, retryAfter, rpm, value, requiredKey, pollAfter);
    }

    public SandboxSettings withRequiredKey(Secret value) {
        return new SandboxSettings(
                port, tls, seed, latency, faults, retryAfter, rpm, tpm, Optional.of(value), pollAfter);
    }

    public SandboxSettings withPollAfter(Duration value) {
        return new SandboxSettings(
                port, tls, seed, latency, faults, retryAfter, rpm, tpm, requiredKey, Optional.of(value));
    }
}

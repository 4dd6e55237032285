package io.github.genaistreams.sandbox;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Requests and tokens per minute as the API counts them: a bucket for each, full at first, refilled evenly over a
 * minute. A request needs its place in both. A refused one takes nothing. Thread-safe.
 */
final class MinuteLimits {

    /** @param kind {@code requests} or {@code tokens} */
    record Refusal(String kind, long limit, long used, long requested, Duration retryAfter) {

        /** Whether no wait helps, since the request alone exceeds the limit. */
        boolean isForGood() {
            return requested > limit;
        }
    }

    private final Optional<Limit> requests;
    private final Optional<Limit> tokens;

    /** @param rpm 0 for no limit, as for {@code tpm} */
    MinuteLimits(long rpm, long tpm, TimeMeter clock) {
        requests = Limit.of("requests", rpm, clock);
        tokens = Limit.of("tokens", tpm, clock);
    }

    synchronized Optional<Refusal> take(long tokenCharge) {
        Optional<Refusal> refusal = requests.flatMap(limit -> limit.refusal(1))
                .or(() -> tokens.flatMap(limit -> limit.refusal(tokenCharge)));
        if (refusal.isEmpty()) {
            requests.ifPresent(limit -> limit.take(1));
            tokens.ifPresent(limit -> limit.take(tokenCharge));
        }
        return refusal;
    }

    /** The headers that tell a client where it stands. None for what has no limit. */
    Map<String, String> headers() {
        var headers = new LinkedHashMap<String, String>();
        Stream.of(requests, tokens).flatMap(Optional::stream).forEach(limit -> {
            headers.put("x-ratelimit-limit-" + limit.kind, Long.toString(limit.perMinute));
            headers.put("x-ratelimit-remaining-" + limit.kind, Long.toString(limit.bucket.getAvailableTokens()));
            headers.put("x-ratelimit-reset-" + limit.kind, goDuration(limit.timeTo(limit.perMinute)));
        });
        return headers;
    }

    /** A duration in Go's format, which the API sends: {@code 120ms}, {@code 8.64s}, {@code 1m0s}. */
    static String goDuration(Duration duration) {
        long millis = duration.toMillis();
        if (millis < 1_000) {
            return millis == 0 ? "0s" : millis + "ms";
        }
        long minutes = millis / 60_000;
        String fraction = "%03d".formatted(millis % 1_000).replaceAll("0+$", "");
        String seconds = (millis % 60_000) / 1_000 + (fraction.isEmpty() ? "" : "." + fraction) + "s";
        return minutes == 0 ? seconds : minutes + "m" + seconds;
    }

    private record Limit(String kind, long perMinute, Bucket bucket) {

        /** Empty without a limit. */
        static Optional<Limit> of(String kind, long perMinute, TimeMeter clock) {
            if (perMinute == 0) {
                return Optional.empty();
            }
            Bucket bucket = Bucket.builder()
                    .withCustomTimePrecision(clock)
                    .addLimit(limit -> limit.capacity(perMinute).refillGreedy(perMinute, Duration.ofMinutes(1)))
                    .build();
            return Optional.of(new Limit(kind, perMinute, bucket));
        }

        Optional<Refusal> refusal(long amount) {
            if (amount <= bucket.getAvailableTokens()) {
                return Optional.empty();
            }
            long used = perMinute - bucket.getAvailableTokens();
            return Optional.of(new Refusal(kind, perMinute, used, amount, timeTo(Math.min(amount, perMinute))));
        }

        void take(long amount) {
            if (amount > 0) {
                bucket.tryConsume(amount);
            }
        }

        /** The time until this amount is available, rounded up to milliseconds, so that a wait is never too short. */
        Duration timeTo(long amount) {
            long nanos = bucket.estimateAbilityToConsume(amount).getNanosToWaitForRefill();
            return Duration.ofMillis((nanos + 999_999) / 1_000_000);
        }
    }
}

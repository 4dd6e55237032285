package io.github.genaistreams.sandbox;

import io.github.bucket4j.Bucket;
import io.github.bucket4j.TimeMeter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Requests and tokens per minute as the API counts them: a bucket each, full at first, refilled evenly over a minute.
 * A request needs its place in both; a refused one takes nothing. Thread-safe.
 */
final class MinuteLimits {

    /** @param kind {@code requests} or {@code tokens} */
    record Refusal(String kind, long limit, long used, long requested, Duration retryAfter) {

        /** Whether waiting is of no use, since the request alone exceeds the limit. */
        boolean isForGood() {
            return requested > limit;
        }
    }

    private final Limit requests;
    private final Limit tokens;

    /** @param rpm 0 for no limit, as for {@code tpm} */
    MinuteLimits(long rpm, long tpm, TimeMeter clock) {
        requests = Limit.of("requests", rpm, clock);
        tokens = Limit.of("tokens", tpm, clock);
    }

    synchronized Optional<Refusal> take(long tokenCharge) {
        Optional<Refusal> refusal = requests.refusal(1).or(() -> tokens.refusal(tokenCharge));
        if (refusal.isEmpty()) {
            requests.take(1);
            tokens.take(tokenCharge);
        }
        return refusal;
    }

    /** The headers that tell a client where it stands; none for what has no limit. */
    Map<String, String> headers() {
        var headers = new LinkedHashMap<String, String>();
        Stream.of(requests, tokens).filter(Limit::isSet).forEach(limit -> {
            headers.put("x-ratelimit-limit-" + limit.kind, Long.toString(limit.perMinute));
            headers.put("x-ratelimit-remaining-" + limit.kind, Long.toString(limit.bucket.getAvailableTokens()));
            headers.put("x-ratelimit-reset-" + limit.kind, goDuration(limit.timeTo(limit.perMinute)));
        });
        return headers;
    }

    /** As Go prints durations, which is what the API sends: {@code 120ms}, {@code 8.64s}, {@code 1m0s}. */
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

    /** @param bucket null for no limit */
    private record Limit(String kind, long perMinute, Bucket bucket) {

        static Limit of(String kind, long perMinute, TimeMeter clock) {
            Bucket bucket = perMinute == 0
                    ? null
                    : Bucket.builder()
                            .withCustomTimePrecision(clock)
                            .addLimit(limit -> limit.capacity(perMinute).refillGreedy(perMinute, Duration.ofMinutes(1)))
                            .build();
            return new Limit(kind, perMinute, bucket);
        }

        boolean isSet() {
            return bucket != null;
        }

        Optional<Refusal> refusal(long amount) {
            if (!isSet() || amount <= bucket.getAvailableTokens()) {
                return Optional.empty();
            }
            long used = perMinute - bucket.getAvailableTokens();
            return Optional.of(new Refusal(kind, perMinute, used, amount, timeTo(Math.min(amount, perMinute))));
        }

        void take(long amount) {
            if (isSet() && amount > 0) {
                bucket.tryConsume(amount);
            }
        }

        /** Rounded up to milliseconds, so that whoever waits for that long does not come too early. */
        Duration timeTo(long amount) {
            long nanos = bucket.estimateAbilityToConsume(amount).getNanosToWaitForRefill();
            return Duration.ofMillis((nanos + 999_999) / 1_000_000);
        }
    }
}

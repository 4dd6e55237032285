package io.github.genaistreams.sandbox;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Requests and tokens per minute as the API counts them: a bucket each, full at first, refilled evenly over a minute.
 * A request needs its place in both; a refused one takes nothing. Knows no clock: times are nanoseconds from the caller.
 */
final class MinuteLimits {

    private static final double NANOS_PER_MINUTE = 60e9;

    /** @param kind {@code requests} or {@code tokens} */
    record Refusal(String kind, long limit, long used, long requested, Duration retryAfter) {

        /** Whether waiting is of no use, since the request alone exceeds the limit. */
        boolean isForGood() {
            return requested > limit;
        }
    }

    private final Bucket requests;
    private final Bucket tokens;

    /** @param rpm 0 for no limit, as for {@code tpm} */
    MinuteLimits(long rpm, long tpm, long nowNanos) {
        requests = new Bucket("requests", rpm, nowNanos);
        tokens = new Bucket("tokens", tpm, nowNanos);
    }

    synchronized Optional<Refusal> take(long tokenCharge, long nowNanos) {
        requests.refill(nowNanos);
        tokens.refill(nowNanos);
        Optional<Refusal> refusal = requests.refusal(1).or(() -> tokens.refusal(tokenCharge));
        if (refusal.isEmpty()) {
            requests.level -= 1;
            tokens.level -= tokenCharge;
        }
        return refusal;
    }

    /** The headers that tell a client where it stands; none for what has no limit. */
    synchronized Map<String, String> headers(long nowNanos) {
        var headers = new LinkedHashMap<String, String>();
        for (Bucket bucket : new Bucket[] {requests, tokens}) {
            if (bucket.limit > 0) {
                bucket.refill(nowNanos);
                headers.put("x-ratelimit-limit-" + bucket.kind, Long.toString(bucket.limit));
                headers.put("x-ratelimit-remaining-" + bucket.kind, Long.toString((long) bucket.level));
                headers.put("x-ratelimit-reset-" + bucket.kind, goDuration(bucket.timeTo(bucket.limit)));
            }
        }
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

    private static final class Bucket {
        private final String kind;
        private final long limit;
        private double level;
        private long filledAt;

        Bucket(String kind, long limit, long nowNanos) {
            this.kind = kind;
            this.limit = limit;
            this.level = limit;
            this.filledAt = nowNanos;
        }

        void refill(long nowNanos) {
            level = Math.min(limit, level + (nowNanos - filledAt) * limit / NANOS_PER_MINUTE);
            filledAt = nowNanos;
        }

        Optional<Refusal> refusal(long amount) {
            if (limit == 0 || level >= amount) {
                return Optional.empty();
            }
            return Optional.of(new Refusal(kind, limit, limit - (long) level, amount, timeTo(Math.min(amount, limit))));
        }

        Duration timeTo(double wanted) {
            return Duration.ofMillis((long) Math.ceil(Math.max(0, wanted - level) / limit * NANOS_PER_MINUTE / 1e6));
        }
    }
}

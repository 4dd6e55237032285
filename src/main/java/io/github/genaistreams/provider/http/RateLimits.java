package io.github.genaistreams.provider.http;

import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.provider.http.HttpAnswer.Headers;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Rate limits in headers, as OpenAI, gateways and IETF drafts spell them:
 *
 * <pre>
 *   x-ratelimit-remaining-requests: 0     x-ratelimit-reset-requests: 1m30s    also -tokens, -project-tokens, or neither
 *   ratelimit-remaining: 0                ratelimit-reset: 90
 *   ratelimit: limit=100, remaining=0, reset=90
 *   ratelimit: "minute";r=0;t=90, "day";r=17;t=3600
 * </pre>
 *
 * A reset is a duration in Go's format, seconds, a Unix time stamp in seconds or milliseconds, or an instant.
 *
 * @see <a href="https://platform.openai.com/docs/guides/rate-limits">OpenAI: rate limits</a>
 * @see <a href="https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/">RateLimit header fields</a>
 */
public record RateLimits(List<Limit> limits) {

    /** Whether a limit is used up. A negative remainder, which some gateways send, is {@code UNKNOWN}. */
    enum Used {
        UP,
        NOT_UP,
        UNKNOWN
    }

    /** @param reset time until the whole limit is available again */
    record Limit(Used used, Duration reset) {}

    private static final List<String> SPELLINGS = List.of("x-ratelimit-", "ratelimit-", "x-rate-limit-");
    private static final List<String> KINDS = List.of("", "-requests", "-tokens", "-project-tokens");
    private static final Pattern COUNT = Pattern.compile("\\d{1,15}(?:\\.\\d{0,15})?");
    private static final Pattern RESET = Pattern.compile("(?:^|[;,\\s])(?:reset|t)=(\\d{1,15})");
    private static final Pattern REMAINING = Pattern.compile("(?:^|[;,\\s])(?:remaining|r)=(-?\\d{1,15})");

    /** A duration is shorter than this, and a time stamp of today is larger. */
    private static final long MIN_SECONDS_OF_TIME_STAMP = 1_000_000_000L;

    private static final long MIN_MILLIS_OF_TIME_STAMP = 1_000 * MIN_SECONDS_OF_TIME_STAMP;

    static RateLimits of(Headers headers, Instant now) {
        List<Limit> limits = new ArrayList<>();
        for (String spelling : SPELLINGS) {
            for (String kind : KINDS) {
                String reset = headers.get(spelling + "reset" + kind);
                if (reset != null) {
                    limits.add(new Limit(used(headers.get(spelling + "remaining" + kind)), reset(reset, now)));
                }
            }
        }
        String all = headers.get("ratelimit");
        if (all != null) {
            // The older form has a single limit, with commas between its figures.
            for (String one : all.contains("reset=") ? new String[] {all} : all.split(",")) {
                Matcher reset = RESET.matcher(one);
                if (reset.find()) {
                    Matcher remaining = REMAINING.matcher(one);
                    limits.add(
                            new Limit(used(remaining.find() ? remaining.group(1) : null), reset(reset.group(1), now)));
                }
            }
        }
        return new RateLimits(limits);
    }

    /**
     * The limits that an answer reports: the figures in OpenAI's spelling, if limit and remainder make sense, and its
     * {@code Retry-After}. Other spellings do not say what they count.
     */
    public static ApiLimits reported(Headers headers, Instant now) {
        ApiLimits.Figure requests = figure(headers, "-requests", now);
        ApiLimits.Figure tokens = scarcer(figure(headers, "-tokens", now), figure(headers, "-project-tokens", now));
        Duration retryAfter = ServerDelay.retryAfter(headers, now);
        return requests == null && tokens == null && retryAfter.isZero()
                ? ApiLimits.NONE
                : new ApiLimits(requests, tokens, retryAfter);
    }

    private static ApiLimits.@Nullable Figure figure(Headers headers, String kind, Instant now) {
        String remaining = headers.get("x-ratelimit-remaining" + kind);
        if (remaining == null) {
            return null;
        }
        long left = count(remaining);
        long limit = count(headers.get("x-ratelimit-limit" + kind));
        String reset = headers.get("x-ratelimit-reset" + kind);
        return limit < 1 || left < 0
                ? null
                : new ApiLimits.Figure(
                        limit, Math.min(left, limit), reset == null ? Duration.ZERO : notNegative(reset(reset, now)));
    }

    private static ApiLimits.@Nullable Figure scarcer(ApiLimits.@Nullable Figure a, ApiLimits.@Nullable Figure b) {
        return a == null || b != null && b.rest() < a.rest() ? b : a;
    }

    /** The number without its fraction; -1 if it is not one. */
    private static long count(@Nullable String text) {
        return text != null && COUNT.matcher(text.strip()).matches()
                ? Long.parseLong(text.strip().split("\\.")[0])
                : -1;
    }

    private static Duration notNegative(Duration reset) {
        return reset.isNegative() ? Duration.ZERO : reset;
    }

    /** How long to wait until no limit prevents a call. Zero if that is unknown. */
    Duration untilReset() {
        Duration known = longest(Used.UP);
        return known.isZero() ? longest(Used.UNKNOWN) : known;
    }

    private Duration longest(Used used) {
        return limits.stream()
                .filter(limit -> limit.used == used)
                .map(Limit::reset)
                .reduce(Duration.ZERO, (a, b) -> a.compareTo(b) >= 0 ? a : b);
    }

    private static Used used(@Nullable String remaining) {
        try {
            int sign = remaining == null ? -1 : new BigDecimal(remaining.strip()).signum();
            return sign == 0 ? Used.UP : sign > 0 ? Used.NOT_UP : Used.UNKNOWN;
        } catch (NumberFormatException e) {
            return Used.UNKNOWN;
        }
    }

    private static Duration reset(String header, Instant now) {
        String text = header.strip();
        Duration duration = GoDuration.parse(text).orElseGet(() -> until(text, now));
        if (duration.toSeconds() >= MIN_MILLIS_OF_TIME_STAMP) {
            return Duration.between(now, Instant.EPOCH.plusMillis(duration.toSeconds()));
        }
        return duration.toSeconds() >= MIN_SECONDS_OF_TIME_STAMP
                ? Duration.between(now, Instant.EPOCH.plus(duration))
                : duration;
    }

    private static Duration until(String text, Instant now) {
        try {
            return Duration.between(now, Instant.parse(text));
        } catch (DateTimeException notATime) {
            return Duration.ZERO;
        }
    }
}

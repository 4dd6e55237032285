package io.github.genaistreams.provider.http;

import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * How long the server asked to wait, from the first of these headers that says something usable:
 *
 * <ol>
 *   <li>{@code retry-after-ms}: milliseconds, as OpenAI's own libraries read it
 *       (https://github.com/openai/openai-python)
 *   <li>{@code Retry-After}: seconds, also with a fraction, or an HTTP date (RFC 9110, section 10.2.3)
 *   <li>for a 429, the longest {@code x-ratelimit-reset-*} among the limits that are used up
 *       (https://platform.openai.com/docs/guides/rate-limits)
 * </ol>
 *
 * A negative figure, a date in the past and anything unreadable say nothing.
 */
public final class ServerDelay {

    private static final Pattern NUMBER = Pattern.compile("\\d{1,15}(?:\\.\\d{0,15})?");
    private static final String[] LIMITS = {"requests", "tokens", "project-tokens"};

    private ServerDelay() {}

    /** The wait asked for, zero if none. */
    public static Duration of(int status, UnaryOperator<String> header, Instant now) {
        return number(header.apply("retry-after-ms"), 1)
                .or(() -> number(header.apply("retry-after"), 1_000))
                .or(() -> untilDate(header.apply("retry-after"), now))
                .or(() -> status == 429 ? untilReset(header) : Optional.empty())
                .orElse(Duration.ZERO);
    }

    private static Optional<Duration> number(String text, int millisPerUnit) {
        if (text == null || !NUMBER.matcher(text.strip()).matches()) {
            return Optional.empty();
        }
        BigDecimal millis = new BigDecimal(text.strip()).multiply(BigDecimal.valueOf(millisPerUnit));
        return positive(Duration.ofMillis(millis.longValue()));
    }

    private static Optional<Duration> untilDate(String text, Instant now) {
        if (text == null) {
            return Optional.empty();
        }
        try {
            Instant then = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text.strip()));
            return positive(Duration.between(now, then));
        } catch (DateTimeException notADate) {
            return Optional.empty();
        }
    }

    private static Optional<Duration> untilReset(UnaryOperator<String> header) {
        Duration longest = Duration.ZERO;
        for (String limit : LIMITS) {
            String remaining = header.apply("x-ratelimit-remaining-" + limit);
            if (remaining != null && remaining.strip().equals("0")) {
                Duration reset = GoDuration.parse(header.apply("x-ratelimit-reset-" + limit))
                        .orElse(Duration.ZERO);
                longest = reset.compareTo(longest) > 0 ? reset : longest;
            }
        }
        return positive(longest);
    }

    private static Optional<Duration> positive(Duration duration) {
        return duration.isNegative() || duration.isZero() ? Optional.empty() : Optional.of(duration);
    }
}

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
 *   <li>for a 429, the longest reset among the limits of which nothing remains; if none says so, among those that do not say
 *       what remains, or say less than nothing ({@link RateLimits})
 * </ol>
 *
 * A negative figure, a date in the past and anything unreadable say nothing.
 */
public final class ServerDelay {

    private static final Pattern NUMBER = Pattern.compile("\\d{1,15}(?:\\.\\d{0,15})?");

    private ServerDelay() {}

    /** The wait asked for, zero if none. */
    public static Duration of(int status, UnaryOperator<String> header, Instant now) {
        return number(header.apply("retry-after-ms"), 1)
                .or(() -> number(header.apply("retry-after"), 1_000))
                .or(() -> untilDate(header.apply("retry-after"), now))
                .or(() -> status == 429 ? positive(RateLimits.of(header, now).untilReset()) : Optional.empty())
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

    private static Optional<Duration> positive(Duration duration) {
        return duration.isNegative() || duration.isZero() ? Optional.empty() : Optional.of(duration);
    }
}

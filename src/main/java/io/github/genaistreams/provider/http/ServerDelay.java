package io.github.genaistreams.provider.http;

import io.github.genaistreams.provider.http.HttpAnswer.Headers;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The wait that a server asks for, from the first of these headers with a usable value:
 *
 * <ol>
 * <li>{@code retry-after-ms}: milliseconds, as in OpenAI's own libraries (https://github.com/openai/openai-python)
 * <li>{@code Retry-After}: seconds, possibly with a fraction, or an HTTP date (RFC 9110, section 10.2.3)
 * <li>for a 429, the longest reset of the limits that are used up; if there is none, of those with an unknown or
 * negative remainder ({@link RateLimits})
 * </ol>
 *
 * Negative figures, past dates and unreadable values are ignored.
 */
public final class ServerDelay {

    private static final Pattern NUMBER = Pattern.compile("\\d{1,15}(?:\\.\\d{0,15})?");

    private ServerDelay() {}

    /** The wait that an answer asks for. Zero if it asks for none. */
    public static Duration of(int status, Headers headers, Instant now) {
        Duration asked = retryAfter(headers, now);
        return asked.isZero() && status == 429
                ? positive(RateLimits.of(headers, now).untilReset()).orElse(Duration.ZERO)
                : asked;
    }

    /** The wait that one of the first two headers asks for. Zero if they ask for none. */
    static Duration retryAfter(Headers headers, Instant now) {
        return number(headers.get("retry-after-ms"), 1)
                .or(() -> number(headers.get("retry-after"), 1_000))
                .or(() -> untilDate(headers.get("retry-after"), now))
                .orElse(Duration.ZERO);
    }

    private static Optional<Duration> number(@Nullable String text, int millisPerUnit) {
        if (text == null || !NUMBER.matcher(text.strip()).matches()) {
            return Optional.empty();
        }
        BigDecimal millis = new BigDecimal(text.strip()).multiply(BigDecimal.valueOf(millisPerUnit));
        return positive(Duration.ofMillis(millis.longValue()));
    }

    private static Optional<Duration> untilDate(@Nullable String text, Instant now) {
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

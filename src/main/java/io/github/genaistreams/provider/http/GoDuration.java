package io.github.genaistreams.provider.http;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Durations in Go's format ({@code 6m0s}, {@code 120ms}, {@code 1h2m3.5s}), used in OpenAI's
 * {@code x-ratelimit-reset-*} headers. Gateways also send plain seconds ({@code 12}, {@code 0.5}).
 *
 * @see <a href="https://pkg.go.dev/time#ParseDuration">time.ParseDuration</a>
 */
final class GoDuration {

    private static final Pattern PLAIN_SECONDS = Pattern.compile("\\d{1,15}(?:\\.\\d{0,15})?");
    // "ms" comes before "m": the first alternative that matches wins.
    private static final Pattern PART = Pattern.compile("(\\d{1,15}(?:\\.\\d{0,15})?)(ns|us|µs|μs|ms|s|m|h)");

    private static final BigDecimal NANOS_PER_SECOND = BigDecimal.valueOf(1_000_000_000L);

    private static final int MAX_LENGTH = 100;

    private GoDuration() {}

    /** The duration. Empty if there is no text, or if it is invalid, negative or too large. */
    static Optional<Duration> parse(@Nullable String text) {
        if (text == null || text.length() > MAX_LENGTH) {
            return Optional.empty();
        }
        String value = text.strip();
        if (PLAIN_SECONDS.matcher(value).matches()) {
            return Optional.of(nanos(new BigDecimal(value), 1_000_000_000L));
        }
        try {
            return sum(value);
        } catch (ArithmeticException longerThanAnyTime) {
            return Optional.empty();
        }
    }

    private static Optional<Duration> sum(String value) {
        Matcher part = PART.matcher(value);
        Duration sum = Duration.ZERO;
        int end = 0;
        while (part.find() && part.start() == end) {
            sum = sum.plus(nanos(new BigDecimal(part.group(1)), nanosIn(part.group(2))));
            end = part.end();
        }
        return end > 0 && end == value.length() ? Optional.of(sum) : Optional.empty();
    }

    private static Duration nanos(BigDecimal number, long unit) {
        BigDecimal[] parts = number.multiply(BigDecimal.valueOf(unit)).divideAndRemainder(NANOS_PER_SECOND);
        return Duration.ofSeconds(parts[0].longValueExact(), parts[1].longValue());
    }

    private static long nanosIn(String unit) {
        return switch (unit) {
            case "ns" -> 1L;
            case "us", "µs", "μs" -> 1_000L;
            case "ms" -> 1_000_000L;
            case "s" -> 1_000_000_000L;
            case "m" -> 60_000_000_000L;
            default -> 3_600_000_000_000L;
        };
    }
}

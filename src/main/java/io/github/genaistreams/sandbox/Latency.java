package io.github.genaistreams.sandbox;

import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * How long an answer takes, as a distribution. Drawn values are whole milliseconds, as timers use. Written as
 * {@code fixed:200ms}, {@code uniform:100ms-2s} or {@code lognormal:500ms,0.5}; {@link #toString()} gives that form.
 */
public sealed interface Latency {

    /** No wait at all. */
    Latency NONE = new Fixed(Duration.ZERO);

    /** The next value. It depends on {@code random} only. */
    Duration draw(RandomGenerator random);

    /** Always the same. */
    record Fixed(Duration value) implements Latency {
        public Fixed {
            notNegative(value, "latency");
        }

        @Override
        public Duration draw(RandomGenerator random) {
            return Duration.ofMillis(value.toMillis());
        }

        @Override
        public String toString() {
            return "fixed:" + text(value);
        }
    }

    /** Every value from {@code min} to {@code max} is equally likely. */
    record Uniform(Duration min, Duration max) implements Latency {
        public Uniform {
            notNegative(min, "min");
            if (max.compareTo(min) < 0) {
                throw new IllegalArgumentException(
                        "a uniform latency's max (%s) must not be below its min (%s)".formatted(text(max), text(min)));
            }
        }

        @Override
        public Duration draw(RandomGenerator random) {
            return Duration.ofMillis(min.toMillis() + random.nextLong(max.toMillis() - min.toMillis() + 1));
        }

        @Override
        public String toString() {
            return "uniform:" + text(min) + "-" + text(max);
        }
    }

    /**
     * {@code median · e^(sigma · N(0,1))}: most answers near the median, a few much later, as with real APIs.
     *
     * @param sigma spread; at 0.5 one answer in twenty takes more than 2.3 times the median
     */
    record LogNormal(Duration median, double sigma) implements Latency {

        /** No answer takes longer. */
        static final Duration MAX_DELAY = Duration.ofHours(1);

        public LogNormal {
            notNegative(median, "median");
            if (!(sigma >= 0 && sigma <= 5)) {
                throw new IllegalArgumentException("a lognormal latency's sigma must be from 0 to 5, not " + sigma);
            }
        }

        @Override
        public Duration draw(RandomGenerator random) {
            double millis = median.toMillis() * Math.exp(sigma * random.nextGaussian());
            return Duration.ofMillis(Math.min(MAX_DELAY.toMillis(), Math.round(millis)));
        }

        @Override
        public String toString() {
            return "lognormal:" + text(median) + "," + sigma;
        }
    }

    static Latency fixed(Duration value) {
        return new Fixed(value);
    }

    static Latency uniform(Duration min, Duration max) {
        return new Uniform(min, max);
    }

    static Latency logNormal(Duration median, double sigma) {
        return new LogNormal(median, sigma);
    }

    /**
     * Reads the written form. A duration alone, such as {@code 200ms}, is a fixed one.
     *
     * @throws IllegalArgumentException with a message that shows the form expected
     */
    static Latency parse(String text) {
        String[] parts = text.strip().split(":", 2);
        try {
            if (parts.length == 1) {
                return fixed(duration(parts[0]));
            }
            return switch (parts[0].strip().toLowerCase(Locale.ROOT)) {
                case "fixed" -> fixed(duration(parts[1]));
                case "uniform" -> {
                    String[] bounds = pair(parts[1], "-");
                    yield uniform(duration(bounds[0]), duration(bounds[1]));
                }
                case "lognormal" -> {
                    String[] arguments = pair(parts[1], ",");
                    yield logNormal(duration(arguments[0]), Double.parseDouble(arguments[1].strip()));
                }
                default -> throw new IllegalArgumentException("unknown distribution '" + parts[0] + "'");
            };
        } catch (NumberFormatException e) {
            throw unreadable(text, "'" + parts[1] + "' does not end in a number", e);
        } catch (IllegalArgumentException e) {
            throw unreadable(text, String.valueOf(e.getMessage()), e);
        }
    }

    private static IllegalArgumentException unreadable(String text, String why, Exception cause) {
        return new IllegalArgumentException(
                "Cannot read the latency '%s': %s. Use fixed:200ms, uniform:100ms-2s or lognormal:500ms,0.5"
                        .formatted(text, why),
                cause);
    }

    private static String[] pair(String text, String separator) {
        String[] pair = text.split(separator, -1);
        if (pair.length != 2) {
            throw new IllegalArgumentException("two values, separated by '" + separator + "', are needed");
        }
        return pair;
    }

    /** A number and its unit: {@code 250ms}, {@code 1.5s}, {@code 2m}; {@code 0} needs no unit. */
    private static Duration duration(String text) {
        var matcher = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*(ms|s|m)|0").matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException("'" + text.strip() + "' is not a duration with a unit (ms, s or m)");
        }
        if (matcher.group(1) == null) {
            return Duration.ZERO;
        }
        double millis =
                switch (matcher.group(2)) {
                    case "ms" -> 1;
                    case "s" -> 1_000;
                    default -> 60_000;
                };
        return Duration.ofMillis(Math.round(Double.parseDouble(matcher.group(1)) * millis));
    }

    private static String text(Duration duration) {
        long millis = duration.toMillis();
        return millis % 1_000 == 0 && millis > 0 ? millis / 1_000 + "s" : millis + "ms";
    }

    private static void notNegative(Duration value, String name) {
        Objects.requireNonNull(value, name);
        if (value.isNegative()) {
            throw new IllegalArgumentException("a latency's " + name + " must not be negative");
        }
    }
}

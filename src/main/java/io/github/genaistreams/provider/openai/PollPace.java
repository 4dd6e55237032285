package io.github.genaistreams.provider.openai;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How long to wait before the next poll of a background response: as long as the server's header
 * {@code openai-poll-after-ms} says, within limits. Without the header, the waits grow:
 *
 * <pre>
 *   first                  2 s
 *   still running          previous · 1.5, within 2 s … 10 s
 *   the poll failed        previous · 2, within 2 s … 60 s, or longer if the server asks for it
 * </pre>
 */
final class PollPace {

    static final String HEADER = "openai-poll-after-ms";

    private static final Duration MIN_PAUSE = Duration.ofSeconds(2);
    private static final Duration MAX_PAUSE = Duration.ofSeconds(10);
    private static final Duration MAX_PAUSE_AFTER_FAILURE = Duration.ofSeconds(60);

    private static final Duration MIN_PAUSE_OF_SERVER = Duration.ofMillis(50);

    /** OpenAI keeps a background response for about this long (https://platform.openai.com/docs/guides/background). */
    private static final Duration MAX_PAUSE_OF_SERVER = Duration.ofMinutes(10);

    private static final Pattern MILLIS = Pattern.compile("\\d{1,9}");

    private PollPace() {}

    /** @param header value of {@link #HEADER}, if the answer has it */
    static Duration first(@Nullable String header) {
        return asked(header).orElse(MIN_PAUSE);
    }

    /** @param header value of {@link #HEADER}, if the answer has it */
    static Duration next(Duration previous, @Nullable String header) {
        return asked(header).orElse(within(MIN_PAUSE, previous.multipliedBy(3).dividedBy(2), MAX_PAUSE));
    }

    /** @param serverDelay the wait that the server asks for; zero if none */
    static Duration afterFailure(Duration previous, Duration serverDelay) {
        Duration own = within(MIN_PAUSE, previous.multipliedBy(2), MAX_PAUSE_AFTER_FAILURE);
        return within(own, serverDelay, MAX_PAUSE_OF_SERVER);
    }

    private static Optional<Duration> asked(@Nullable String header) {
        if (header == null || !MILLIS.matcher(header.strip()).matches()) {
            return Optional.empty();
        }
        Duration figure = Duration.ofMillis(Long.parseLong(header.strip()));
        return Optional.of(within(MIN_PAUSE_OF_SERVER, figure, MAX_PAUSE_OF_SERVER));
    }

    private static Duration within(Duration min, Duration value, Duration max) {
        if (value.compareTo(max) > 0) {
            return max;
        }
        return value.compareTo(min) < 0 ? min : value;
    }
}

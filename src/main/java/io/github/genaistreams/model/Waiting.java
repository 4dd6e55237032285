package io.github.genaistreams.model;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Why a batch makes no progress now. It goes on by itself, unless the reason says that a person is needed.
 *
 * @param reason {@code outage} (the API does not work), {@code key_refused}, {@code quota_exhausted}, or
 *     {@code retry_delay} (its items wait for their next attempt, a minute at least)
 * @param since  when that began
 * @param until  when the next call is tried; null if unknown
 * @param detail the last error, for people; null if unknown
 */
public record Waiting(
        String reason,
        Instant since,
        @Nullable Instant until,
        @Nullable String detail) {

    /** {@link #reason} of items that wait for their next attempt. */
    public static final String RETRY_DELAY = "retry_delay";
}

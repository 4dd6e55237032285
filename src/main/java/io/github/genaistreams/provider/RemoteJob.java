package io.github.genaistreams.provider;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A job: work that an API has accepted and does by itself. The request must never be submitted again, since that would
 * be paid for twice.
 *
 * @param id         the API's ID of the job; if it comes from outside, the client checks it before use
 * @param acceptedAt when the API accepted it
 * @param pollAfter  how long to wait before the next {@link ApiClient#poll}
 * @param requestId  the API's ID of the request; null if it gave none but {@code id}
 */
public record RemoteJob(
        String id,
        Instant acceptedAt,
        Duration pollAfter,
        @Nullable String requestId) {

    /** For an API with a single ID for both. */
    public RemoteJob(String id, Instant acceptedAt, Duration pollAfter) {
        this(id, acceptedAt, pollAfter, null);
    }

    /** The same job, to be polled after a delay. */
    public RemoteJob after(Duration pollAfter) {
        return new RemoteJob(id, acceptedAt, pollAfter, requestId);
    }

    public RemoteJob {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(acceptedAt, "acceptedAt");
        Objects.requireNonNull(pollAfter, "pollAfter");
    }
}

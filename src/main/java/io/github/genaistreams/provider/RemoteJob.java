package io.github.genaistreams.provider;

import java.time.Duration;
import java.time.Instant;
import java.util.Objects;

/**
 * Work that an API has taken on and does on its own; its outcome is asked for later. Whoever holds this must never submit
 * the request again: that would be paid twice.
 *
 * @param id         the API's name for it; where it comes from outside, the client checks it before use
 * @param acceptedAt when the API took it on
 * @param pollAfter  how long to wait before the next {@link ApiClient#poll}
 * @param requestId  the API's ID of the request, or null if it gave none but {@code id}
 */
public record RemoteJob(String id, Instant acceptedAt, Duration pollAfter, String requestId) {

    /** Of an API that has one name for both. */
    public RemoteJob(String id, Instant acceptedAt, Duration pollAfter) {
        this(id, acceptedAt, pollAfter, null);
    }

    /** The same, to be asked after in a while. */
    public RemoteJob after(Duration pollAfter) {
        return new RemoteJob(id, acceptedAt, pollAfter, requestId);
    }

    public RemoteJob {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(acceptedAt, "acceptedAt");
        Objects.requireNonNull(pollAfter, "pollAfter");
    }
}

package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Instant;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * One attempt in progress, with what its result needs. The payload is in memory only for this time.
 *
 * @param number      number of the attempt, from 1
 * @param submittedAt time stamp of the request record
 * @param headers     headers of the request record
 * @param earlier     cost and history of earlier attempts; null if they have none to add
 * @param accepted    whether the API has accepted it as a job, which is polled
 */
record Attempt<Q extends ApiRequest>(
        Q request,
        int number,
        Instant submittedAt,
        Headers headers,
        JournalEntry.@Nullable Earlier earlier,
        boolean accepted) {

    /** The attempt of a journal entry; {@code request} is the entry's request. */
    static <Q extends ApiRequest> Attempt<Q> of(Q request, JournalEntry entry) {
        return new Attempt<>(
                request,
                entry.attempt(),
                entry.submittedAt(),
                Journal.headers(entry),
                entry.earlier(),
                entry.remoteJob() != null);
    }

    /** The same attempt, accepted by the API. Its request may lack what only the submission needs. */
    Attempt<Q> acceptedAs(Q request) {
        return new Attempt<>(request, number, submittedAt, headers, earlier, true);
    }
}

package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.wire.JournalEntry;
import java.time.Instant;
import org.apache.kafka.common.header.Headers;

/**
 * One attempt under way, with what its result will need: a payload is in memory only as long as this.
 *
 * @param number      from 1
 * @param submittedAt time stamp of the request record
 * @param headers     headers of the request record
 * @param earlier     what the attempts before this one leave behind, or null
 * @param accepted    whether the API has taken it on, and is asked after it
 */
record Attempt<Q extends ApiRequest>(
        Q request, int number, Instant submittedAt, Headers headers, JournalEntry.Earlier earlier, boolean accepted) {

    /** The attempt that a journal entry stands for; {@code request} is what the entry holds. */
    static <Q extends ApiRequest> Attempt<Q> of(Q request, JournalEntry entry) {
        return new Attempt<>(
                request,
                entry.attempt(),
                entry.submittedAt(),
                Journal.headers(entry),
                entry.earlier(),
                entry.remoteJob() != null);
    }

    /** The same, accepted by the API, with a request that may lack what only its submission needs. */
    Attempt<Q> acceptedAs(Q request) {
        return new Attempt<>(request, number, submittedAt, headers, earlier, true);
    }
}

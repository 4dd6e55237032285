package io.github.genaistreams.wire;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.Usage;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A request that a worker has read and not answered yet: the value of its journal store. Instants have milliseconds.
 * Byte arrays are not copied and must not be changed. Entries are equal if their bytes are.
 *
 * @param state       the item's state
 * @param attempt     number of the current or next attempt, from 1
 * @param notBefore   earliest time of that attempt
 * @param submittedAt timestamp of the request record
 * @param lastError   why the last attempt failed; null for a first attempt
 * @param headers     headers of the request record, in order
 * @param request     the request in its wire form; empty in {@link State#RETRYING}
 * @param remoteJob   the job of this attempt at the API, if there is one
 * @param earlier     costs and history of earlier attempts, if there were any
 */
public record JournalEntry(
        State state,
        int attempt,
        Instant notBefore,
        Instant submittedAt,
        @Nullable CallError lastError,
        List<Header> headers,
        byte[] request,
        @Nullable Job remoteJob,
        @Nullable Earlier earlier) {

    /** State of a journaled item; constants in the order of the schema's symbols. */
    public enum State {
        /** The next call is due, now or at {@code notBefore}. */
        OPEN,
        /** A retry record has been sent and has the request. */
        RETRYING,
        /** A call was started. If this is read from the journal, the call's end is unknown. */
        STARTED
    }

    /** One header of the request record. Kafka allows one without a value. */
    public record Header(String key, byte @Nullable [] value) {
        public Header {
            Objects.requireNonNull(key, "key");
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Header that && key.equals(that.key) && Arrays.equals(value, that.value);
        }

        @Override
        public int hashCode() {
            return 31 * key.hashCode() + Arrays.hashCode(value);
        }

        @Override
        public String toString() {
            return key + "=" + (value == null ? "null" : value.length + " bytes");
        }
    }

    /**
     * A job that the API has accepted, and that must not be submitted again.
     *
     * @param id         the API's ID of the job
     * @param acceptedAt when the API accepted it
     * @param requestId  the API's ID of the request; null if it gave none but {@code id}
     */
    public record Job(
            String id, Instant acceptedAt, @Nullable String requestId) {
        public Job {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(acceptedAt, "acceptedAt");
        }
    }

    /**
     * Costs and history of earlier attempts, for the item's result.
     *
     * @param usage             tokens used; null if none were reported
     * @param cost              known cost in USD; null if nothing is known, or nothing was billed
     * @param costUnknownReason why the cost is not completely known; null if it is
     * @param possibleDuplicate whether the API may have done and billed the work of one of them
     */
    public record Earlier(
            @Nullable Usage usage,
            @Nullable BigDecimal cost,
            @Nullable String costUnknownReason,
            boolean possibleDuplicate) {

        /** @param cost null if nothing was billed */
        public static Earlier of(@Nullable Usage usage, @Nullable Cost cost, boolean possibleDuplicate) {
            return new Earlier(
                    usage,
                    cost == null ? null : cost.knownUsd().orElse(null),
                    cost == null ? null : cost.unknownReason().orElse(null),
                    possibleDuplicate);
        }

        /** Their cost. Null if nothing was billed. */
        public @Nullable Cost price() {
            return cost == null && costUnknownReason == null ? null : Cost.of(cost, costUnknownReason);
        }
    }

    /** The same entry for another call, since the end of the last call is unknown, with the resulting costs. */
    public JournalEntry interrupted(@Nullable Earlier earlier) {
        return new JournalEntry(
                State.OPEN, attempt, notBefore, submittedAt, lastError, headers, request, remoteJob, earlier);
    }

    /** The same entry, with the call of its attempt not started. */
    public JournalEntry notStarted() {
        return interrupted(earlier);
    }

    /** The same entry, with the call of its attempt started. */
    public JournalEntry started() {
        return new JournalEntry(
                State.STARTED, attempt, notBefore, submittedAt, lastError, headers, request, remoteJob, earlier);
    }

    /** The same entry, with a job at the API. */
    public JournalEntry withJob(Job job) {
        return new JournalEntry(state, attempt, notBefore, submittedAt, lastError, headers, request, job, earlier);
    }

    /** The same entry, with another request. */
    public JournalEntry withRequest(byte[] request) {
        return new JournalEntry(
                state, attempt, notBefore, submittedAt, lastError, headers, request, remoteJob, earlier);
    }

    /** The same entry, with other headers. */
    public JournalEntry withHeaders(List<Header> headers) {
        return new JournalEntry(
                state, attempt, notBefore, submittedAt, lastError, headers, request, remoteJob, earlier);
    }

    public JournalEntry {
        Objects.requireNonNull(state, "state");
        Objects.requireNonNull(notBefore, "notBefore");
        Objects.requireNonNull(submittedAt, "submittedAt");
        Objects.requireNonNull(request, "request");
        headers = List.copyOf(headers);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof JournalEntry that
                && state == that.state
                && attempt == that.attempt
                && notBefore.equals(that.notBefore)
                && submittedAt.equals(that.submittedAt)
                && Objects.equals(lastError, that.lastError)
                && headers.equals(that.headers)
                && Arrays.equals(request, that.request)
                && Objects.equals(remoteJob, that.remoteJob)
                && Objects.equals(earlier, that.earlier);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                state,
                attempt,
                notBefore,
                submittedAt,
                lastError,
                headers,
                Arrays.hashCode(request),
                remoteJob,
                earlier);
    }

    /** Without the request and the headers' values, which may contain prompts. */
    @Override
    public String toString() {
        return "JournalEntry[" + state + ", attempt " + attempt + ", not before " + notBefore + ", submitted at "
                + submittedAt + ", last error " + (lastError == null ? "none" : lastError.type()) + ", "
                + headers.size()
                + " headers, request of " + request.length + " bytes, "
                + (remoteJob == null ? "no remote job" : "remote job " + remoteJob.id()) + "]";
    }
}

package io.github.genaistreams.wire;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.Usage;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * A request that a worker has taken and not yet answered: the value of its journal store. Instants carry
 * milliseconds. Byte arrays are neither copied nor to be changed by anyone; entries are equal when their bytes are.
 *
 * @param state       where the item stands
 * @param attempt     number of the attempt that is made or comes next, from 1
 * @param notBefore   earliest time of that attempt
 * @param submittedAt timestamp of the request record
 * @param lastError   why the attempt before it failed, null for a first attempt
 * @param headers     headers of the request record, in order
 * @param request     the request in its wire form; empty while {@link State#RETRYING}
 * @param remoteJob   the job that this attempt has left with the API, or null
 * @param earlier     what the attempts before this one leave behind, or null
 */
public record JournalEntry(
        State state,
        int attempt,
        Instant notBefore,
        Instant submittedAt,
        CallError lastError,
        List<Header> headers,
        byte[] request,
        Job remoteJob,
        Earlier earlier) {

    /** Where a journaled item stands; constants in the order of the schema's symbols. */
    public enum State {
        /** The next call is due, now or at {@code notBefore}. */
        OPEN,
        /** A retry record is on its way and holds the request. */
        RETRYING,
        /** A call was started: when that is read from the journal, nobody knows its end. */
        STARTED
    }

    /**
     * One header of the request record.
     *
     * @param key   not null
     * @param value may be null
     */
    public record Header(String key, byte[] value) {
        public Header {
            Objects.requireNonNull(key, "key");
        }

        @Override
        public boolean equals(Object other) {
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
     * Work that the API has taken on, and that must not be submitted again.
     *
     * @param id         the API's name for it
     * @param acceptedAt when the API took it on
     * @param requestId  the API's ID of the request, or null if it gave none but {@code id}
     */
    public record Job(String id, Instant acceptedAt, String requestId) {
        public Job {
            Objects.requireNonNull(id, "id");
            Objects.requireNonNull(acceptedAt, "acceptedAt");
        }
    }

    /**
     * What attempts that were not the last one leave behind for the item's result.
     *
     * @param usage             tokens that they used, or null if none reported any
     * @param cost              what they cost in USD, as far as it is known; null if nothing is, or nothing was billed
     * @param costUnknownReason why not all of it is known, or null if it is
     * @param possibleDuplicate whether the API may have done, and billed, the work of one of them
     */
    public record Earlier(Usage usage, BigDecimal cost, String costUnknownReason, boolean possibleDuplicate) {

        /** {@code cost} is null if nothing was billed. */
        public static Earlier of(Usage usage, Cost cost, boolean possibleDuplicate) {
            return new Earlier(
                    usage,
                    cost == null ? null : cost.knownUsd().orElse(null),
                    cost == null ? null : cost.unknownReason().orElse(null),
                    possibleDuplicate);
        }

        /** What they cost, or null if nothing was billed. */
        public Cost price() {
            return cost == null && costUnknownReason == null ? null : Cost.of(cost, costUnknownReason);
        }
    }

    /** The same, to be called again since nobody knows the end of the call before, with what that leaves behind. */
    public JournalEntry interrupted(Earlier earlier) {
        return new JournalEntry(
                State.OPEN, attempt, notBefore, submittedAt, lastError, headers, request, remoteJob, earlier);
    }

    /** The same, with the call of its attempt not started yet. */
    public JournalEntry notStarted() {
        return interrupted(earlier);
    }

    /** The same, with the call of its attempt started. */
    public JournalEntry started() {
        return new JournalEntry(
                State.STARTED, attempt, notBefore, submittedAt, lastError, headers, request, remoteJob, earlier);
    }

    /** The same, with a job left with the API. */
    public JournalEntry withJob(Job job) {
        return new JournalEntry(state, attempt, notBefore, submittedAt, lastError, headers, request, job, earlier);
    }

    /** The same, with this for its request. */
    public JournalEntry withRequest(byte[] request) {
        return new JournalEntry(
                state, attempt, notBefore, submittedAt, lastError, headers, request, remoteJob, earlier);
    }

    /** The same, with other headers. */
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
    public boolean equals(Object other) {
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

    /** Without the request and the headers' values, which may hold prompts. */
    @Override
    public String toString() {
        return "JournalEntry[" + state + ", attempt " + attempt + ", not before " + notBefore + ", submitted at "
                + submittedAt + ", last error " + (lastError == null ? "none" : lastError.type()) + ", "
                + headers.size()
                + " headers, request of " + request.length + " bytes, "
                + (remoteJob == null ? "no remote job" : "remote job " + remoteJob.id()) + "]";
    }
}

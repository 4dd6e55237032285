package io.github.genaistreams.provider;

import io.github.genaistreams.model.CallError;
import java.time.Duration;
import java.util.Objects;

/** What became of one attempt, or of one question after it. An outcome is a value: no attempt ends in an exception. */
public sealed interface CallOutcome {

    /** The API gave the answer that was asked for. */
    record Succeeded(Answer answer) implements CallOutcome {
        public Succeeded {
            Objects.requireNonNull(answer, "answer");
        }
    }

    /**
     * The attempt failed in a way that a later one may not.
     *
     * @param error       why
     * @param serverDelay how long the server asked to wait at least; zero if it did not say
     * @param requestId   the API's ID of the HTTP exchange, or null
     * @param answer      the answer if there was one, since it may have been billed (a response that failed), or null
     * @param maybeDone   whether the API may have done the work all the same, so that another attempt may be paid twice
     */
    record Retry(CallError error, Duration serverDelay, String requestId, Answer answer, boolean maybeDone)
            implements CallOutcome {

        /** Without an answer, and with nothing done. */
        public Retry(CallError error, Duration serverDelay, String requestId) {
            this(error, serverDelay, requestId, null, false);
        }

        /** The same, where the API may have done the work all the same. */
        public Retry possiblyDone() {
            return new Retry(error, serverDelay, requestId, answer, true);
        }

        public Retry {
            Objects.requireNonNull(error, "error");
            Objects.requireNonNull(serverDelay, "serverDelay");
        }
    }

    /**
     * The attempt failed for good.
     *
     * @param error     why
     * @param answer    the answer if there was one (a billed but incomplete response, say), or null
     * @param requestId the API's ID of the HTTP exchange, or null
     * @param maybeDone whether the API may have done, and billed, the work all the same
     */
    record Failed(CallError error, Answer answer, String requestId, boolean maybeDone) implements CallOutcome {

        /** Where nothing says that the API may have done the work. */
        public Failed(CallError error, Answer answer, String requestId) {
            this(error, answer, requestId, false);
        }

        /** The same, where the API may have done the work all the same. */
        public Failed possiblyDone() {
            return new Failed(error, answer, requestId, true);
        }

        public Failed {
            Objects.requireNonNull(error, "error");
        }
    }

    /**
     * The API works on it, and its answer is not here yet: ask again with {@link ApiClient#poll}.
     *
     * @param unanswered why nobody knows whether there is an answer, or why it could not be kept; null if the API itself has
     *                   said that it still works
     */
    record Accepted(RemoteJob job, CallError unanswered) implements CallOutcome {

        /** The API has said so. */
        public Accepted(RemoteJob job) {
            this(job, null);
        }

        public Accepted {
            Objects.requireNonNull(job, "job");
        }
    }
}

package io.github.genaistreams.provider;

import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.CallError;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The outcome of one attempt, or of one poll. An outcome is a value: no attempt ends in an exception. */
public sealed interface CallOutcome {

    /** What the API said about its limits. */
    ApiLimits limits();

    /** The same outcome, with what the API said about its limits. */
    CallOutcome withLimits(ApiLimits limits);

    /** The API gave the requested answer. */
    record Succeeded(Answer answer) implements CallOutcome {
        public Succeeded {
            Objects.requireNonNull(answer, "answer");
        }

        @Override
        public ApiLimits limits() {
            return answer.limits();
        }

        @Override
        public Succeeded withLimits(ApiLimits limits) {
            return new Succeeded(answer.withLimits(limits));
        }
    }

    /**
     * The attempt failed, and a later one may succeed.
     *
     * @param error       why
     * @param serverDelay minimum wait that the server asked for; zero if it did not
     * @param requestId   the API's ID of the HTTP exchange, if it gave one
     * @param answer      the answer if there was one, since it may have been billed (a failed response)
     * @param maybeDone   whether the API may still have done the work, so that another attempt may be paid for twice
     * @param limits      what the API said about its limits
     */
    record Retry(
            CallError error,
            Duration serverDelay,
            @Nullable String requestId,
            @Nullable Answer answer,
            boolean maybeDone,
            ApiLimits limits)
            implements CallOutcome {

        /** Says nothing about limits. */
        public Retry(
                CallError error,
                Duration serverDelay,
                @Nullable String requestId,
                @Nullable Answer answer,
                boolean maybeDone) {
            this(error, serverDelay, requestId, answer, maybeDone, ApiLimits.NONE);
        }

        /** Without an answer, and without any work done. */
        public Retry(CallError error, Duration serverDelay, @Nullable String requestId) {
            this(error, serverDelay, requestId, null, false);
        }

        /** The same, if the API may still have done the work. */
        public Retry possiblyDone() {
            return new Retry(error, serverDelay, requestId, answer, true, limits);
        }

        public Retry {
            Objects.requireNonNull(error, "error");
            Objects.requireNonNull(serverDelay, "serverDelay");
            Objects.requireNonNull(limits, "limits");
        }

        @Override
        public Retry withLimits(ApiLimits limits) {
            return new Retry(error, serverDelay, requestId, answer, maybeDone, limits);
        }
    }

    /**
     * The attempt failed permanently.
     *
     * @param error     why
     * @param answer    the answer if there was one (such as a billed but incomplete response)
     * @param requestId the API's ID of the HTTP exchange, if it gave one
     * @param maybeDone whether the API may still have done and billed the work
     * @param limits    what the API said about its limits
     */
    record Failed(
            CallError error,
            @Nullable Answer answer,
            @Nullable String requestId,
            boolean maybeDone,
            ApiLimits limits) implements CallOutcome {

        /** With the limits of its answer, if there is one. */
        public Failed(CallError error, @Nullable Answer answer, @Nullable String requestId, boolean maybeDone) {
            this(error, answer, requestId, maybeDone, answer == null ? ApiLimits.NONE : answer.limits());
        }

        /** Without any sign that the API may have done the work. */
        public Failed(CallError error, @Nullable Answer answer, @Nullable String requestId) {
            this(error, answer, requestId, false);
        }

        /** The same, if the API may still have done the work. */
        public Failed possiblyDone() {
            return new Failed(error, answer, requestId, true, limits);
        }

        public Failed {
            Objects.requireNonNull(error, "error");
            Objects.requireNonNull(limits, "limits");
        }

        @Override
        public Failed withLimits(ApiLimits limits) {
            Answer its = answer == null ? null : answer.withLimits(limits);
            return new Failed(error, its, requestId, maybeDone, limits);
        }
    }

    /**
     * The API works on the request as a job: poll it with {@link ApiClient#poll}.
     *
     * @param unanswered why it is unknown whether there is an answer, or why the answer could not be stored; null if
     *     the API itself has said that it still works
     * @param limits     what the API said about its limits
     */
    record Accepted(RemoteJob job, @Nullable CallError unanswered, ApiLimits limits) implements CallOutcome {

        /** Says nothing about limits. */
        public Accepted(RemoteJob job, @Nullable CallError unanswered) {
            this(job, unanswered, ApiLimits.NONE);
        }

        /** The API itself has said that it works on the request. */
        public Accepted(RemoteJob job) {
            this(job, null);
        }

        public Accepted {
            Objects.requireNonNull(job, "job");
            Objects.requireNonNull(limits, "limits");
        }

        @Override
        public Accepted withLimits(ApiLimits limits) {
            return new Accepted(job, unanswered, limits);
        }
    }
}

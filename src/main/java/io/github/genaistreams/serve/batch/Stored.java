package io.github.genaistreams.serve.batch;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An object of the server's state. Times are epoch seconds, as in OpenAI's API. */
public sealed interface Stored {

    String id();

    /** The name of the key that created it. */
    String owner();

    long createdAt();

    /**
     * An uploaded file. Its content is on the file topic.
     *
     * @param expiresAt when its content can no longer be read
     * @param partition partition of its chunks. Their key is the file's ID
     * @param first     offset of the first chunk
     * @param last      offset of the last chunk
     * @param chunks    number of chunks
     */
    record StoredFile(
            String id,
            String owner,
            long createdAt,
            long expiresAt,
            String filename,
            String purpose,
            long bytes,
            int partition,
            long first,
            long last,
            int chunks)
            implements Stored {}

    /** The status of a batch, apart from the progress of its calls. */
    enum BatchPhase {
        /** Its file is read, and each line is checked. */
        VALIDATING,
        /** Its requests are being submitted, or wait for their results. */
        IN_PROGRESS,
        /** All calls are over, and the lines of its output are being counted. */
        FINALIZING,
        /** The file has a fault, and nothing was submitted. */
        FAILED,
        COMPLETED,
        /** The completion window ended before all calls were made. */
        EXPIRED,
        CANCELLED;

        boolean isFinal() {
            return this == FAILED || this == COMPLETED || this == EXPIRED || this == CANCELLED;
        }

        /** Whether calls of the batch may still be made. */
        boolean hasCalls() {
            return this == VALIDATING || this == IN_PROGRESS;
        }

        /** A batch never goes to a phase of a lower rank, nor from one final phase to another. */
        int rank() {
            return isFinal() ? 3 : ordinal();
        }
    }

    /**
     * A line that is not a request, or a problem of the whole file.
     *
     * @param param the field; null if the problem is not in a single field
     * @param line  line number from 1; null for a problem of the whole file
     */
    record InputFault(
            String code,
            String message,
            @Nullable String param,
            @Nullable Long line) {}

    /** When a batch entered each phase; null for a phase that it has not entered. */
    record Times(
            @Nullable Long inProgressAt,
            @Nullable Long finalizingAt,
            @Nullable Long completedAt,
            @Nullable Long failedAt,
            @Nullable Long expiredAt,
            @Nullable Long cancelledAt) {

        static final Times NONE = new Times(null, null, null, null, null, null);

        Times at(BatchPhase phase, long now) {
            return switch (phase) {
                case VALIDATING -> this;
                case IN_PROGRESS -> new Times(now, finalizingAt, completedAt, failedAt, expiredAt, cancelledAt);
                case FINALIZING -> new Times(inProgressAt, now, completedAt, failedAt, expiredAt, cancelledAt);
                case COMPLETED -> new Times(inProgressAt, finalizingAt, now, failedAt, expiredAt, cancelledAt);
                case FAILED -> new Times(inProgressAt, finalizingAt, completedAt, now, expiredAt, cancelledAt);
                case EXPIRED -> new Times(inProgressAt, finalizingAt, completedAt, failedAt, now, cancelledAt);
                case CANCELLED -> new Times(inProgressAt, finalizingAt, completedAt, failedAt, expiredAt, now);
            };
        }
    }

    /**
     * What a batch was created with.
     *
     * @param endpoint        {@value ResponsesApi#PATH}, or {@value DocumentsApi#PATH} for documents
     * @param input           the file; it can be read even if its ID was deleted
     * @param window          the completion window as it was given
     * @param metadata        the caller's metadata
     * @param credential      the worker's credential for its calls; null for the default
     * @param priority        its weight when batches take turns; null for the default
     * @param maxCostUsd      what the batch may cost; null for no limit
     * @param budgetPerDayUsd what all batches of its owner may cost in one day; null for no limit
     */
    record Order(
            StoredFile input,
            String endpoint,
            String window,
            Map<String, String> metadata,
            @Nullable String credential,
            @Nullable Integer priority,
            @Nullable BigDecimal maxCostUsd,
            @Nullable BigDecimal budgetPerDayUsd) {

        /** Whether the requests are documents; otherwise they are prompts. */
        public boolean isOfDocuments() {
            return endpoint.equals(DocumentsApi.PATH);
        }
    }

    /**
     * How a batch ended.
     *
     * @param succeeded   number of lines of the output file
     * @param failed      number of lines of the error file
     * @param outputBytes size of the output file
     * @param errorBytes  size of the error file
     */
    record Outcome(int succeeded, int failed, long outputBytes, long errorBytes) {}

    /**
     * A batch. Its requests and results have the same batch ID.
     *
     * @param expiresAt end of the completion window
     * @param total     number of requests; 0 until it is validated
     * @param submitted number of requests that are certainly submitted, from the first one on
     * @param isExpired whether the window ended before all calls were over
     * @param outcome   null until it is final
     */
    record StoredBatch(
            String id,
            String owner,
            long createdAt,
            long expiresAt,
            Order order,
            BatchPhase phase,
            Times times,
            int total,
            int submitted,
            boolean isExpired,
            List<InputFault> faults,
            @Nullable Outcome outcome)
            implements Stored {

        static StoredBatch of(String id, String owner, long createdAt, long expiresAt, Order order) {
            return new StoredBatch(
                    id,
                    owner,
                    createdAt,
                    expiresAt,
                    order,
                    BatchPhase.VALIDATING,
                    Times.NONE,
                    0,
                    0,
                    false,
                    List.of(),
                    null);
        }

        /** Whether this state can follow another one. A replica that was away for a while may write an old state. */
        boolean follows(StoredBatch before) {
            int rank = phase.rank();
            int then = before.phase.rank();
            return rank > then
                    || rank == then
                            && !phase.isFinal()
                            && submitted >= before.submitted
                            && (isExpired || !before.isExpired);
        }

        boolean isWhole() {
            return order != null && order.input() != null && phase != null && times != null && faults != null;
        }

        StoredBatch in(BatchPhase next, long now) {
            return new StoredBatch(
                    id,
                    owner,
                    createdAt,
                    expiresAt,
                    order,
                    next,
                    times.at(next, now),
                    total,
                    submitted,
                    isExpired,
                    faults,
                    outcome);
        }

        StoredBatch withTotal(int requests) {
            return new StoredBatch(
                    id, owner, createdAt, expiresAt, order, phase, times, requests, 0, isExpired, faults, outcome);
        }

        StoredBatch withSubmitted(int requests) {
            return new StoredBatch(
                    id, owner, createdAt, expiresAt, order, phase, times, total, requests, isExpired, faults, outcome);
        }

        StoredBatch withFaults(List<InputFault> found) {
            return new StoredBatch(
                    id,
                    owner,
                    createdAt,
                    expiresAt,
                    order,
                    phase,
                    times,
                    total,
                    submitted,
                    isExpired,
                    List.copyOf(found),
                    outcome);
        }

        StoredBatch expired() {
            return new StoredBatch(
                    id, owner, createdAt, expiresAt, order, phase, times, total, submitted, true, faults, outcome);
        }

        StoredBatch withOutcome(Outcome end) {
            return new StoredBatch(
                    id, owner, createdAt, expiresAt, order, phase, times, total, submitted, isExpired, faults, end);
        }
    }

    /** A request to cancel a batch. It is separate from the batch, so that each record has one writer at a time. */
    record Cancellation(String id, String owner, long createdAt) implements Stored {

        private static final String PREFIX = "cancel_";

        static String idOf(String batchId) {
            return PREFIX + batchId;
        }
    }

    /** An output file that was deleted: its batch no longer names it. */
    record DeletedOutput(String id, String owner, long createdAt) implements Stored {}

    /**
     * A single request. For the workers, it is a batch of one with the same ID.
     *
     * @param previousId this server's ID of the previous response; null if it follows no response of this server
     */
    record StoredResponse(
            String id,
            String owner,
            long createdAt,
            @Nullable String model,
            @Nullable String previousId,
            Map<String, String> metadata,
            @Nullable BigDecimal budgetPerDayUsd)
            implements Stored {}

    /** The class of the object with this ID; empty if this version does not know such IDs. */
    static Optional<Class<? extends Stored>> typeOf(String id) {
        if (Output.of(id).isPresent()) {
            return Optional.of(DeletedOutput.class);
        }
        if (id.startsWith("file-")) {
            return Optional.of(StoredFile.class);
        }
        if (id.startsWith("batch_")) {
            return Optional.of(StoredBatch.class);
        }
        if (id.startsWith(Cancellation.PREFIX)) {
            return Optional.of(Cancellation.class);
        }
        return id.startsWith("resp_") ? Optional.of(StoredResponse.class) : Optional.empty();
    }
}

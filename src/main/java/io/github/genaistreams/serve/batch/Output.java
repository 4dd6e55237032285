package io.github.genaistreams.serve.batch;

import java.util.Optional;

/**
 * A file of results. It is not kept anywhere: whoever reads it gets the batch's results.
 *
 * @param isErrors whether it has the requests that failed, or those that were answered
 */
record Output(String batchId, boolean isErrors) {

    private static final String OUTPUT = "file-out-";
    private static final String ERRORS = "file-err-";

    /** The file of this ID, if it is one of results. */
    static Optional<Output> of(String fileId) {
        if (fileId.startsWith(OUTPUT)) {
            return Optional.of(new Output(Ids.BATCH + fileId.substring(OUTPUT.length()), false));
        }
        return fileId.startsWith(ERRORS)
                ? Optional.of(new Output(Ids.BATCH + fileId.substring(ERRORS.length()), true))
                : Optional.empty();
    }

    String fileId() {
        return (isErrors ? ERRORS : OUTPUT) + batchId.substring(Ids.BATCH.length());
    }
}

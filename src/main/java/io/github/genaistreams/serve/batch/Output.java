package io.github.genaistreams.serve.batch;

import java.util.Optional;

/**
 * A file with the results of a batch. It is not stored: it is produced from the results when it is read.
 *
 * @param isErrors true for the failed requests, false for the others
 */
record Output(String batchId, boolean isErrors) {

    private static final String OUTPUT = "file-out-";
    private static final String ERRORS = "file-err-";

    /** The file with this ID; empty if it is not the ID of a file of results. */
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

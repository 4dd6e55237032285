package io.github.genaistreams.serve.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.OpenAiBatchOutput;
import io.github.genaistreams.client.read.BatchResults;
import io.github.genaistreams.client.read.StoredAnswers;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.serve.batch.Stored.Outcome;
import io.github.genaistreams.serve.batch.Stored.StoredBatch;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Optional;

/** Writes the results of a batch as its output file or its error file, in the order of the input. Stateless. */
final class BatchOutput {

    private static final int OK = 200;

    private BatchOutput() {}

    static void write(BatchClient client, StoredBatch batch, boolean isErrors, OutputStream out) throws IOException {
        try (BatchResults results = client.reattach(batch.id()).snapshot()) {
            while (results.hasNext()) {
                ObjectNode line = line(results, batch);
                if (isAnswer(line) != isErrors) {
                    out.write(line.toString().getBytes(UTF_8));
                    out.write('\n');
                }
            }
            requireAll(results, batch);
        }
    }

    /** @throws IOException if there are fewer results than when the batch ended */
    static void requireAll(BatchResults results, StoredBatch batch) throws IOException {
        Outcome outcome = batch.outcome();
        if (outcome != null && results.progress().received() < outcome.succeeded() + outcome.failed()) {
            throw new IOException("results of " + batch.id() + " are no longer on the result topic");
        }
    }

    /** @throws IOException if the answer is in the document store and cannot be read there */
    static CallResult next(BatchResults results, StoredBatch batch) throws IOException {
        CallResult result = results.next();
        if (StoredAnswers.isUnavailable(result)) {
            throw new IOException("an answer of " + batch.id() + " cannot be read from the document store");
        }
        return result;
    }

    /** Counts lines and bytes of both files. */
    static Outcome count(BatchClient client, StoredBatch batch) throws IOException {
        int succeeded = 0;
        int failed = 0;
        long outputBytes = 0;
        long errorBytes = 0;
        try (BatchResults results = client.reattach(batch.id()).snapshot()) {
            while (results.hasNext()) {
                ObjectNode line = line(results, batch);
                int bytes = line.toString().getBytes(UTF_8).length + 1;
                if (isAnswer(line)) {
                    succeeded++;
                    outputBytes += bytes;
                } else {
                    failed++;
                    errorBytes += bytes;
                }
            }
        }
        return new Outcome(succeeded, failed, outputBytes, errorBytes);
    }

    private static ObjectNode line(BatchResults results, StoredBatch batch) throws IOException {
        CallResult result = next(results, batch);
        if (batch.order().isOfDocuments()) {
            return DocumentOutput.line(result, results.fileName(result.index()).orElse(null));
        }
        Optional<String> customId = results.customId(result.index());
        ObjectNode line = OpenAiBatchOutput.line(result, customId);
        if (result.error() != null
                && BatchControl.CANCELLED.equals(result.error().code())) {
            line.putObject("error")
                    .put("code", batch.isExpired() ? "batch_expired" : "batch_cancelled")
                    .put(
                            "message",
                            batch.isExpired()
                                    ? "This request could not be executed before the completion window expired."
                                    : "This request was not executed, because its batch was cancelled.");
        }
        return line;
    }

    private static boolean isAnswer(ObjectNode line) {
        return line.path("response").path("status_code").asInt() == OK
                || line.path("success").asBoolean();
    }
}

package io.github.genaistreams.serve.batch;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.input.OpenAiBatchFile;
import io.github.genaistreams.client.input.OpenAiBatchFile.Invalid;
import io.github.genaistreams.client.input.OpenAiBatchFile.Line;
import io.github.genaistreams.client.input.OpenAiBatchFile.Valid;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.serve.batch.Stored.InputFault;
import io.github.genaistreams.serve.batch.Stored.StoredBatch;
import io.github.genaistreams.wire.WireHeaders;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/** The prompts of a batch: checks the lines of its file, and submits them in slices. Immutable. */
final class BatchInput implements Input {

    /** OpenAI's validation also stops after a number of faults. */
    private static final int MAX_FAULTS = 100;

    private static final int SLICE = 1_000;
    private static final long SLICE_CHARACTERS = 4 << 20;

    private final StoredBatch batch;
    private final int maxLineBytes;
    private final Supplier<InputStream> source;

    /**
     * @param maxLineBytes maximum size of a line, so that its request fits into a record
     * @param source       the file, from its start
     */
    BatchInput(StoredBatch batch, int maxLineBytes, Supplier<InputStream> source) {
        this.batch = batch;
        this.maxLineBytes = maxLineBytes;
        this.source = source;
    }

    /** What a check found: the number of requests, or what is wrong. */
    record Checked(int requests, List<InputFault> faults) {}

    /**
     * Reads all lines and checks each.
     *
     * @param goesOn asked from time to time whether to go on
     * @return empty if the check was not finished
     * @throws IOException if the file cannot be read
     */
    Optional<Checked> check(BooleanSupplier goesOn) throws IOException {
        List<InputFault> faults = new ArrayList<>();
        var seen = new SeenIds();
        int requests = 0;
        try (var lines = lines()) {
            for (Optional<Line> line = lines.next();
                    line.isPresent() && faults.size() < MAX_FAULTS;
                    line = lines.next()) {
                if (line.get() instanceof Invalid invalid) {
                    faults.add(new InputFault(invalid.code(), invalid.message(), invalid.param(), invalid.number()));
                } else if (line.get() instanceof Valid valid) {
                    fault(valid, seen).ifPresent(faults::add);
                }
                if (++requests % SLICE == 0 && !goesOn.getAsBoolean()) {
                    return Optional.empty();
                }
            }
        } catch (java.io.UncheckedIOException e) {
            throw e.getCause();
        }
        if (requests == 0) {
            faults.add(new InputFault("empty_file", "The input file has no requests.", null, null));
        }
        return Optional.of(new Checked(requests, List.copyOf(faults)));
    }

    private static Optional<InputFault> fault(Valid line, SeenIds seen) {
        if (!seen.add(line.customId())) {
            return Optional.of(new InputFault(
                    "duplicate_custom_id",
                    "The custom_id of this line is already used in an earlier line.",
                    "custom_id",
                    line.number()));
        }
        if (Ids.isOurResponse(line.request().previousResponseId())) {
            return Optional.of(new InputFault(
                    "invalid_request",
                    "The API does not know the ID of this server's response in previous_response_id. Only POST "
                            + ResponsesApi.PATH + " can follow it.",
                    "body." + ResponsesApi.PREVIOUS,
                    line.number()));
        }
        return Optional.empty();
    }

    @Override
    public void submit(BatchClient client, BooleanSupplier goesOn, IntConsumer submitted) throws IOException {
        int index = 0;
        List<Valid> slice = new ArrayList<>();
        long characters = 0;
        try (var lines = lines()) {
            for (Optional<Line> line = lines.next(); line.isPresent(); line = lines.next()) {
                if (!(line.get() instanceof Valid valid)) {
                    throw new IllegalStateException(
                            "line " + line.get().number() + " has changed since it was checked");
                }
                if (index++ < batch.submitted()) {
                    continue;
                }
                slice.add(valid);
                characters += valid.length();
                if (slice.size() == SLICE || characters > SLICE_CHARACTERS) {
                    send(client, slice, index, submitted);
                    slice = new ArrayList<>();
                    characters = 0;
                    if (!goesOn.getAsBoolean()) {
                        return;
                    }
                }
            }
        } catch (java.io.UncheckedIOException e) {
            throw e.getCause();
        }
        if (!slice.isEmpty()) {
            send(client, slice, index, submitted);
        }
    }

    private void send(BatchClient client, List<Valid> slice, int end, IntConsumer submitted) {
        int first = end - slice.size();
        client.submitPart(
                batch.id(),
                first,
                batch.total(),
                slice.stream().map(Valid::request).toList(),
                index -> Map.of(WireHeaders.CUSTOM_ID, slice.get(index - first).customId()));
        submitted.accept(end);
    }

    private OpenAiBatchFile lines() {
        var template = ResponsesRequest.builder()
                .credential(batch.order().credential())
                .priority(batch.order().priority())
                // As in OpenAI's batches: an answer that is cut off is an answer.
                .failOnIncomplete(false)
                .buildUnchecked();
        return new OpenAiBatchFile(source.get(), template, maxLineBytes);
    }
}

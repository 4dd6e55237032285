package io.github.genaistreams.serve.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.serve.batch.Stored.StoredBatch;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.function.Supplier;

/**
 * The documents of a batch. This server writes its file when the documents are uploaded and checked: each line is a
 * request that names a document in the document store. Immutable.
 */
final class DocumentInput implements Input {

    private static final int SLICE = 500;

    private final StoredBatch batch;
    private final Supplier<InputStream> source;

    DocumentInput(StoredBatch batch, Supplier<InputStream> source) {
        this.batch = batch;
        this.source = source;
    }

    /** A line of the file, with its line feed. */
    static byte[] line(DocumentRequest request) {
        byte[] json = Codecs.DOCUMENT_REQUEST.encode(request, WireFormat.JSON);
        byte[] line = java.util.Arrays.copyOf(json, json.length + 1);
        line[json.length] = '\n';
        return line;
    }

    private BufferedReader lines() {
        return new BufferedReader(new InputStreamReader(source.get(), UTF_8));
    }

    @Override
    public void submit(BatchClient client, BooleanSupplier goesOn, IntConsumer submitted) throws IOException {
        try (BufferedReader lines = lines()) {
            List<DocumentRequest> slice = new ArrayList<>();
            int index = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (index++ < batch.submitted()) {
                    continue;
                }
                slice.add(Codecs.DOCUMENT_REQUEST.decode(line.getBytes(UTF_8)));
                if (slice.size() == SLICE || index == batch.total()) {
                    send(client, slice, index - slice.size());
                    submitted.accept(index);
                    slice = new ArrayList<>();
                    if (!goesOn.getAsBoolean()) {
                        return;
                    }
                }
            }
        }
    }

    private void send(BatchClient client, List<DocumentRequest> slice, int first) {
        client.submitDocumentsPart(
                batch.id(),
                first,
                batch.total(),
                slice,
                index -> Map.of(WireHeaders.FILE_NAME, slice.get(index - first).fileName()));
    }
}

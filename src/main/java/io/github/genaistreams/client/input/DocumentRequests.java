package io.github.genaistreams.client.input;

import io.github.genaistreams.model.DocumentRequest;
import java.util.AbstractList;
import java.util.Objects;
import java.util.RandomAccess;
import java.util.function.IntFunction;

/**
 * Requests that are created on demand, so that not all documents are in memory at once. A request that only refers to
 * its document is kept, so that the document is read and stored once. For one thread.
 */
public final class DocumentRequests extends AbstractList<DocumentRequest> implements RandomAccess {

    private final IntFunction<DocumentRequest> make;
    private final DocumentRequest[] kept;

    /** @param make creates the request of an index, the same each time */
    public DocumentRequests(int size, IntFunction<DocumentRequest> make) {
        this.make = make;
        this.kept = new DocumentRequest[size];
    }

    @Override
    public DocumentRequest get(int index) {
        Objects.checkIndex(index, kept.length);
        if (kept[index] != null) {
            return kept[index];
        }
        DocumentRequest request = make.apply(index);
        if (request.document() == null) {
            kept[index] = request;
        }
        return request;
    }

    @Override
    public int size() {
        return kept.length;
    }
}

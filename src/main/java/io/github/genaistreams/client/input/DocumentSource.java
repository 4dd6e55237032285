package io.github.genaistreams.client.input;

import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.store.DocumentStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The source of a document. */
public sealed interface DocumentSource {

    /** In memory. */
    record Bytes(byte[] bytes, @Nullable String fileName) implements DocumentSource {
        public Bytes {
            Objects.requireNonNull(bytes, "bytes");
        }
    }

    /** A file on this machine. */
    record File(Path path) implements DocumentSource {
        public File {
            Objects.requireNonNull(path, "path");
        }
    }

    /** A URL that the API fetches itself. */
    record Address(URI url) implements DocumentSource {
        public Address {
            Objects.requireNonNull(url, "url");
        }
    }

    /** An earlier conversion that the API has kept ({@code save_checkpoint}), from which data can be extracted. */
    record Checkpoint(String id) implements DocumentSource {
        public Checkpoint {
            Objects.requireNonNull(id, "id");
        }
    }

    static DocumentSource of(byte[] bytes) {
        return new Bytes(bytes, null);
    }

    static DocumentSource of(Path path) {
        return new File(path);
    }

    static DocumentSource of(URI url) {
        return new Address(url);
    }

    /** Its file name at the source; null if it has none. */
    default @Nullable String name() {
        if (this instanceof Bytes in) {
            return in.fileName();
        }
        if (this instanceof Address address) {
            return address.url().toString();
        }
        return this instanceof Checkpoint checkpoint
                ? "checkpoint:" + checkpoint.id()
                : ((File) this).path().toString();
    }

    /**
     * A request for this document. A document larger than {@code inlineMaxBytes} goes to the store, and the request
     * refers to it there.
     *
     * @param store null for none, so that every document goes into its record
     * @throws UncheckedIOException if the file cannot be read
     */
    default DocumentRequest request(DocumentRequest common, @Nullable DocumentStore store, long inlineMaxBytes) {
        DocumentRequest.Builder request = expecting(common).toBuilder();
        if (this instanceof Bytes in) {
            request.fileName(in.fileName());
            return store != null && in.bytes().length > inlineMaxBytes
                    ? request.documentRef(store.put(in.bytes())).buildUnchecked()
                    : request.document(in.bytes()).buildUnchecked();
        }
        if (this instanceof Address address) {
            return request.fileUrl(address.url().toString()).buildUnchecked();
        }
        if (this instanceof Checkpoint checkpoint) {
            return request.checkpointId(checkpoint.id()).buildUnchecked();
        }
        Path path = ((File) this).path();
        request.fileName(path.getFileName().toString());
        try {
            return store != null && Files.size(path) > inlineMaxBytes
                    ? request.documentRef(store.put(path)).buildUnchecked()
                    : request.document(Files.readAllBytes(path)).buildUnchecked();
        } catch (IOException e) {
            throw new UncheckedIOException(path + " cannot be read", e);
        }
    }

    /** The common request with the number of pages, if the document's format states it and the request does not. */
    default DocumentRequest expecting(DocumentRequest common) {
        if (common.expectedPages() != null) {
            return common;
        }
        Integer pages = this instanceof Bytes in
                ? PageCount.of(in.bytes())
                : this instanceof File file ? PageCount.of(file.path()) : null;
        return pages == null ? common : common.toBuilder().expectedPages(pages).buildUnchecked();
    }
}

package io.github.genaistreams.serve.http;

import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;

/** One stream of bytes that arrive in chunks. For one thread. */
public final class ChunkedInput extends InputStream {

    private final Source source;
    private byte @Nullable [] chunk = {};
    private int at;

    public interface Source {

        /** The next chunk, which may be empty; null at the end, and for every call after that. */
        byte @Nullable [] next() throws IOException;

        /** Releases its resources. */
        default void close() {}
    }

    public ChunkedInput(Source source) {
        this.source = source;
    }

    @Override
    public int read() throws IOException {
        byte[] from = filled();
        return from == null ? -1 : from[at++] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        byte[] from = filled();
        if (from == null) {
            return -1;
        }
        int count = Math.min(length, from.length - at);
        System.arraycopy(from, at, target, offset, count);
        at += count;
        return count;
    }

    /** The chunk with the next byte; null at the end. */
    private byte @Nullable [] filled() throws IOException {
        while (chunk != null && at == chunk.length) {
            chunk = source.next();
            at = 0;
        }
        return chunk;
    }

    @Override
    public void close() {
        source.close();
    }
}

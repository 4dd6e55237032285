package io.github.genaistreams.serve.http;

import java.io.IOException;
import java.io.InputStream;

/** Reads chunks of bytes that come one after the other as one stream. For one thread. */
public final class ChunkedInput extends InputStream {

    private final Source source;
    private byte[] chunk = {};
    private int at;

    /** Gives the chunks. */
    public interface Source {

        /** The next chunk, which may be empty; null at the end, then and ever after. */
        byte[] next() throws IOException;

        /** Lets go of what it holds. */
        default void close() {}
    }

    public ChunkedInput(Source source) {
        this.source = source;
    }

    @Override
    public int read() throws IOException {
        return fill() ? chunk[at++] & 0xff : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int count = Math.min(length, chunk.length - at);
        System.arraycopy(chunk, at, target, offset, count);
        at += count;
        return count;
    }

    private boolean fill() throws IOException {
        while (chunk != null && at == chunk.length) {
            chunk = source.next();
            at = 0;
        }
        return chunk != null;
    }

    @Override
    public void close() {
        source.close();
    }
}

package io.github.genaistreams.serve.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.CompletionException;

/** Writes a response from a thread that may wait. For one thread. */
final class ResponseStream extends OutputStream {

    private static final int CHUNK_BYTES = 64 << 10;

    private final HttpServerResponse response;
    private Buffer chunk = Buffer.buffer(CHUNK_BYTES);

    ResponseStream(HttpServerResponse response) {
        this.response = response;
    }

    @Override
    public void write(int b) throws IOException {
        chunk.appendByte((byte) b);
        sendIfFull();
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        chunk.appendBytes(bytes, offset, length);
        sendIfFull();
    }

    private void sendIfFull() throws IOException {
        if (chunk.length() >= CHUNK_BYTES) {
            flush();
        }
    }

    @Override
    public void flush() throws IOException {
        if (chunk.length() > 0) {
            Buffer full = chunk;
            chunk = Buffer.buffer(CHUNK_BYTES);
            await(response.write(full));
        }
    }

    /** Ends the response. */
    @Override
    public void close() throws IOException {
        flush();
        await(response.end());
    }

    private static void await(io.vertx.core.Future<Void> written) throws IOException {
        try {
            written.toCompletionStage().toCompletableFuture().join();
        } catch (CompletionException e) {
            throw new IOException("the client has gone", e.getCause());
        }
    }
}

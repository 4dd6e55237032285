package io.github.genaistreams.serve.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Writes a response from a thread that may wait. For one thread. */
final class ResponseStream extends OutputStream {

    private static final int CHUNK_BYTES = 64 << 10;

    /** How long the client may receive nothing. */
    static final int MAX_SILENCE_SECONDS = 60;

    /** The client has gone, or is too slow. */
    static final class ClientException extends IOException {
        private static final long serialVersionUID = 1;

        ClientException(String message) {
            super(message);
        }
    }

    private final HttpServerResponse response;
    private final ClientPace pace;
    private Buffer chunk = Buffer.buffer(CHUNK_BYTES);

    ResponseStream(HttpServerResponse response, ClientPace pace) {
        this.response = response;
        this.pace = pace;
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
            long asked = System.nanoTime();
            await(response.write(full));
            if (pace.isTooSlow(System.nanoTime() - asked, full.length())) {
                throw new ClientException("the client receives the body slowly, and other requests wait");
            }
        }
    }

    /** Ends the response. */
    @Override
    public void close() throws IOException {
        flush();
        await(response.end());
    }

    private static void await(Future<Void> written) throws IOException {
        try {
            written.toCompletionStage().toCompletableFuture().get(MAX_SILENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new ClientException("the client has gone");
        } catch (TimeoutException e) {
            throw new ClientException("the client received nothing for " + MAX_SILENCE_SECONDS + " s");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the server is stopping");
        }
    }
}

package io.github.genaistreams.serve.http;

import io.vertx.core.Context;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerFileUpload;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The files of a form ({@code multipart/form-data}), one after the other, as they arrive. It holds about a megabyte; a
 * client that is faster than the reader has to wait. For one reading thread.
 */
public final class Multipart {

    private static final long HIGH_BYTES = 1 << 20;
    private static final long LOW_BYTES = 256 << 10;

    /** How long the client may send nothing. */
    private static final int MAX_SILENCE_SECONDS = 60;

    private sealed interface Event {}

    private record Begin(String field, String fileName) implements Event {}

    private record Data(Buffer bytes) implements Event {}

    private record EndOfPart() implements Event {}

    private record EndOfForm(MultiMap fields) implements Event {}

    private record Broken(Throwable why) implements Event {}

    private final HttpServerRequest request;
    private final Context context;
    private final ClientPace pace;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final AtomicLong held = new AtomicLong();
    private boolean paused; // event loop
    private volatile boolean discarding;
    private @Nullable Part open; // reading thread
    private @Nullable MultiMap fields; // reading thread; null until the end

    /**
     * Call it on the event loop, before the first byte of the body. It reads nothing before {@link #start()}.
     *
     * @param pace the client's speed
     */
    Multipart(HttpServerRequest request, Context context, ClientPace pace) {
        this.request = request;
        this.context = context;
        this.pace = pace;
        request.pause();
        request.setExpectMultipart(true);
        request.uploadHandler(this::begin);
        request.exceptionHandler(why -> events.add(new Broken(why)));
        request.endHandler(end -> events.add(new EndOfForm(request.formAttributes())));
    }

    /** Starts to read the body. */
    void start() {
        context.runOnContext(begin -> request.resume());
    }

    private void begin(HttpServerFileUpload upload) {
        if (discarding) {
            return;
        }
        events.add(new Begin(upload.name(), upload.filename()));
        upload.exceptionHandler(why -> events.add(new Broken(why)));
        upload.handler(bytes -> {
            if (discarding) {
                return;
            }
            events.add(new Data(bytes));
            if (held.addAndGet(bytes.length()) > HIGH_BYTES && !paused) {
                paused = true;
                request.pause();
            }
        });
        upload.endHandler(end -> events.add(new EndOfPart()));
    }

    /**
     * A file of the form.
     *
     * @param field    the name of the field
     * @param fileName the name that the client gave; it may be anything
     * @param content  can be read until {@link #next()} is called again
     */
    public record Part(String field, String fileName, InputStream content) {}

    private Part part(Begin begin) {
        return new Part(
                begin.field(), begin.fileName() == null ? "" : begin.fileName(), new ChunkedInput(this::nextChunk));
    }

    private byte @Nullable [] nextChunk() throws IOException {
        if (open == null) {
            return null;
        }
        Event event = take();
        if (event instanceof Data data) {
            released(data.bytes().length());
            return data.bytes().getBytes();
        }
        if (event instanceof EndOfPart) {
            open = null;
            return null;
        }
        throw new IOException("the form is malformed");
    }

    /**
     * The next file; empty after the last one. The rest of the previous file is dropped.
     *
     * @throws IOException  if the client has gone, sends nothing for a minute, or does not send a form
     * @throws ApiException 408 if the client is slow while other requests wait
     */
    public Optional<Part> next() throws IOException {
        while (open != null) {
            nextChunk();
        }
        if (fields != null) {
            return Optional.empty();
        }
        Event event = take();
        if (event instanceof Begin begin) {
            open = part(begin);
            return Optional.of(open);
        }
        if (event instanceof EndOfForm end) {
            fields = end.fields();
            return Optional.empty();
        }
        throw new IOException("the form is malformed");
    }

    /** A field of the form that is not a file. Call it after the last file. */
    public Optional<String> field(String name) {
        return Optional.ofNullable(fields).map(all -> all.get(name));
    }

    /** Reads no more, and drops the rest of the body. */
    void discard() {
        discarding = true;
        events.clear();
    }

    private Event take() throws IOException {
        try {
            long asked = System.nanoTime();
            Event event = events.poll(MAX_SILENCE_SECONDS, TimeUnit.SECONDS);
            if (event == null) {
                throw new IOException("the client sent nothing for " + MAX_SILENCE_SECONDS + " s");
            }
            if (event instanceof Broken broken) {
                throw new IOException(
                        "the upload was interrupted: " + broken.why().getMessage(), broken.why());
            }
            int bytes = event instanceof Data data ? data.bytes().length() : 0;
            if (pace.isTooSlow(System.nanoTime() - asked, bytes)) {
                throw ApiException.refused(
                        408,
                        "upload_too_slow",
                        "The upload is slower than " + ClientPace.MIN_BYTES_PER_SECOND / 1024
                                + " KB per second, and other uploads wait.");
            }
            return event;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the server is stopping", e);
        }
    }

    private void released(int bytes) {
        if (held.addAndGet(-bytes) < LOW_BYTES) {
            context.runOnContext(resume -> {
                if (paused && held.get() < LOW_BYTES) {
                    paused = false;
                    request.resume();
                }
            });
        }
    }
}

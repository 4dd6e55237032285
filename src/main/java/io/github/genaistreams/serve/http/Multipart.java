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

/**
 * The files of a form ({@code multipart/form-data}), one after the other, as they arrive. Holds about a megabyte: a
 * client that is faster than the reader waits. For one reading thread.
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
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final AtomicLong held = new AtomicLong();
    private boolean paused; // event loop
    private volatile boolean discarding;
    private Part open; // reading thread
    private MultiMap fields; // reading thread; null until the end

    /** Called on the event loop, before the first byte of the body. */
    Multipart(HttpServerRequest request, Context context) {
        this.request = request;
        this.context = context;
        request.setExpectMultipart(true);
        request.uploadHandler(this::begin);
        request.exceptionHandler(why -> events.add(new Broken(why)));
        request.endHandler(end -> events.add(new EndOfForm(request.formAttributes())));
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

    /** A file of the form. Its content can be read until {@link #next()} is called again. */
    public final class Part extends InputStream {

        private final String field;
        private final String fileName;
        private byte[] bytes = {};
        private int at;
        private boolean ended;

        private Part(Begin begin) {
            field = begin.field();
            fileName = begin.fileName();
        }

        /** The name of the field. */
        public String field() {
            return field;
        }

        /** The name that the client gave; it may be anything. */
        public String fileName() {
            return fileName == null ? "" : fileName;
        }

        @Override
        public int read() throws IOException {
            return fill() ? bytes[at++] & 0xff : -1;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (!fill()) {
                return -1;
            }
            int count = Math.min(length, bytes.length - at);
            System.arraycopy(bytes, at, target, offset, count);
            at += count;
            return count;
        }

        private boolean fill() throws IOException {
            while (!ended && at == bytes.length) {
                Event event = take();
                if (event instanceof Data data) {
                    bytes = data.bytes().getBytes();
                    at = 0;
                    released(bytes.length);
                } else {
                    ended = event instanceof EndOfPart;
                    if (!ended) {
                        throw new IOException("the form is broken");
                    }
                }
            }
            return !ended;
        }
    }

    /**
     * The next file; empty after the last one. What is left of the file before is dropped.
     *
     * @throws IOException if the client has gone, sends nothing for a minute, or sends no form
     */
    public Optional<Part> next() throws IOException {
        if (open != null) {
            open.transferTo(java.io.OutputStream.nullOutputStream());
            open = null;
        }
        if (fields != null) {
            return Optional.empty();
        }
        Event event = take();
        if (event instanceof Begin begin) {
            open = new Part(begin);
            return Optional.of(open);
        }
        if (event instanceof EndOfForm end) {
            fields = end.fields();
            return Optional.empty();
        }
        throw new IOException("the form is broken");
    }

    /** A field of the form that is no file. For use after the last file. */
    public Optional<String> field(String name) {
        return Optional.ofNullable(fields.get(name));
    }

    /** Reads no more: what still comes is dropped. */
    void discard() {
        discarding = true;
        events.clear();
    }

    private Event take() throws IOException {
        try {
            Event event = events.poll(MAX_SILENCE_SECONDS, TimeUnit.SECONDS);
            if (event == null) {
                throw new IOException("the client sent nothing for " + MAX_SILENCE_SECONDS + " s");
            }
            if (event instanceof Broken broken) {
                throw new IOException(
                        "the upload has broken off: " + broken.why().getMessage(), broken.why());
            }
            return event;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the server stops", e);
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

package io.github.genaistreams.client.input;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Lines of strict UTF-8 that end with LF, CR LF or CR. A byte order mark is skipped. Each line is decoded separately,
 * since a decoder that reads ahead cannot tell which line is invalid.
 */
final class Utf8Lines implements AutoCloseable {

    private final InputStream in;
    private final int maxBytes;
    private final byte[] block = new byte[64 * 1024];
    private int at;
    private int end; // -1 at the end of the input
    private boolean afterCr; // a LF that follows belongs to the line end
    private long number;

    Utf8Lines(InputStream in) {
        this(in, Integer.MAX_VALUE);
    }

    /** @param maxBytes maximum size of a line. For a longer line, {@link #next()} fails once, and then returns the next line */
    Utf8Lines(InputStream in, int maxBytes) {
        this.in = in;
        this.maxBytes = maxBytes;
    }

    /** The next line without its line ending; null after the last one. */
    @Nullable
    String next() {
        try {
            skipRestOfLineEnd();
            if (!hasMore()) {
                return null;
            }
            number++;
            var bytes = new ByteArrayOutputStream(256);
            long length = 0;
            boolean isEnded = false;
            while (!isEnded && hasMore()) {
                int stop = lineEnd();
                bytes.write(block, at, (int) Math.min(stop - at, Math.max(0, maxBytes - length)));
                length += stop - at;
                isEnded = stop < end;
                afterCr = isEnded && block[stop] == '\r';
                at = isEnded ? stop + 1 : stop;
            }
            if (length > maxBytes) {
                throw new RequestFileException(
                        number, "this line has %,d bytes, but only %,d are allowed".formatted(length, maxBytes));
            }
            return text(bytes.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether there is a byte to read; reads a block if necessary. */
    private boolean hasMore() throws IOException {
        while (at == end) {
            at = 0;
            end = in.read(block);
        }
        return end > 0;
    }

    /** Only now: whoever types the lines must not have to type the next one first. */
    private void skipRestOfLineEnd() throws IOException {
        if (afterCr && hasMore() && block[at] == '\n') {
            at++;
        }
        afterCr = false;
    }

    /** The position of the next line feed or carriage return in the block, or the end of the block. */
    private int lineEnd() {
        int stop = at;
        while (stop < end && block[stop] != '\n' && block[stop] != '\r') {
            stop++;
        }
        return stop;
    }

    /** Number of the line that {@link #next()} returned last, from 1; 0 before the first. */
    long number() {
        return number;
    }

    private String text(byte[] bytes) {
        try {
            String line = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            if (line.indexOf('\0') >= 0) {
                throw new RequestFileException(
                        number,
                        "this is not text: it contains a zero byte, like binary files and UTF-16; give text in UTF-8");
            }
            return number == 1 && line.startsWith("\uFEFF") ? line.substring(1) : line;
        } catch (CharacterCodingException e) {
            throw new RequestFileException(number, "this is not UTF-8; convert the file to UTF-8");
        }
    }

    @Override
    public void close() {
        try {
            in.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

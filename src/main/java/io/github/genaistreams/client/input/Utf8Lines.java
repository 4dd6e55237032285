package io.github.genaistreams.client.input;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Lines of strict UTF-8 that end with LF or CR LF. A byte order mark is skipped. Each line is decoded separately, since
 * a decoder that reads ahead cannot tell which line is invalid.
 */
final class Utf8Lines implements AutoCloseable {

    private final InputStream in;
    private final int maxBytes;
    private long number;

    Utf8Lines(InputStream in) {
        this(in, Integer.MAX_VALUE);
    }

    /** @param maxBytes of a line. A longer one is skipped: {@link #next()} fails once, and gives the line after it then */
    Utf8Lines(InputStream in, int maxBytes) {
        this.in = new BufferedInputStream(in, 64 * 1024);
        this.maxBytes = maxBytes;
    }

    /** The next line without its line ending, or null after the last one. */
    String next() {
        try {
            var bytes = new ByteArrayOutputStream(256);
            int read = in.read();
            if (read < 0) {
                return null;
            }
            number++;
            long length = 0;
            for (; read >= 0 && read != '\n'; read = in.read()) {
                if (length++ < maxBytes) {
                    bytes.write(read);
                }
            }
            if (length > maxBytes) {
                throw new RequestFileException(
                        number, "this line has %,d bytes, and %,d are allowed".formatted(length, maxBytes));
            }
            return text(bytes.toByteArray());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Number of the line that {@link #next()} returned last, from 1; 0 before the first. */
    long number() {
        return number;
    }

    private String text(byte[] bytes) {
        int length = bytes.length > 0 && bytes[bytes.length - 1] == '\r' ? bytes.length - 1 : bytes.length;
        try {
            String line = StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes, 0, length))
                    .toString();
            if (line.indexOf('\0') >= 0) {
                throw new RequestFileException(
                        number,
                        "this is not text: it contains a zero byte, as binary files and UTF-16 do; give text in UTF-8");
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

package io.github.genaistreams.provider.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Parses a {@code text/event-stream}. Bytes come in pieces of any size, and may cut a character anywhere: each line is
 * decoded when it is whole, since no byte of a longer UTF-8 character looks like a line end. An event that the stream
 * does not finish is dropped.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream">Parsing an
 *     event stream</a>
 */
final class SseParser {

    private final int maxEventBytes;
    private final Consumer<SseEvent> events;
    private final Bytes line = new Bytes();
    private final Bytes data = new Bytes();
    private String name = "";
    private String id = "";
    private @Nullable Duration reconnectAfter;
    private boolean hasData;
    private boolean hasField;
    private long signs;
    private boolean afterCr;
    private boolean pastFirstLine;

    /** An event exceeds the limit. The parser cannot be used any more. */
    static final class EventTooLargeException extends Exception {
        private EventTooLargeException(int maxEventBytes) {
            super("An event has more than " + maxEventBytes + " bytes");
        }
    }

    /**
     * @param maxEventBytes maximum bytes of an event's data and of the current line together
     * @param events        receives each event when its blank line comes
     */
    SseParser(int maxEventBytes, Consumer<SseEvent> events) {
        this.maxEventBytes = maxEventBytes;
        this.events = events;
    }

    /** Parses the next bytes of the stream, and passes on each event that they complete. */
    void read(byte[] chunk) throws EventTooLargeException {
        int start = 0;
        for (int i = 0; i < chunk.length; i++) {
            byte b = chunk[i];
            if (b == '\n' && afterCr) {
                // The second half of CR LF. The first half has ended the line.
                start = i + 1;
            } else if (b == '\n' || b == '\r') {
                append(chunk, start, i);
                endLine();
                start = i + 1;
            }
            afterCr = b == '\r';
        }
        append(chunk, start, chunk.length);
    }

    /** How long the stream asks to wait before a reconnect. */
    Optional<Duration> reconnectAfter() {
        return Optional.ofNullable(reconnectAfter);
    }

    /** Number of signs of life: comments, and events without data. */
    long signs() {
        return signs;
    }

    /** Bytes that it keeps in memory. */
    long held() {
        return (long) line.capacity() + data.capacity();
    }

    private void append(byte[] chunk, int start, int end) throws EventTooLargeException {
        if ((long) line.size() + data.size() + (end - start) > maxEventBytes) {
            throw new EventTooLargeException(maxEventBytes);
        }
        line.write(chunk, start, end - start);
    }

    private void endLine() {
        int start = !pastFirstLine && line.startsWithByteOrderMark() ? 3 : 0;
        pastFirstLine = true;
        if (line.size() == start) {
            dispatch();
        } else {
            field(start);
        }
        line.reset();
    }

    /** {@code name: value}, {@code name:value} or a bare {@code name}; a line that starts with a colon is a comment. */
    private void field(int start) {
        int colon = line.indexOf(':', start);
        if (colon == start) {
            signs++;
        } else {
            hasField = true;
        }
        int value = colon == line.size() ? colon : colon + 1;
        if (value < line.size() && line.at(value) == ' ') {
            value++;
        }
        switch (line.text(start, colon)) {
            case "event" -> name = line.text(value, line.size());
            case "data" -> addData(value);
            case "id" -> setId(line.text(value, line.size()));
            case "retry" -> setReconnectAfter(line.text(value, line.size()));
            default -> {
                // A comment, or an unknown field.
            }
        }
    }

    private void addData(int start) {
        if (hasData) {
            data.write('\n');
        }
        hasData = true;
        line.copyTo(data, start);
    }

    private void setId(String value) {
        if (value.indexOf('\0') < 0) {
            id = value;
        }
    }

    private void setReconnectAfter(String value) {
        if (value.matches("[0-9]{1,15}")) {
            reconnectAfter = Duration.ofMillis(Long.parseLong(value));
        }
    }

    private void dispatch() {
        SseEvent event = hasData ? new SseEvent(name, data.text(0, data.size()), id) : null;
        signs += hasField && !hasData ? 1 : 0;
        hasField = false;
        name = "";
        hasData = false;
        data.reset();
        if (event != null) {
            events.accept(event);
        }
    }

    /** Bytes that are read without a copy: the last event of a stream is as large as the whole answer. */
    private static final class Bytes extends ByteArrayOutputStream {

        int capacity() {
            return buf.length;
        }

        byte at(int index) {
            return buf[index];
        }

        /** The first position of a character from {@code start} on. The size if there is none. */
        int indexOf(char c, int start) {
            int i = start;
            while (i < count && buf[i] != c) {
                i++;
            }
            return i;
        }

        String text(int start, int end) {
            return new String(buf, start, end - start, UTF_8);
        }

        void copyTo(Bytes target, int start) {
            target.write(buf, start, count - start);
        }

        boolean startsWithByteOrderMark() {
            return count >= 3 && buf[0] == (byte) 0xEF && buf[1] == (byte) 0xBB && buf[2] == (byte) 0xBF;
        }
    }
}

package io.github.genaistreams.client.input;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.ResponsesRequest;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Requests from a file or a pipe, in one of these forms. The content decides which one it is:
 *
 * <ul>
 * <li>{@link Form#PROMPTS}: each line that is not blank is a prompt. A line that is a request in JSON is refused;
 * <li>{@link Form#JSON_LINES}, if the first character is <code>{</code>: each line that is not blank is a JSON object
 * with the fields of a request, and optionally a {@code custom_id}, which {@link #customId} returns;
 * <li>{@link Form#WHOLE_BATCH}: one JSON object, on one or several lines, with {@code user_prompts} and the common
 * fields;
 * <li>{@link Form#OPENAI_BATCH}: JSON lines with {@code custom_id}, {@code method}, {@code url} and {@code body}, as
 * OpenAI's Batch API takes them, for {@code /v1/responses}. The body is sent unchanged; {@link #customId} returns the
 * custom ID of each.
 * </ul>
 *
 * <p>Fields have their names on the wire. {@code batch_id}, {@code index} and {@code batch_size} must be absent, since
 * they are set on submit. A field that is absent or null is taken from the template. Requests come without a batch ID
 * and with their place as index.
 *
 * <p>Lines are read on demand; only a whole batch is held in memory. The input must be UTF-8; a byte order mark is
 * accepted, and a line ends with LF, CR LF or CR. It can be iterated once, by one thread. A read error is a {@link java.io.UncheckedIOException},
 * invalid content a {@link RequestFileException}.
 */
public final class RequestFile implements Iterable<ResponsesRequest>, AutoCloseable {

    /** How requests are written in a file. */
    public enum Form {
        PROMPTS,
        JSON_LINES,
        WHOLE_BATCH,
        OPENAI_BATCH
    }

    private final Utf8Lines lines;
    private final RequestJson json;
    private final Form form;
    private final Iterator<ResponsesRequest> requests;
    private final Map<String, Long> customIdLines = new HashMap<>();
    private final Map<Integer, String> customIds = new HashMap<>();
    private boolean iterated;

    /**
     * Reads as much as the form requires: one line, or all of a whole batch.
     *
     * @param in       closed by {@link #close()}
     * @param template values that the input does not set, such as the model
     * @throws RequestFileException if the beginning has none of the forms
     */
    public RequestFile(InputStream in, ResponsesRequest template) {
        this(in, template, false);
    }

    /**
     * Takes each line that is not blank as a prompt, whatever the first line contains.
     *
     * @param in       closed by {@link #close()}
     * @param template all other values, such as the model
     */
    public static RequestFile ofPrompts(InputStream in, ResponsesRequest template) {
        return new RequestFile(in, template, true);
    }

    private RequestFile(InputStream in, ResponsesRequest template, boolean prompts) {
        this.lines = new Utf8Lines(in);
        this.json = new RequestJson(template);
        String first = nextLine();
        if (prompts || first == null || !first.stripLeading().startsWith("{")) {
            form = Form.PROMPTS;
            if (!prompts && first != null && json.isArray(first)) {
                throw new RequestFileException(
                        lines.number(), "this is a JSON array; write one JSON object per line instead");
            }
            requests = new Lines(first) {
                @Override
                ResponsesRequest parse(String line, int index) {
                    if (!prompts && json.isRequest(line)) {
                        throw new RequestFileException(
                                lines.number(),
                                "this is a request in JSON, but the first line is a prompt: use the same form for all"
                                        + " lines");
                    }
                    return json.prompt(line, index, lines.number());
                }
            };
            return;
        }
        ObjectNode object = json.objectOrNull(first, lines.number());
        if (object != null && OpenAiBatchLine.isOne(object)) {
            form = Form.OPENAI_BATCH;
            requests = new Lines(first) {
                @Override
                ResponsesRequest parse(String line, int index) {
                    var parsed = OpenAiBatchLine.of(json.object(line, lines.number()), lines.number());
                    note(index, parsed.customId(), lines.number());
                    return json.body(parsed.body(), index, lines.number());
                }
            };
            return;
        }
        if (object != null && !object.has(RequestJson.USER_PROMPTS)) {
            form = Form.JSON_LINES;
            requests = new Lines(first) {
                @Override
                ResponsesRequest parse(String line, int index) {
                    ObjectNode fields = json.object(line, lines.number());
                    OpenAiBatchLine.takeCustomId(fields, lines.number())
                            .ifPresent(customId -> note(index, customId, lines.number()));
                    return json.request(fields, index, lines.number());
                }
            };
            return;
        }
        form = Form.WHOLE_BATCH;
        long start = lines.number();
        requests = json.wholeBatch(object == null ? json.object(withTheRest(first), start) : alone(object), start)
                .iterator();
    }

    /** The form of the input; {@link Form#PROMPTS} if it is empty. */
    public Form form() {
        return form;
    }

    /** @throws IllegalStateException on a second call */
    @Override
    public Iterator<ResponsesRequest> iterator() {
        if (iterated) {
            throw new IllegalStateException("the requests have already been read");
        }
        iterated = true;
        return requests;
    }

    /** All requests, in memory, for a batch that will be resumed. Counts as the iteration. */
    public List<ResponsesRequest> list() {
        Iterator<ResponsesRequest> each = iterator();
        return Stream.generate(() -> each)
                .takeWhile(Iterator::hasNext)
                .map(Iterator::next)
                .toList();
    }

    /** The custom ID of a request that has been read, by its index; empty if it has none. */
    public Optional<String> customId(int index) {
        return Optional.ofNullable(customIds.get(index));
    }

    @Override
    public void close() {
        lines.close();
    }

    private void note(int index, String customId, long line) {
        Long earlier = customIdLines.putIfAbsent(customId, line);
        if (earlier != null) {
            throw new RequestFileException(
                    line, "`custom_id` \"%s\" is already used in line %d".formatted(customId, earlier));
        }
        customIds.put(index, customId);
    }

    private ObjectNode alone(ObjectNode object) {
        if (nextLine() != null) {
            throw new RequestFileException(lines.number(), "no lines may follow a whole batch (`user_prompts`)");
        }
        return object;
    }

    private String withTheRest(String first) {
        var text = new StringBuilder(first);
        for (String line = lines.next(); line != null; line = lines.next()) {
            text.append('\n').append(line);
        }
        return text.toString();
    }

    /** The next line that is not blank; null after the last one. */
    private @Nullable String nextLine() {
        String line = lines.next();
        while (line != null && line.isBlank()) {
            line = lines.next();
        }
        return line;
    }

    /** A request per line. The next line is read only on demand, so that an error names its own line. */
    private abstract class Lines implements Iterator<ResponsesRequest> {

        private @Nullable String line;
        private boolean read = true;
        private int index;

        Lines(@Nullable String first) {
            this.line = first;
        }

        abstract ResponsesRequest parse(String line, int index);

        @Override
        public boolean hasNext() {
            if (!read) {
                line = nextLine();
                read = true;
            }
            return line != null;
        }

        @Override
        public ResponsesRequest next() {
            String next = hasNext() ? line : null;
            if (next == null) {
                throw new NoSuchElementException();
            }
            read = false;
            return parse(next, index++);
        }
    }
}

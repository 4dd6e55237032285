package io.github.genaistreams.cli.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.Text;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A file of rows: CSV with a header, or a JSON object per line if the first character is <code>{</code>. In CSV, the
 * header shows whether cells are separated by a comma, a semicolon (as spreadsheets in many languages write it) or a
 * tab. The file must be UTF-8; a byte order mark and CR LF are accepted, and blank lines are skipped. Rows are read on
 * demand. A read error is an {@link UncheckedIOException}, invalid content a {@link CliException}.
 */
final class TableFile {

    /** How the rows are written. */
    enum Form {
        CSV,
        JSON_LINES
    }

    private static final String MARK = "\uFEFF";

    private static final CsvMapper CSV = CsvMapper.builder()
            .enable(CsvParser.Feature.WRAP_AS_ARRAY)
            .disable(CsvParser.Feature.ALLOW_TRAILING_COMMA)
            .build();

    static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .build();

    /** Rows one after the other. For one thread. */
    interface Rows extends AutoCloseable {

        /** The next row; null after the last one. */
        @Nullable
        TableRow next();

        @Override
        void close();
    }

    private final Path file;
    private final boolean marked;
    private final Form form;
    private final char separator;
    private final List<String> head;

    /** Reads the header. */
    TableFile(Path file) {
        this.file = file;
        String beginning = reading(() -> {
            try (BufferedReader reader = reader()) {
                char[] first = new char[256];
                int length = reader.read(first);
                return length < 0 ? "" : new String(first, 0, length);
            }
        });
        marked = beginning.startsWith(MARK);
        String text = marked ? beginning.substring(1) : beginning;
        form = text.stripLeading().startsWith("{") ? Form.JSON_LINES : Form.CSV;
        if (text.stripLeading().startsWith("[")) {
            throw new CliException(file + " is a JSON list: write one object per line instead.");
        }
        if (text.indexOf('\0') >= 0) {
            throw new CliException(file + " is not a text file: give a table as CSV or as JSON lines, in UTF-8.");
        }
        if (form == Form.JSON_LINES) {
            separator = ',';
            head = List.of();
            return;
        }
        List<String> names = head(',');
        char other = names.size() != 1
                ? ','
                : names.get(0).contains(";") ? ';' : names.get(0).contains("\t") ? '\t' : ',';
        separator = other;
        head = other == ',' ? names : head(other);
        checkHead();
    }

    Path path() {
        return file;
    }

    Form form() {
        return form;
    }

    /** Whether the file begins with a byte order mark, by which spreadsheets recognise UTF-8. */
    boolean isMarked() {
        return marked;
    }

    /** The separator between cells of CSV. */
    char separator() {
        return separator;
    }

    /** The columns of CSV; empty for JSON lines, where each row has its own. */
    List<String> head() {
        return head;
    }

    Rows rows() {
        return form == Form.CSV ? csv() : jsonLines();
    }

    private void checkHead() {
        if (head.isEmpty()) {
            throw new CliException(file + " is empty: its first row must have the names of the columns.");
        }
        var seen = new HashSet<String>();
        for (String name : head) {
            if (!seen.add(name)) {
                throw new CliException(
                        name.isEmpty()
                                ? file + ": two columns have no name. Name them, or delete them."
                                : file + ": two columns have the name `" + Text.printable(name)
                                        + "`. Rename one of them.");
            }
        }
    }

    private List<String> head(char separator) {
        return reading(() -> {
            try (MappingIterator<List<String>> records = records(separator)) {
                return nextRecord(records, new int[1]).orElse(List.of()).stream()
                        .map(String::strip)
                        .toList();
            } catch (JsonProcessingException e) {
                throw new CliException(file + ", row 1: " + e.getOriginalMessage() + ".", e);
            }
        });
    }

    private Rows csv() {
        MappingIterator<List<String>> records = reading(() -> records(separator));
        int[] row = new int[1];
        var rows = new Rows() {
            @Override
            public @Nullable TableRow next() {
                return reading(() -> {
                            try {
                                return nextRecord(records, row).map(cells -> row("row " + row[0], cells));
                            } catch (JsonProcessingException e) {
                                throw new CliException(
                                        "%s, row %d: %s.".formatted(file, row[0] + 1, e.getOriginalMessage()), e);
                            } catch (CharacterCodingException e) {
                                throw notUtf8("row " + (row[0] + 1), e);
                            }
                        })
                        .orElse(null);
            }

            @Override
            public void close() {
                reading(() -> {
                    records.close();
                    return records;
                });
            }
        };
        rows.next(); // The head.
        return rows;
    }

    private TableRow row(String place, List<String> cells) {
        if (cells.size() != head.size()) {
            throw new CliException("%s, %s has %s, but the header has %s."
                    .formatted(file, place, Text.count(cells.size(), "cell"), Text.count(head.size(), "column")));
        }
        Map<String, JsonNode> byColumn = new LinkedHashMap<>();
        for (int i = 0; i < cells.size(); i++) {
            byColumn.put(head.get(i), TextNode.valueOf(cells.get(i)));
        }
        return new TableRow(place, byColumn);
    }

    /** The next record that is not a blank line. Blank lines are counted as a spreadsheet counts them. */
    private static Optional<List<String>> nextRecord(MappingIterator<List<String>> records, int[] row)
            throws IOException {
        while (records.hasNextValue()) {
            List<String> cells = records.nextValue();
            row[0]++;
            if (cells.size() > 1 || !cells.isEmpty() && !cells.get(0).isBlank()) {
                return Optional.of(cells);
            }
        }
        return Optional.empty();
    }

    private MappingIterator<List<String>> records(char separator) throws IOException {
        return CSV.readerForListOf(String.class)
                .with(CsvSchema.emptySchema().withColumnSeparator(separator))
                .readValues(textReader());
    }

    private Rows jsonLines() {
        BufferedReader reader = reading(this::textReader);
        int[] number = new int[1];
        return new Rows() {
            @Override
            public @Nullable TableRow next() {
                return reading(() -> {
                            try {
                                String line = reader.readLine();
                                number[0]++;
                                while (line != null && line.isBlank()) {
                                    line = reader.readLine();
                                    number[0]++;
                                }
                                return line == null
                                        ? Optional.<TableRow>empty()
                                        : Optional.of(object("line " + number[0], line));
                            } catch (CharacterCodingException e) {
                                throw notUtf8("line " + (number[0] + 1), e);
                            }
                        })
                        .orElse(null);
            }

            @Override
            public void close() {
                reading(() -> {
                    reader.close();
                    return reader;
                });
            }
        };
    }

    private TableRow object(String place, String line) {
        try {
            if (JSON.readTree(line) instanceof ObjectNode object) {
                Map<String, JsonNode> cells = new LinkedHashMap<>();
                object.properties().forEach(field -> cells.put(field.getKey(), field.getValue()));
                return new TableRow(place, cells);
            }
        } catch (JsonProcessingException e) {
            // Jackson's own message may quote the text.
            throw new CliException(
                    "%s, %s: this is not a JSON object, or it names a field twice.".formatted(file, place), e);
        }
        throw new CliException("%s, %s: this must be a JSON object, like the first line.".formatted(file, place));
    }

    private BufferedReader textReader() throws IOException {
        BufferedReader reader = reader();
        if (marked) {
            reader.skip(1);
        }
        return reader;
    }

    private BufferedReader reader() throws IOException {
        return new BufferedReader(new InputStreamReader(
                Files.newInputStream(file),
                StandardCharsets.UTF_8.newDecoder().onMalformedInput(CodingErrorAction.REPORT)));
    }

    private interface Reading<T> {
        T read() throws IOException;
    }

    private <T> T reading(Reading<T> reading) {
        try {
            return reading.read();
        } catch (CharacterCodingException e) {
            throw notUtf8("the beginning", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private CliException notUtf8(String place, IOException e) {
        return new CliException(
                "%s, at or after %s: this is not UTF-8. Save the table as \"CSV UTF-8\", or convert it."
                        .formatted(file, place),
                e);
    }
}

package io.github.genaistreams.cli.table;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.cli.output.CsvRow;
import io.github.genaistreams.cli.output.ResultPrinter;
import io.github.genaistreams.model.CallResult;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a copy of a table with additional columns for the result of each row: {@code answer} or the properties of a
 * structured answer, then {@code error} and {@code cost_usd}. If the table already has a column of such a name, the new
 * name ends with {@code _2}. Each row is written as soon as its result arrives. For one thread.
 */
public final class AnswerTable implements AutoCloseable {

    private static final CsvMapper CSV = CsvMapper.builder()
            .enable(CsvGenerator.Feature.STRICT_CHECK_FOR_QUOTING)
            .build();

    /**
     * How the table is written.
     *
     * @param csv        as CSV; otherwise as JSON lines
     * @param raw        whether cells that a spreadsheet would run as formulas stay unchanged
     * @param properties properties of a structured answer, in order; empty if an answer is a text
     */
    public record Form(boolean csv, boolean raw, List<String> properties) {}

    private final Table table;
    private final Form form;
    private final Writer out;
    private final @Nullable SequenceWriter csv; // null for JSON lines
    private final TableFile.Rows rows;
    private final List<String> added = new ArrayList<>();
    private int next;
    private int sent;
    private int changed;
    private @Nullable String firstChanged; // null before the first

    /**
     * Writes the header.
     *
     * @param out stays open
     */
    public AnswerTable(Table table, Form form, Writer out) {
        this.table = table;
        this.form = form;
        this.out = out;
        Set<String> taken = new HashSet<>(table.columns());
        List<String> wanted = new ArrayList<>(form.properties().isEmpty() ? List.of("answer") : form.properties());
        wanted.add("error");
        wanted.add("cost_usd");
        for (String column : wanted) {
            String name = column;
            for (int i = 2; !taken.add(name); i++) {
                name = column + "_" + i;
            }
            added.add(name);
        }
        rows = table.file().rows();
        csv = form.csv() ? writing(this::csv) : null;
    }

    /**
     * Writes the row of a result, and before it the rows that were not sent or have no result.
     *
     * @param result the result of a later request than the previous one
     */
    public void print(CallResult result) {
        writing(() -> {
            while (sent < result.index()) {
                writeUnsent();
                writeSent(without("no result"));
            }
            writeUnsent();
            writeSent(outcome(result));
            out.flush();
            return out;
        });
    }

    /** Call it after the last result: it writes the rows that have none. */
    public void end() {
        writing(() -> {
            writeUnsent();
            while (next < table.size()) {
                writeSent(without("no result"));
                writeUnsent();
            }
            out.flush();
            return out;
        });
    }

    /** A sentence about changed cells; empty if no cell was changed. */
    public Optional<String> notice() {
        return changed == 0
                ? Optional.empty()
                : Optional.of(
                        ("%s got a leading ', because a spreadsheet would run the text as a formula (the first: %s);"
                                        + " --csv-raw leaves cells unchanged")
                                .formatted(Text.count(changed, "cell"), Text.printable(String.valueOf(firstChanged))));
    }

    /** Closes the table that is read. */
    @Override
    public void close() {
        rows.close();
    }

    private SequenceWriter csv() throws IOException {
        if (table.file().isMarked()) {
            out.write('\uFEFF');
        }
        var writer = CSV.writer(CsvSchema.emptySchema()
                        .withColumnSeparator(table.file().separator())
                        .withLineSeparator("\n"))
                .writeValues(out);
        List<String> head = new ArrayList<>(table.columns());
        head.addAll(added);
        writer.write(head.stream().map(name -> cell("the head", name, name)).toArray());
        return writer;
    }

    /** Writes the rows before the next row that was sent. */
    private void writeUnsent() throws IOException {
        while (next < table.size() && table.isSkipped(next)) {
            TableRow row = read();
            write(row, without("no value in the column " + table.missing(row).orElseThrow()));
        }
    }

    private void writeSent(List<JsonNode> outcome) throws IOException {
        write(read(), outcome);
        sent++;
    }

    private TableRow read() {
        TableRow row = table.unchanged(next, rows.next());
        next++;
        return row;
    }

    private void write(TableRow row, List<JsonNode> outcome) throws IOException {
        if (csv == null) {
            ObjectNode object = TableFile.JSON.createObjectNode();
            row.cells().forEach(object::set);
            for (int i = 0; i < added.size(); i++) {
                object.set(added.get(i), outcome.get(i));
            }
            out.write(TableFile.JSON.writeValueAsString(object));
            out.write('\n');
            return;
        }
        List<String> cells = new ArrayList<>(table.columns().size() + added.size());
        for (String column : table.columns()) {
            cells.add(cell(row.place(), column, row.text(column)));
        }
        for (int i = 0; i < added.size(); i++) {
            cells.add(cell(row.place(), added.get(i), TableRow.text(outcome.get(i))));
        }
        csv.write(cells);
    }

    private String cell(String place, String column, String text) {
        String harmless = form.raw() ? text : CsvRow.harmless(text);
        if (!harmless.equals(text)) {
            changed++;
            firstChanged = firstChanged == null ? place + ", column `" + column + "`" : firstChanged;
        }
        return harmless;
    }

    /** A value for each of the added columns. */
    private List<JsonNode> outcome(CallResult result) {
        JsonNode cost = result.cost() == null ? NullNode.getInstance() : DecimalNode.valueOf(result.cost());
        if (!result.success()) {
            return outcome(MissingNode.getInstance(), ResultPrinter.failure(result), cost);
        }
        String text = result.outputText() == null ? "" : result.outputText();
        if (form.properties().isEmpty()) {
            return outcome(TextNode.valueOf(text), null, cost);
        }
        JsonNode answer = tree(text);
        return outcome(answer, answer.isObject() ? null : "the answer is not a JSON object", cost);
    }

    private List<JsonNode> without(String why) {
        return outcome(MissingNode.getInstance(), why, NullNode.getInstance());
    }

    private List<JsonNode> outcome(JsonNode answer, @Nullable String error, JsonNode cost) {
        List<JsonNode> outcome = new ArrayList<>(added.size());
        if (form.properties().isEmpty()) {
            outcome.add(orNull(answer));
        }
        form.properties().forEach(property -> outcome.add(orNull(answer.path(property))));
        outcome.add(error == null ? NullNode.getInstance() : TextNode.valueOf(error));
        outcome.add(cost);
        return outcome;
    }

    private static JsonNode orNull(JsonNode node) {
        return node.isMissingNode() ? NullNode.getInstance() : node;
    }

    private static JsonNode tree(String text) {
        try {
            return TableFile.JSON.readTree(text);
        } catch (JsonProcessingException e) {
            return MissingNode.getInstance();
        }
    }

    private interface Writing<T> {
        T write() throws IOException;
    }

    private <T> T writing(Writing<T> writing) {
        try {
            return writing.write();
        } catch (IOException e) {
            throw new CliException(
                    "The results cannot be written: " + e.getMessage() + ". Nothing is lost: make room,"
                            + " and start the same command again.",
                    e);
        } catch (UncheckedIOException e) {
            throw new CliException(
                    table.file().path() + " can no longer be read: "
                            + Objects.requireNonNull(e.getCause()).getMessage() + ".",
                    e);
        }
    }
}

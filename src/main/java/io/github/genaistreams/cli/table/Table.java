package io.github.genaistreams.cli.table;

import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.Text;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The requests of a table: a prompt for each row, and an ID if the table has IDs. The rows themselves are not kept: {@link
 * AnswerTable} reads them again together with the results. A fingerprint of each row shows whether it has changed since
 * then.
 */
public final class Table {

    private static final int PROBLEMS_NAMED = 5;

    /**
     * How the rows become requests.
     *
     * @param id        the column with the ID of a row; null if there is none
     * @param limit     maximum number of rows to read
     * @param skipEmpty whether a row without a value for the template is skipped instead of refused
     */
    public record Use(PromptTemplate template, @Nullable String id, int limit, boolean skipEmpty) {}

    private final TableFile file;
    private final Use use;
    private final Set<String> columns;
    private final List<String> prompts = new ArrayList<>();
    private final List<String> ids = new ArrayList<>();
    private final BitSet skipped = new BitSet();
    private int[] prints = new int[1_024];
    private int size;

    /**
     * Reads the table.
     *
     * @throws CliException if a column, a value or an ID is missing, an ID appears twice, or there is no row
     * @throws java.io.UncheckedIOException if the file cannot be read
     */
    public Table(Path path, Use use) {
        this.file = new TableFile(path);
        this.use = use;
        this.columns = new LinkedHashSet<>(file.head());
        if (file.form() == TableFile.Form.CSV) {
            checkColumns();
        }
        var empty = new Problems();
        var withoutId = new Problems();
        var twice = new Problems();
        Map<String, String> places = new HashMap<>();
        try (TableFile.Rows rows = file.rows()) {
            for (TableRow row = next(rows); row != null; row = next(rows)) {
                columns.addAll(row.cells().keySet());
                remember(row);
                Optional<String> missing = missing(row);
                if (missing.isPresent()) {
                    skipped.set(size - 1);
                    empty.add("%s, column `%s`", row.place(), missing.get());
                    continue;
                }
                prompts.add(use.template().fill(row::text));
                if (use.id() != null) {
                    String id = row.text(use.id());
                    String earlier = places.putIfAbsent(id, row.place());
                    if (id.isBlank()) {
                        withoutId.add("%s", row.place());
                    } else if (earlier != null) {
                        twice.add("%s and %s", earlier, row.place());
                    }
                    ids.add(id);
                }
            }
        }
        if (size == 0) {
            throw new CliException(path + " has no rows" + (file.head().isEmpty() ? "." : ", only a header."));
        }
        checkColumns();
        if (!use.skipEmpty()) {
            empty.refuse("no value for the prompt", "Fill in the missing values, or skip such rows with --skip-empty.");
        }
        withoutId.refuse("no ID", "Fill in the missing IDs, or remove --id.");
        twice.refuse("an ID that another row has", "Make the IDs unique, or use another column for --id.");
        if (prompts.isEmpty()) {
            throw new CliException(path + ": no row has a value for the prompt.");
        }
    }

    /** Whether the file is CSV; otherwise it is JSON lines. */
    public boolean isCsv() {
        return file.form() == TableFile.Form.CSV;
    }

    /** The prompts of the rows that are sent, in order. */
    public List<String> prompts() {
        return prompts;
    }

    /** The ID of a request, if the table has IDs. */
    public Optional<String> id(int index) {
        return ids.isEmpty() ? Optional.empty() : Optional.of(ids.get(index));
    }

    /** Number of rows that are not sent because a value is missing. */
    public int skipped() {
        return skipped.cardinality();
    }

    boolean isSkipped(int row) {
        return skipped.get(row);
    }

    TableFile file() {
        return file;
    }

    /** All columns, in the order in which the file has them. */
    Set<String> columns() {
        return columns;
    }

    /** Number of rows, including those that are not sent. */
    int size() {
        return size;
    }

    /** The column that the prompt needs and the row has no value for. */
    Optional<String> missing(TableRow row) {
        return use.template().columns().stream()
                .filter(column -> row.text(column).isBlank())
                .findFirst();
    }

    /**
     * Returns the row.
     *
     * @throws CliException if it is not the row that was first read at this index
     */
    TableRow unchanged(int index, @Nullable TableRow row) {
        if (row == null || row.cells().hashCode() != prints[index]) {
            throw new CliException(("%s has changed since this run began%s: the answers would be written to the wrong"
                            + " rows. Nothing is lost: restore the file, and start the same command again.")
                    .formatted(file.path(), row == null ? "" : ", in " + row.place()));
        }
        return row;
    }

    private @Nullable TableRow next(TableFile.Rows rows) {
        return size < use.limit() ? rows.next() : null;
    }

    private void remember(TableRow row) {
        if (size == prints.length) {
            prints = Arrays.copyOf(prints, 2 * size);
        }
        prints[size++] = row.cells().hashCode();
    }

    private void checkColumns() {
        for (String column : use.template().columns()) {
            checkColumn("--prompt", column);
        }
        if (use.id() != null) {
            checkColumn("--id", use.id());
        }
    }

    private void checkColumn(String option, String column) {
        if (!columns.contains(column)) {
            throw new CliException("%s: %s has no column `%s`. Its columns: %s."
                    .formatted(
                            option,
                            file.path(),
                            Text.shorten(column, 80),
                            Text.shorten("`" + String.join("`, `", columns) + "`", 300)));
        }
    }

    /** Rows that are refused. */
    private final class Problems {

        private final List<String> first = new ArrayList<>();
        private int count;

        void add(String format, Object... values) {
            count++;
            if (first.size() < PROBLEMS_NAMED) {
                first.add(Text.printable(format.formatted(values)));
            }
        }

        void refuse(String what, String remedy) {
            if (count > 0) {
                String rows = "%,d %s".formatted(count, count == 1 ? "row has" : "rows have");
                String named = String.join("; ", first) + (count > first.size() ? "; …" : "");
                throw new CliException("%s: %s %s: %s. %s".formatted(file.path(), rows, what, named, remedy));
            }
        }
    }
}

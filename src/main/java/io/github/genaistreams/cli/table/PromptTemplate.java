package io.github.genaistreams.cli.table;

import io.github.genaistreams.cli.console.CliException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * A prompt with the names of columns in it: <code>Summarise: {{text}}</code>. It only replaces these names. There are no
 * conditions or escapes, and a value is never read as a template.
 */
public final class PromptTemplate {

    private static final String OPEN = "{{";
    private static final String CLOSE = "}}";

    /** The texts before, between and after the columns. */
    private final List<String> texts = new ArrayList<>();

    private final List<String> columns = new ArrayList<>();

    /** @throws CliException if it names no column, or has {{ without a name or without }} */
    public PromptTemplate(String template) {
        int from = 0;
        for (int open = template.indexOf(OPEN); open >= 0; open = template.indexOf(OPEN, from)) {
            int close = template.indexOf(CLOSE, open);
            if (close < 0) {
                throw new CliException("--prompt: {{ at character %d has no }}.".formatted(open + 1));
            }
            String column = template.substring(open + OPEN.length(), close).strip();
            if (column.isEmpty()) {
                throw new CliException(
                        "--prompt: a column name is missing between {{ and }} at character %d.".formatted(open + 1));
            }
            texts.add(template.substring(from, open));
            columns.add(column);
            from = close + CLOSE.length();
        }
        if (columns.isEmpty()) {
            throw new CliException("--prompt does not name a column, so all rows would have the same prompt: add the"
                    + " name of a column, for example \"Summarise: {{text}}\". For a stored prompt of the API, use"
                    + " --stored-prompt.");
        }
        texts.add(template.substring(from));
    }

    /** The columns in the order in which the template names them. */
    public Set<String> columns() {
        return Collections.unmodifiableSet(new LinkedHashSet<>(columns));
    }

    /** @param values the value of a column, never null */
    public String fill(UnaryOperator<String> values) {
        var prompt = new StringBuilder(texts.get(0));
        for (int i = 0; i < columns.size(); i++) {
            prompt.append(values.apply(columns.get(i))).append(texts.get(i + 1));
        }
        return prompt.toString();
    }
}

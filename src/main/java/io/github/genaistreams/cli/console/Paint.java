package io.github.genaistreams.cli.console;

import org.jspecify.annotations.Nullable;

/** Colours for one output stream, or none. */
public enum Paint {
    ON,
    OFF;

    /** When to use colours. */
    public enum When {
        AUTO,
        ALWAYS,
        NEVER
    }

    public static Paint of(When when, boolean terminal, @Nullable String noColor) {
        boolean on =
                switch (when) {
                    case ALWAYS -> true;
                    case NEVER -> false;
                    // https://no-color.org: any non-empty value.
                    case AUTO -> terminal && (noColor == null || noColor.isEmpty());
                };
        return on ? ON : OFF;
    }

    public String bold(String text) {
        return wrap("1", text);
    }

    public String faint(String text) {
        return wrap("2", text);
    }

    public String red(String text) {
        return wrap("31", text);
    }

    public String green(String text) {
        return wrap("32", text);
    }

    public String yellow(String text) {
        return wrap("33", text);
    }

    private String wrap(String code, String text) {
        return this == ON ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}

package io.github.genaistreams.cli;

/** Colours for one output stream, or none. */
enum Paint {
    ON,
    OFF;

    /** When to use colours. */
    enum When {
        AUTO,
        ALWAYS,
        NEVER
    }

    static Paint of(When when, boolean terminal, String noColor) {
        boolean on =
                switch (when) {
                    case ALWAYS -> true;
                    case NEVER -> false;
                    // https://no-color.org: any text but the empty one.
                    case AUTO -> terminal && (noColor == null || noColor.isEmpty());
                };
        return on ? ON : OFF;
    }

    String bold(String text) {
        return wrap("1", text);
    }

    String faint(String text) {
        return wrap("2", text);
    }

    String red(String text) {
        return wrap("31", text);
    }

    String green(String text) {
        return wrap("32", text);
    }

    String yellow(String text) {
        return wrap("33", text);
    }

    private String wrap(String code, String text) {
        return this == ON ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
    }
}

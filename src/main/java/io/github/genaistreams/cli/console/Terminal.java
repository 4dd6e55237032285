package io.github.genaistreams.cli.console;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The known properties of the terminal. A JVM cannot tell which of its streams is a terminal, so {@code bin/genai} sets
 * it in the environment. Without that, this class asks Linux.
 *
 * @param in    whether stdin is a terminal
 * @param out   whether stdout is a terminal
 * @param err   whether stderr is a terminal
 * @param width        columns for text: those of the terminal, within limits
 * @param windowWidth  columns of the terminal
 * @param isDumb       whether it cannot move its cursor
 */
public record Terminal(boolean in, boolean out, boolean err, int width, int windowWidth, boolean isDumb) {

    private static final int DEFAULT_WIDTH = 100;
    private static final int MIN_WIDTH = 40;
    private static final int MAX_WIDTH = 140;

    /** No stream is a terminal. */
    public static final Terminal NONE = new Terminal(false, false, DEFAULT_WIDTH);

    /** Stdin is a terminal if stderr is one. */
    public Terminal(boolean out, boolean err, int width) {
        this(err, out, err, width, width, false);
    }

    /** Whether somebody sees a question and can answer it. */
    public boolean canAsk() {
        return in && err;
    }

    /** Whether a line on stderr can be redrawn. */
    public boolean canRedraw() {
        return err && !isDumb;
    }

    /** Columns of stdout; 0 if it is not a terminal. */
    public int outWidth() {
        return out ? width : 0;
    }

    static Terminal detect(Map<String, String> environment) {
        int width = width(environment);
        return new Terminal(
                isTerminal(environment.get("GENAI_STDIN_TTY"), 0),
                isTerminal(environment.get("GENAI_STDOUT_TTY"), 1),
                isTerminal(environment.get("GENAI_STDERR_TTY"), 2),
                Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, width)),
                width,
                "dumb".equals(environment.get("TERM")));
    }

    private static boolean isTerminal(@Nullable String told, int descriptor) {
        if (told != null) {
            return Boolean.parseBoolean(told);
        }
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    private static int width(Map<String, String> environment) {
        for (String name : new String[] {"GENAI_TERMINAL_WIDTH", "COLUMNS"}) {
            String value = environment.get(name);
            if (value != null && value.matches("[1-9]\\d{0,3}")) {
                return Integer.parseInt(value);
            }
        }
        return DEFAULT_WIDTH;
    }
}

package io.github.genaistreams.cli.console;

import java.io.File;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;

/**
 * The present width of the terminal. A JVM cannot determine it, so it runs {@code stty}, and again after a signal that the
 * width has changed. For one thread.
 */
public final class WindowWidth implements IntSupplier {

    private static final File TERMINAL = new File("/dev/tty");
    private static final long PATIENCE_MILLIS = 500;

    private final AtomicBoolean changed = new AtomicBoolean();
    private int width;

    /** @param width the width when this process started */
    public WindowWidth(int width) {
        this.width = width;
        Signals.on("WINCH", () -> changed.set(true));
    }

    @Override
    public int getAsInt() {
        if (changed.getAndSet(false)) {
            width = measured(width);
        }
        return width;
    }

    private static int measured(int otherwise) {
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(TERMINAL)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!stty.waitFor(PATIENCE_MILLIS, TimeUnit.MILLISECONDS)) {
                stty.destroyForcibly();
                return otherwise;
            }
            return columns(new String(stty.getInputStream().readAllBytes()), otherwise);
        } catch (IOException e) {
            // No stty, or no terminal any more: the width stays.
            return otherwise;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return otherwise;
        }
    }

    /** The columns in the output of {@code stty size}, which is {@code rows columns}. */
    public static int columns(String size, int otherwise) {
        String[] numbers = size.strip().split(" ");
        return numbers.length == 2 && numbers[1].matches("[1-9]\\d{0,4}") ? Integer.parseInt(numbers[1]) : otherwise;
    }
}

package io.github.genaistreams.cli;

import java.time.Duration;
import java.util.BitSet;
import java.util.function.LongSupplier;

/**
 * Tells on stderr how many documents are read and stored, which is done before the first is submitted and may take long. A stop that
 * is asked for meanwhile ends it: nothing was paid yet. Used by one thread.
 */
final class Storing implements AutoCloseable {

    private static final String CLEAR = "\r\u001b[K";
    private static final Duration ON_TERMINAL = Duration.ofMillis(100);
    private static final Duration ELSEWHERE = Duration.ofSeconds(5);

    /** Somebody asked to stop. */
    static final class Stopped extends RuntimeException {
        Stopped(int stored, int of) {
            super("stopped after storing %,d of %,d".formatted(stored, of));
        }
    }

    private final Cli cli;
    private final boolean quiet;
    private final int size;
    private final LongSupplier nanoTime;
    private final BitSet stored = new BitSet();
    private long spokeAt;
    private boolean shown;

    Storing(Cli cli, boolean quiet, int size) {
        this(cli, quiet, size, System::nanoTime);
    }

    Storing(Cli cli, boolean quiet, int size, LongSupplier nanoTime) {
        this.cli = cli;
        this.quiet = quiet;
        this.size = size;
        this.nanoTime = nanoTime;
        this.spokeAt = nanoTime.getAsLong();
    }

    /**
     * The document at an index is next; it may be so twice.
     *
     * @throws Stopped if a stop was asked for, unless all are stored: a batch that is being sent is sent as a whole
     */
    void next(int index) {
        if (stored.cardinality() == size) {
            close();
            return;
        }
        if (cli.stop().isRequested()) {
            throw new Stopped(stored.cardinality(), size);
        }
        stored.set(index);
        long now = nanoTime.getAsLong();
        Duration pause = cli.terminal().err() ? ON_TERMINAL : ELSEWHERE;
        if (quiet || now - spokeAt < pause.toNanos()) {
            return;
        }
        spokeAt = now;
        shown = true;
        String line = "genai: storing %,d of %s".formatted(stored.cardinality(), Text.count(size, "document"));
        if (cli.terminal().err()) {
            cli.err().print(CLEAR + line);
            cli.err().flush();
        } else {
            cli.err().println(line);
        }
    }

    /** Takes away what is shown on a terminal. */
    @Override
    public void close() {
        if (shown && cli.terminal().err()) {
            cli.err().print(CLEAR);
            cli.err().flush();
        }
        shown = false;
    }
}

package io.github.genaistreams.cli.output;

import io.github.genaistreams.cli.console.StopSignal;
import io.github.genaistreams.cli.console.Text;
import java.util.BitSet;

/**
 * Tells how many documents are read and stored, which is done before the first is submitted and may take long. A stop that is asked for
 * meanwhile ends it: nothing was paid yet. Used by one thread.
 */
public final class Storing {

    /** Somebody asked to stop. */
    public static final class Stopped extends RuntimeException {
        Stopped(int stored, int of) {
            super("stopped after storing %,d of %,d".formatted(stored, of));
        }
    }

    private final StopSignal stop;
    private final Progress progress;
    private final int size;
    private final BitSet stored = new BitSet();

    public Storing(StopSignal stop, Progress progress, int size) {
        this.stop = stop;
        this.progress = progress;
        this.size = size;
    }

    /**
     * The document at an index is next; it may be so twice.
     *
     * @throws Stopped if a stop was asked for, unless all are stored: a batch that is being sent is sent as a whole
     */
    public void next(int index) {
        if (stored.cardinality() == size) {
            progress.phase("submitting");
            return;
        }
        if (stop.isRequested()) {
            throw new Stopped(stored.cardinality(), size);
        }
        stored.set(index);
        progress.phase("storing %,d of %s".formatted(stored.cardinality(), Text.count(size, "document")));
    }
}

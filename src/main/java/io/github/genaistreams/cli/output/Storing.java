package io.github.genaistreams.cli.output;

import io.github.genaistreams.cli.console.StopSignal;
import io.github.genaistreams.cli.console.Text;
import java.util.BitSet;

/**
 * Reports how many documents have been read and stored. All are stored before the first one is submitted, which may take
 * long. A requested stop ends it, because nothing has been paid for yet. For one thread.
 */
public final class Storing {

    /** A stop was requested. */
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
     * The document at an index is next. The same document may come twice.
     *
     * @throws Stopped if a stop was requested, unless all are stored: then the batch is sent as a whole
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

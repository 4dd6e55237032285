package io.github.genaistreams.client;

import io.github.genaistreams.client.ResultLine.Pending;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireException;
import java.time.Duration;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Queue;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Results of several batches by one consumer: those of each batch in index order, each index once; of different batches as they
 * come. Ends when all of them are complete.
 *
 * <p>Threads and memory: as of {@link BatchResults}.
 */
public final class ManyResults implements Iterator<CallResult>, AutoCloseable {

    private final Map<String, ResultLine> open;
    private final SilentBatches statuses;
    private final ResultLoop loop;

    /** @param lines by batch ID; those that are over are taken out */
    ManyResults(Map<String, ResultLine> lines, SilentBatches statuses, BatchResults.Loop loop) {
        this.open = lines;
        this.statuses = statuses;
        this.loop = loop.around(new ResultLoop.Taker() {
            @Override
            public void take(ConsumerRecord<byte[], byte[]> record, Queue<Pending> ready) {
                ManyResults.this.take(record, ready);
            }

            @Override
            public boolean isExhausted(boolean silent, Queue<Pending> ready) {
                return ManyResults.this.isExhausted(silent, ready);
            }
        });
    }

    private void take(ConsumerRecord<byte[], byte[]> record, Queue<Pending> ready) {
        ItemKey key;
        try {
            key = ItemKeys.decode(record.key());
        } catch (WireException | NullPointerException e) {
            // Whoever wrote it, no worker did.
            return;
        }
        ResultLine line = open.get(key.batchId());
        if (line != null) {
            line.take(record, ready);
            if (line.isOver()) {
                open.remove(key.batchId());
            }
        }
    }

    private boolean isExhausted(boolean silent, Queue<Pending> ready) {
        boolean anySizeUnknown =
                open.values().stream().anyMatch(line -> line.tally().progress().size() == null);
        if (silent && statuses.isDue(anySizeUnknown)) {
            open.values().removeIf(line -> {
                statuses.ask(line);
                if (line.isOver()) {
                    line.skipGaps(ready);
                }
                return line.isOver();
            });
        }
        return open.isEmpty();
    }

    /** Waits until there is a result, or until there will be none: all batches are over, or this was closed. */
    @Override
    public boolean hasNext() {
        return loop.await(ResultLoop.FOREVER);
    }

    @Override
    public CallResult next() {
        return loop.poll(ResultLoop.FOREVER).orElseThrow(() -> new NoSuchElementException("there are no more results"));
    }

    /** The next result if there is one within {@code wait}; empty if none came in time or none will come. */
    public Optional<CallResult> poll(Duration wait) {
        return loop.poll(wait);
    }

    /** Whether every result was taken, or this was closed. */
    public boolean finished() {
        return loop.finished();
    }

    /** Ends a waiting read and releases the consumer. Results not taken are dropped. May be called twice. */
    @Override
    public void close() {
        loop.close();
    }
}

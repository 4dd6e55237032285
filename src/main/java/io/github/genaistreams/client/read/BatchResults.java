package io.github.genaistreams.client.read;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Results of one batch, each index once: the first committed result of an index, or the one that replaced it if the
 * item has been submitted again. Has its own Kafka consumer until the last result was read or {@link #close()} is
 * called.
 *
 * <p>Threads: it has none; reading runs in the caller's thread. One thread reads at a time. {@link #close()} may be
 * called from any thread and ends a waiting read within a fraction of a second. An interrupt ends a read with Kafka's
 * {@code InterruptException}. Any thread may ask for counts.
 *
 * <p>Memory, in index order: early results wait as they came from Kafka, up to 32 MiB in memory. Beyond that they wait
 * in a temporary file ({@code java.io.tmpdir}), with about 60 bytes each in memory. So a batch may be larger than the
 * memory.
 */
public final class BatchResults implements Iterator<CallResult>, AutoCloseable {

    private final ResultReader reader;
    private final BatchCursor cursor;

    /** @param cursor the only cursor of the reader */
    BatchResults(ResultReader reader, BatchCursor cursor) {
        this.reader = reader;
        this.cursor = cursor;
    }

    /**
     * Waits until there is a result, or until no more will come: the batch is complete, a cancelled batch is over, a
     * snapshot is at its end, or this was closed. The wait has no limit; see {@link #poll} for a wait with a limit.
     *
     * @throws BatchClientException if Kafka refuses the read; it waits for an unreachable broker
     */
    @Override
    public boolean hasNext() {
        return reader.hasNext();
    }

    @Override
    public CallResult next() {
        if (!reader.hasNext()) {
            throw new NoSuchElementException("batch " + cursor.batchId() + " has no more results");
        }
        return reader.next();
    }

    /**
     * The next result if one comes within {@code wait}; empty if none came in time or none will come.
     * {@link #finished()} distinguishes the two.
     */
    public Optional<CallResult> poll(Duration wait) {
        return reader.poll(wait);
    }

    /** Whether every result was taken, or this was closed. For the reading thread. */
    public boolean finished() {
        return reader.finished();
    }

    /** This iterator as a sequential stream; closing the stream closes this. */
    public Stream<CallResult> stream() {
        int traits = Spliterator.NONNULL | Spliterator.DISTINCT;
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(this, traits), false)
                .onClose(this::close);
    }

    /** The progress of the results that were read so far, whether or not they were taken. */
    public BatchProgress progress() {
        return cursor.tally().progress();
    }

    /** Indexes without a result so far. While the size is unknown, only those below the highest index seen. */
    public List<IndexRange> missing() {
        return cursor.tally().missing();
    }

    /** The custom ID of the item whose result was taken last; empty if it had none, or for any other index. */
    public Optional<String> customId(int index) {
        return Optional.ofNullable(HeaderTexts.of(cursor.headers(index), WireHeaders.CUSTOM_ID));
    }

    /** The file name of the document whose result was taken last; empty if it had none, or for any other index. */
    public Optional<String> fileName(int index) {
        return Optional.ofNullable(HeaderTexts.of(cursor.headers(index), WireHeaders.FILE_NAME));
    }

    /**
     * The headers that the item was submitted with, as texts, without those of this program ({@code genai.}). Call it
     * before the next result is taken.
     */
    public Map<String, String> headers(int index) {
        return HeaderTexts.ofSubmitter(cursor.headers(index));
    }

    /**
     * The position after the results taken so far. {@code BatchHandle.results(position)} returns the remaining ones, in this
     * process or, with the text of the position, in another one. For the reading thread.
     */
    public ReadPosition position() {
        return cursor.position();
    }

    /**
     * How many results of {@link #progress()} were there before this reading began: what it has read back, or an
     * earlier reading has taken.
     */
    public int earlier() {
        return cursor.earlier();
    }

    /** Number of results that were dropped because another result of their index came first. */
    public long duplicates() {
        return cursor.duplicates();
    }

    /** Ends a waiting read and releases the consumer. Results that were not taken are dropped. May be called twice. */
    @Override
    public void close() {
        reader.close();
    }

    /** Whether every result was taken. */
    boolean isAtEnd() {
        return reader.isAtEnd();
    }

    /** The offset of the result taken last; -1 before the first. */
    public long lastOffset() {
        return cursor.lastOffset();
    }
}

package io.github.genaistreams.client.read;

import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.RoaringBitmap;

/**
 * Puts what arrives in any order into index order: 0, 1, 2, …, each index once.
 *
 * <p>Invariant: every index below {@link #next()} has been handed on; everything held has a higher one. The first
 * arrival of an index wins; a later one is dropped and counted. Arrivals are held in arrays of adjacent indexes, so a
 * waiting item needs little extra memory: about a hundred bytes if it has no neighbour. Not thread-safe.
 *
 * @param <T> what is ordered
 */
public final class OrderedResults<T> {

    private static final int CHUNK = 64;

    /** What is held, by index / {@value #CHUNK}. */
    private final Map<Integer, @Nullable Object[]> early = new TreeMap<>();

    private final RoaringBitmap given;
    private long next;
    private int held;
    private long duplicates;

    public OrderedResults() {
        this(new RoaringBitmap());
    }

    /** @param given indexes that were handed on before and will not come */
    OrderedResults(RoaringBitmap given) {
        this.given = given.clone();
        skipGiven();
    }

    private void skipGiven() {
        while (next <= Integer.MAX_VALUE && given.contains((int) next)) {
            next = given.nextAbsentValue((int) next);
        }
    }

    /**
     * Takes one arrival and hands on everything that is now in order.
     *
     * @param index   its place, from 0
     * @param arrival the arrival
     * @param inOrder receives nothing, or {@link #next()} and everything after it without a gap
     * @return false if this index arrived before
     */
    public boolean accept(int index, T arrival, Consumer<? super T> inOrder) {
        if (index < 0) {
            throw new IllegalArgumentException("an index must be at least 0, but is " + index);
        }
        if (index < next || given.contains(index) || !hold(index, arrival)) {
            duplicates++;
            return false;
        }
        for (T due = take(next); due != null; due = take(next)) {
            next++;
            skipGiven();
            inOrder.accept(due);
        }
        return true;
    }

    private boolean hold(int index, T arrival) {
        Object[] chunk = early.computeIfAbsent(index / CHUNK, number -> new Object[CHUNK]);
        if (chunk[index % CHUNK] != null) {
            return false;
        }
        chunk[index % CHUNK] = arrival;
        held++;
        return true;
    }

    /** Returns and releases the item of an index; null if there is none. Indexes must be passed in ascending order. */
    private @Nullable T take(long index) {
        int number = (int) (index / CHUNK);
        int at = (int) (index % CHUNK);
        Object[] chunk = early.get(number);
        if (chunk == null || chunk[at] == null) {
            return null;
        }
        @SuppressWarnings("unchecked")
        T arrival = (T) chunk[at];
        chunk[at] = null;
        held--;
        if (at == CHUNK - 1) {
            early.remove(number);
        }
        return arrival;
    }

    /**
     * Stops waiting: hands on everything held, in index order, and skips the gaps. A later arrival of a skipped index
     * counts as a duplicate.
     */
    public void skipGaps(Consumer<? super T> inOrder) {
        for (int number : early.keySet().toArray(Integer[]::new)) {
            long first = (long) number * CHUNK;
            for (long index = first; index < first + CHUNK; index++) {
                T arrival = take(index);
                if (arrival != null) {
                    next = index + 1;
                    inOrder.accept(arrival);
                }
            }
            early.remove(number);
        }
    }

    /** The lowest index that has not been handed on. */
    public long next() {
        return next;
    }

    /** Number of arrivals that wait for a lower index. */
    public int held() {
        return held;
    }

    /** Number of dropped arrivals, whose index had arrived before. */
    public long duplicates() {
        return duplicates;
    }
}

package io.github.genaistreams.client;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Puts what arrives in any order back in index order: 0, 1, 2, …, each index once.
 *
 * <p>Invariant: every index below {@link #next()} was handed on; whatever is held has a higher one. The
 * first arrival of an index wins, a later one is dropped and counted. Not thread-safe.
 *
 * @param <T> what is put in order; never null
 */
public final class OrderedResults<T> {

    private final Map<Integer, T> early = new HashMap<>();
    private int next;
    private long duplicates;

    /**
     * Takes one arrival and hands on everything that is now in order.
     *
     * @param index   its place, from 0
     * @param arrival what arrived
     * @param inOrder receives nothing, or {@link #next()} and what follows it without a gap
     * @return false if this index arrived before
     */
    public boolean accept(int index, T arrival, Consumer<? super T> inOrder) {
        if (index < 0) {
            throw new IllegalArgumentException("an index starts from 0, this one is " + index);
        }
        if (index < next || early.putIfAbsent(index, arrival) != null) {
            duplicates++;
            return false;
        }
        for (T due = early.remove(next); due != null; due = early.remove(next)) {
            next++;
            inOrder.accept(due);
        }
        return true;
    }

    /**
     * Gives up waiting: hands on everything held, in index order, and skips the indexes between. What
     * arrives for a skipped index later counts as a duplicate.
     */
    public void skipGaps(Consumer<? super T> inOrder) {
        early.keySet().stream().sorted().toList().forEach(index -> {
            next = index + 1;
            inOrder.accept(early.remove(index));
        });
    }

    /** The lowest index that was not handed on yet. */
    public int next() {
        return next;
    }

    /** How many arrivals wait for a lower index. */
    public int held() {
        return early.size();
    }

    /** How many arrivals were dropped since their index had been there before. */
    public long duplicates() {
        return duplicates;
    }
}

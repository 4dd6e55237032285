package io.github.genaistreams.topology.call;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;

/**
 * The records that were scanned and that the intake has not read yet: their batches and offsets. Records of a batch are
 * mostly adjacent, so a run of them is one entry. Not thread-safe.
 */
final class Backlog {

    /** With this many runs, no more are taken from the scan until some are removed. */
    private static final int MAX_RUNS = 20_000;

    /** Further runs of a batch are left to the intake. Other batches are mixed with so many runs, and come as soon. */
    private static final int MAX_RUNS_PER_BATCH = 1_000;

    /** Minimum number of records of a batch that gets any, because records are read in blocks. */
    private static final int MIN_SHARE = 8;

    /** Limit of the offsets that one choice looks at. */
    private static final int MAX_LOOKS = 2_000;

    /** The runs by batch, in the order in which the batches are served. */
    private final Map<String, Deque<Run>> batches = new LinkedHashMap<>();

    private int runs;

    /** Consecutive offsets with records of one batch. */
    private static final class Run {
        private long from;
        private long to;

        Run(long from, long to) {
            this.from = from;
            this.to = to;
        }
    }

    /** Adds what has been scanned since the last call. */
    void add(RequestLog.Scan scan) {
        RequestLog.Scanned next;
        while (runs < MAX_RUNS && (next = scan.next()) != null) {
            Deque<Run> its = batches.computeIfAbsent(next.batchId(), any -> new ArrayDeque<>(1));
            Run last = its.peekLast();
            if (last != null && last.to == next.from()) {
                last.to = next.to();
            } else if (its.size() < MAX_RUNS_PER_BATCH) {
                its.add(new Run(next.from(), next.to()));
                runs++;
            }
        }
    }

    /** Removes the records up to this offset, because the intake has read them. */
    void forget(long passed) {
        for (Iterator<Deque<Run>> each = batches.values().iterator(); each.hasNext(); ) {
            Deque<Run> its = each.next();
            while (!its.isEmpty() && its.peek().to <= passed + 1) {
                its.poll();
                runs--;
            }
            if (its.isEmpty()) {
                each.remove();
            } else {
                its.peek().from = Math.max(its.peek().from, passed + 1);
            }
        }
    }

    boolean isEmpty() {
        return batches.isEmpty();
    }

    /**
     * Removes and returns offsets of batches that have few items in the lane, in ascending order. Each batch may have an equal
     * share of the capacity. A batch with at least half of its share gets nothing.
     *
     * @param inLane   the number of items in the lane by batch
     * @param capacity maximum number of items of all batches; 0: one item for each batch that has none
     * @param room     maximum number of offsets
     * @param isTaken  whether a record was taken earlier, perhaps by another worker, or was read by the intake
     */
    List<Long> choose(Map<String, Integer> inLane, int capacity, int room, LongPredicate isTaken) {
        long all = batches.size()
                + inLane.keySet().stream()
                        .filter(batch -> !batches.containsKey(batch))
                        .count();
        List<Long> chosen = new ArrayList<>();
        if (all < 2) {
            // A single batch does not have to take turns.
            return chosen;
        }
        int share = capacity == 0 ? 1 : (int) Math.max(MIN_SHARE, capacity / all);
        List<String> served = new ArrayList<>();
        int looks = MAX_LOOKS;
        for (Iterator<Map.Entry<String, Deque<Run>>> each = batches.entrySet().iterator();
                each.hasNext() && chosen.size() < room && looks > 0; ) {
            Map.Entry<String, Deque<Run>> batch = each.next();
            int has = inLane.getOrDefault(batch.getKey(), 0);
            if (has <= share / 2) {
                looks = take(batch.getValue(), Math.min(share - has, room - chosen.size()), looks, isTaken, chosen);
                served.add(batch.getKey());
            }
        }
        served.forEach(this::moveToTheEnd);
        chosen.sort(null);
        return chosen;
    }

    private void moveToTheEnd(String batchId) {
        Deque<Run> its = batches.remove(batchId);
        if (its != null && !its.isEmpty()) {
            batches.put(batchId, its);
        }
    }

    /** Returns how many looks are left. */
    private int take(Deque<Run> its, int number, int looks, LongPredicate isTaken, List<Long> chosen) {
        int left = looks;
        for (int end = chosen.size() + number; chosen.size() < end && !its.isEmpty() && left > 0; left--) {
            Run run = its.peek();
            long offset = run.from++;
            if (!isTaken.test(offset)) {
                chosen.add(offset);
            }
            if (run.from == run.to) {
                its.poll();
                runs--;
            }
        }
        return left;
    }

    void clear() {
        batches.clear();
        runs = 0;
    }
}

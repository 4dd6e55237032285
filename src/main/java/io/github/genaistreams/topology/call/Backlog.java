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
 * The batches of the records that the intake has not read yet, and their offsets, as far as they were scanned. A batch's
 * records are mostly neighbours, so a run of them is one entry. Not thread-safe.
 */
final class Backlog {

    /** With more runs than this, no more are taken from the scan until some have gone. */
    private static final int MAX_RUNS = 100_000;

    /** In the order in which the batches are served. */
    private final Map<String, Deque<Run>> batches = new LinkedHashMap<>();

    private int runs;

    /** Consecutive offsets with records of one batch. */
    private static final class Run {
        private long from;
        private final long to;

        Run(long from, long to) {
            this.from = from;
            this.to = to;
        }
    }

    /**
     * Adds what was scanned meanwhile, and removes what the intake has passed.
     *
     * @param passed the last offset that the intake has read; -1 if there is none
     */
    void add(RequestLog.Scan scan, long passed) {
        for (Iterator<Deque<Run>> each = batches.values().iterator(); each.hasNext(); ) {
            Deque<Run> ofBatch = each.next();
            while (!ofBatch.isEmpty() && ofBatch.peek().to <= passed + 1) {
                ofBatch.poll();
                runs--;
            }
            if (ofBatch.isEmpty()) {
                each.remove();
            } else {
                ofBatch.peek().from = Math.max(ofBatch.peek().from, passed + 1);
            }
        }
        RequestLog.Scanned next;
        while (runs < MAX_RUNS && (next = scan.next()) != null) {
            if (next.to() > passed + 1) {
                batches.computeIfAbsent(next.batchId(), any -> new ArrayDeque<>(1))
                        .add(new Run(Math.max(next.from(), passed + 1), next.to()));
                runs++;
            }
        }
    }

    /**
     * Removes and returns offsets of batches that have few items in the lane. Each batch may have an equal share of the
     * capacity; one with half of that has enough.
     *
     * @param ready    the number of items in the lane by batch
     * @param capacity for items of all batches
     * @param room     maximum number of offsets
     * @param isTaken  whether the record at an offset was taken before, by another worker perhaps
     */
    List<Long> choose(Map<String, Integer> ready, int capacity, int room, LongPredicate isTaken) {
        long others = ready.keySet().stream()
                .filter(batch -> !batches.containsKey(batch))
                .count();
        long all = batches.size() + others;
        List<Long> chosen = new ArrayList<>();
        if (all < 2) {
            // Turns are for more than one batch.
            return chosen;
        }
        int share = (int) Math.max(1, capacity / all);
        for (String batchId : List.copyOf(batches.keySet())) {
            int has = ready.getOrDefault(batchId, 0);
            if (has <= share / 2 && chosen.size() < room) {
                // Those that were served go to the end.
                Deque<Run> its = batches.remove(batchId);
                take(its, Math.min(share - has, room - chosen.size()), isTaken, chosen);
                if (!its.isEmpty()) {
                    batches.put(batchId, its);
                }
            }
        }
        return chosen;
    }

    private void take(Deque<Run> ofBatch, int number, LongPredicate isTaken, List<Long> chosen) {
        for (int end = chosen.size() + number; chosen.size() < end && !ofBatch.isEmpty(); ) {
            Run run = ofBatch.peek();
            long offset = run.from++;
            if (!isTaken.test(offset)) {
                chosen.add(offset);
            }
            if (run.from == run.to) {
                ofBatch.poll();
                runs--;
            }
        }
    }

    void clear() {
        batches.clear();
        runs = 0;
    }
}

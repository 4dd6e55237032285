package io.github.genaistreams.bench;

import java.util.PriorityQueue;

/**
 * The ideal for comparison: each job, in order, starts on the slot that is free first, and nothing else takes any time
 * (Graham's list scheduling). No program with that many slots and that order can be much faster.
 */
final class ListSchedule {

    private ListSchedule() {}

    /** When the last job ends, in the unit of the durations. */
    static double makespan(double[] durations, int slots) {
        PriorityQueue<Double> free = new PriorityQueue<>();
        double end = 0;
        for (double duration : durations) {
            double start = free.size() < slots ? 0 : free.poll();
            free.add(start + duration);
            end = Math.max(end, start + duration);
        }
        return end;
    }
}

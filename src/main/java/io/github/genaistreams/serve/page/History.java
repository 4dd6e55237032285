package io.github.genaistreams.serve.page;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.TreeMap;

/**
 * Results over time, in intervals of equal length. The length doubles when there would be too many intervals. For one
 * thread at a time.
 */
final class History {

    /** A chart has no room for more. */
    static final int MAX_STRETCHES = 120;

    private long width = 1;
    private TreeMap<Long, Stretch> stretches = new TreeMap<>();

    private record Stretch(int done, int failed, double cost) {

        static final Stretch EMPTY = new Stretch(0, 0, 0);

        Stretch plus(Stretch other) {
            return new Stretch(done + other.done, failed + other.failed, cost + other.cost);
        }
    }

    /** @param cost in USD */
    void add(Instant at, boolean success, double cost) {
        stretches.merge(
                Math.floorDiv(at.getEpochSecond(), width),
                new Stretch(success ? 1 : 0, success ? 0 : 1, cost),
                Stretch::plus);
        while (stretches.lastKey() - stretches.firstKey() >= MAX_STRETCHES) {
            width *= 2;
            var wider = new TreeMap<Long, Stretch>();
            stretches.forEach((number, stretch) -> wider.merge(Math.floorDiv(number, 2L), stretch, Stretch::plus));
            stretches = wider;
        }
    }

    /** Start and length in seconds; successes, failures and cost of each interval, even of an empty one. */
    ObjectNode json() {
        ObjectNode json = PageJson.object().put("width", width);
        ArrayNode done = json.putArray("done");
        ArrayNode failed = json.putArray("failed");
        ArrayNode cost = json.putArray("cost");
        if (!stretches.isEmpty()) {
            json.put("start", stretches.firstKey() * width);
            for (long number = stretches.firstKey(); number <= stretches.lastKey(); number++) {
                Stretch stretch = stretches.getOrDefault(number, Stretch.EMPTY);
                done.add(stretch.done());
                failed.add(stretch.failed());
                cost.add(stretch.cost());
            }
        }
        return json;
    }
}

package io.github.genaistreams.topology.call;

import java.util.Comparator;

/**
 * The place of an open item's record, on the partition of its task. The topic keeps the record, so nothing else needs
 * to.
 */
record Origin(InputTopic topic, long offset) implements Comparable<Origin> {

    private static final Comparator<Origin> ORDER =
            Comparator.comparing(Origin::topic).thenComparingLong(Origin::offset);

    boolean isRetry() {
        return topic == InputTopic.RETRIES;
    }

    @Override
    public int compareTo(Origin other) {
        return ORDER.compare(this, other);
    }
}

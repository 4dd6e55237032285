package io.github.genaistreams.topology.call;

/**
 * Where the record of an open item is, on the partition of its task. The topic keeps it, so that nothing else needs to.
 *
 * @param isRetry whether it is on the retry topic, as opposed to the request topic
 * @param offset  of the record
 */
record Origin(boolean isRetry, long offset) implements Comparable<Origin> {

    @Override
    public int compareTo(Origin other) {
        return isRetry == other.isRetry ? Long.compare(offset, other.offset) : Boolean.compare(isRetry, other.isRetry);
    }
}

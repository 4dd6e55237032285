package io.github.genaistreams.topology.call;

/**
 * The place of an open item's record, on the partition of its task. The topic keeps the record, so nothing else needs
 * to.
 *
 * @param isRetry whether it is on the retry topic; otherwise it is on the request topic
 * @param offset  of the record
 */
record Origin(boolean isRetry, long offset) implements Comparable<Origin> {

    @Override
    public int compareTo(Origin other) {
        return isRetry == other.isRetry ? Long.compare(offset, other.offset) : Boolean.compare(isRetry, other.isRetry);
    }
}

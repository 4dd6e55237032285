package io.github.genaistreams.flow;

/** What becomes of an item whose call has ended. */
public enum Verdict {
    /** Its outcome decides. */
    AS_IT_ENDED,
    /** It is called again, even if its outcome is a failure; the attempt counts. */
    AGAIN,
    /** It is called again, and the attempt does not count: its credential is or was held. */
    SPARED
}

package io.github.genaistreams.flow;

/** The phase of an open item, for figures. */
public enum Phase {
    /** Ready to be called, waits for a slot. */
    READY,
    /** Has a slot: its call is in flight, or about to start. */
    IN_FLIGHT,
    /** The API works on it as a job. It keeps its slot. */
    REMOTE,
    /** Waits for the time of its next attempt. */
    WAITING,
    /** On its way through the retry topic. */
    AWAY,
    /** Only its name is known. Its request must be read again. */
    UNREAD
}

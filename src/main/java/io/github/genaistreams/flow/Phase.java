package io.github.genaistreams.flow;

/** Where an open item is, as far as figures tell. */
public enum Phase {
    /** May be called, and waits for a slot. */
    READY,
    /** Has a slot: its call is made, or is about to be. */
    IN_FLIGHT,
    /** The API goes on with it by itself; it keeps its slot. */
    REMOTE,
    /** Waits until another attempt may be made. */
    WAITING,
    /** On its way through the retry topic. */
    AWAY,
    /** Only its name is known; its request is read again. */
    UNREAD
}

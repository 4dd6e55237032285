package io.github.genaistreams.flow;

/** How a request came to its lane. Each way has bounds of its own, so that none keeps the others waiting. */
public enum Arrival {
    /** In the order of the request topic. */
    IN_ORDER,
    /** From the request topic, ahead of earlier requests there. */
    EARLY,
    /** From the topic of urgent requests. */
    URGENT
}

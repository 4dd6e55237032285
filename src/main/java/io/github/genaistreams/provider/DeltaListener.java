package io.github.genaistreams.provider;

/**
 * Hears a streamed answer's text as it comes. For display only: what counts is the outcome, and another attempt starts the
 * text again.
 */
@FunctionalInterface
public interface DeltaListener {

    /** Hears nothing. */
    DeltaListener NONE = (sequence, delta) -> {};

    /**
     * Takes the next piece of text, on the client's thread; must be quick and must not throw.
     *
     * @param sequence the event's number in its stream, growing but not without gaps
     * @param delta    the text to append
     */
    void onDelta(long sequence, String delta);
}

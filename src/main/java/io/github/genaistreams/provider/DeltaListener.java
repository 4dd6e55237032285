package io.github.genaistreams.provider;

/**
 * Receives a streamed answer's text as it arrives. For display only: the outcome is authoritative, and each attempt
 * starts the text again.
 */
@FunctionalInterface
public interface DeltaListener {

    /** Ignores the text. */
    DeltaListener NONE = (sequence, delta) -> {};

    /**
     * Takes the next piece of text, on the client's thread; must be quick and must not throw.
     *
     * @param sequence the event's number in its stream; increases, with gaps
     * @param delta    the text to append
     */
    void onDelta(long sequence, String delta);
}

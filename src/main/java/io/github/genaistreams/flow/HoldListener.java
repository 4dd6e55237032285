package io.github.genaistreams.flow;

/**
 * Is told when a credential is held and when it is open again. Called on any thread. Must be quick and must not throw.
 */
public interface HoldListener {

    HoldListener NONE = new HoldListener() {};

    /** A hold begins, or continues for another reason. */
    default void held(HoldStatus hold) {}

    /**
     * The hold is over.
     *
     * @param hold the status it had
     * @param at   epoch milliseconds
     */
    default void opened(HoldStatus hold, long at) {}

    /** An outage has lasted too long: items fail again, until the API answers. */
    default void gaveUp(HoldStatus hold) {}
}

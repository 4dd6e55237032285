package io.github.genaistreams.topology;

import io.github.genaistreams.flow.Permit;
import io.github.genaistreams.flow.Phase;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.JournalEntry;

/**
 * One open item of a task: a request that was read and has no result yet. It is in one state at any time, which holds all that goes
 * with it: who has its permit gives it back, who has its exchange can break it off.
 *
 * <pre>
 *            ┌───────────────────── due ────────────────────┐
 *            ▼                                              │
 *   New ─▶ Ready ─▶ Chosen ──────▶ InFlight ──▶ Away ──▶ Waiting
 *                    │ ▲ │          ▲  │ │     (retry topic)
 *                    │ │ └▶ Marked ─┘  │ └────▶ Ended
 *                    ▼ │               │
 *                   Remote ◀─ accepted ┘
 *
 *   Chosen | Marked | Away | Unread ──▶ Ended                batch stopped, outcome unknown, record gone
 *   Ready | Waiting | Remote ──▶ Withdrawn ──▶ Ended         batch stopped
 *   New ──▶ Unread ──▶ Ready | Waiting | Remote              of a worker before, read again from its topic
 *   New ──▶ Waiting | Remote | Away                          of a worker before, known from the journal
 * </pre>
 *
 * Chosen has a slot and a permit, and keeps both up to its next line or its end. Marked is what must not be called twice: its call is
 * made once the stores are known to say so. Remote keeps its slot, and is Chosen again whenever it is to be asked after. A failure of
 * this software over an item ends it in whatever state it is. Used by the stream thread that owns the task.
 */
final class Item<Q extends ApiRequest> {

    private final ItemKey key;
    private State<Q> state = new New<>();
    private Work work = Work.NONE;
    private Kept<Q> kept;

    Item(ItemKey key) {
        this.key = key;
    }

    ItemKey key() {
        return key;
    }

    State<Q> state() {
        return state;
    }

    boolean isOpen() {
        return !(state instanceof Ended);
    }

    /** What it takes of the bounds. */
    Work work() {
        return work;
    }

    void work(Work work) {
        this.work = work;
    }

    /** What is at hand of it in memory; null if it is in the journal whole, or away. */
    Kept<Q> kept() {
        return kept;
    }

    void kept(Kept<Q> kept) {
        this.kept = kept;
    }

    /** Throws {@link IllegalStateException} if that does not follow from the state before, which then is as it was. */
    void become(State<Q> next) {
        if (!state.leadsTo(next)) {
            throw new IllegalStateException(
                    key + " cannot become " + next.getClass().getSimpleName() + ", is "
                            + state.getClass().getSimpleName());
        }
        state = next;
    }

    /** Ends it in whatever state it is. */
    void end() {
        state = new Ended<>();
    }

    /**
     * What is kept of an item whose record its topic keeps.
     *
     * @param origin    of that record
     * @param timestamp of that record
     * @param entry     where the item stands, without its request; null if the record was not read again yet
     * @param request   null likewise
     * @param bytes     what the request takes of the room in memory
     * @param note      what the journal has of it, or null if nothing
     * @param isStarted whether a call was started, while {@code entry} is null
     */
    record Kept<Q extends ApiRequest>(
            Origin origin,
            long timestamp,
            JournalEntry entry,
            Q request,
            int bytes,
            JournalEntry note,
            boolean isStarted) {

        Kept<Q> with(JournalEntry entry, JournalEntry note) {
            return new Kept<>(origin, timestamp, entry, request, bytes, note, isStarted);
        }
    }

    /** Where an item stands. */
    sealed interface State<Q extends ApiRequest> {

        /** As figures tell it; null for one that is not open yet, or no more. */
        Phase phase();

        /** What it has of the limits of its credential; null if it has no slot. */
        default Permit permit() {
            return null;
        }

        boolean leadsTo(State<Q> next);
    }

    /** In no line yet. */
    record New<Q extends ApiRequest>() implements State<Q> {
        @Override
        public Phase phase() {
            return null;
        }

        @Override
        public boolean leadsTo(State<Q> next) {
            return next instanceof Unread
                    || next instanceof Ready
                    || next instanceof Waiting
                    || next instanceof Remote
                    || next instanceof Away;
        }
    }

    /** Only its name is known; its record is read again. */
    record Unread<Q extends ApiRequest>() implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.UNREAD;
        }

        @Override
        public boolean leadsTo(State<Q> next) {
            return next instanceof Ready || next instanceof Waiting || next instanceof Remote || next instanceof Ended;
        }
    }

    /** In the line of those that may be called. */
    record Ready<Q extends ApiRequest>() implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.READY;
        }

        @Override
        public boolean leadsTo(State<Q> next) {
            return next instanceof Chosen || next instanceof Withdrawn;
        }
    }

    /** Not to be called before its time. */
    record Waiting<Q extends ApiRequest>() implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.WAITING;
        }

        @Override
        public boolean leadsTo(State<Q> next) {
            return next instanceof Ready || next instanceof Withdrawn;
        }
    }

    /**
     * It is its turn, to be called or to be asked after.
     *
     * @param job that is to be asked after; null if it is to be called, or if only the journal knows the job
     */
    record Chosen<Q extends ApiRequest>(Permit permit, FollowedJob<Q> job) implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.IN_FLIGHT;
        }

        @Override
        public boolean leadsTo(State<Q> next) {
            return next instanceof InFlight
                    || next instanceof Marked
                    || next instanceof Remote
                    || next instanceof Ended;
        }
    }

    /**
     * To be called as soon as the stores are known to say so.
     *
     * @param turn in which that was written
     */
    record Marked<Q extends ApiRequest>(Permit permit, Q request, JournalEntry entry, long turn) implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.IN_FLIGHT;
        }

        @Override
        public boolean leadsTo(State<Q> next) {
            return next instanceof InFlight || next instanceof Ended;
        }
    }

    /** A call, or a question after a job, is under way. */
    record InFlight<Q extends ApiRequest>(Permit permit, Exchange<Q> exchange) implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.IN_FLIGHT;
        }

        @Override
        public boolean leadsTo(State<Q> next) {
            return next instanceof Remote || next instanceof Away || next instanceof Ended;
        }
    }

    /**
     * The API works on it by itself, and is to be asked.
     *
     * @param job null if only the journal knows it
     */
    record Remote<Q extends ApiRequest>(Permit permit, FollowedJob<Q> job) implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.REMOTE;
        }

        @Override
        public boolean leadsTo(State<Q> next) {
            return next instanceof Chosen || next instanceof Withdrawn;
        }
    }

    /** On its way through the retry topic. */
    record Away<Q extends ApiRequest>() implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.AWAY;
        }

        @Override
        public boolean leadsTo(State<Q> next) {
            return next instanceof Waiting || next instanceof Ended;
        }
    }

    /** Taken out of its line, to be ended. */
    record Withdrawn<Q extends ApiRequest>(Permit permit) implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.IN_FLIGHT;
        }

        @Override
        public boolean leadsTo(State<Q> next) {
            return next instanceof Ended;
        }
    }

    /** It has its result. */
    record Ended<Q extends ApiRequest>() implements State<Q> {
        @Override
        public Phase phase() {
            return null;
        }

        @Override
        public boolean leadsTo(State<Q> next) {
            return false;
        }
    }
}

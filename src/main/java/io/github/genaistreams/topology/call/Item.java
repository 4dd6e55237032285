package io.github.genaistreams.topology.call;

import static java.util.Map.entry;

import io.github.genaistreams.flow.Permit;
import io.github.genaistreams.flow.Phase;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.JournalEntry;
import java.util.Map;
import java.util.Set;

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
 *   Marked ──▶ Ready                                         nothing more is started here
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

    /** From each state to those that may come next. */
    private static final Map<Class<?>, Set<Class<?>>> WAYS = Map.ofEntries(
            entry(New.class, Set.of(Unread.class, Ready.class, Waiting.class, Remote.class, Away.class)),
            entry(Unread.class, Set.of(Ready.class, Waiting.class, Remote.class, Ended.class)),
            entry(Ready.class, Set.of(Chosen.class, Withdrawn.class)),
            entry(Waiting.class, Set.of(Ready.class, Withdrawn.class)),
            entry(Chosen.class, Set.of(Marked.class, InFlight.class, Remote.class, Ended.class)),
            entry(Marked.class, Set.of(InFlight.class, Ready.class, Ended.class)),
            entry(InFlight.class, Set.of(Remote.class, Away.class, Ended.class)),
            entry(Remote.class, Set.of(Chosen.class, Withdrawn.class)),
            entry(Away.class, Set.of(Waiting.class, Ended.class)),
            entry(Withdrawn.class, Set.of(Ended.class)),
            entry(Ended.class, Set.of()));

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
        if (!WAYS.get(state.getClass()).contains(next.getClass())) {
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

    /** Where an item stands. */
    sealed interface State<Q extends ApiRequest> {

        /** As figures tell it; null for one that is not open yet, or no more. */
        Phase phase();

        /** What it has of the limits of its credential; null if it has no slot. */
        default Permit permit() {
            return null;
        }
    }

    /** In no line yet. */
    record New<Q extends ApiRequest>() implements State<Q> {
        @Override
        public Phase phase() {
            return null;
        }
    }

    /** Only its name is known; its record is read again. */
    record Unread<Q extends ApiRequest>() implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.UNREAD;
        }
    }

    /** In the line of those that may be called. */
    record Ready<Q extends ApiRequest>() implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.READY;
        }
    }

    /** Not to be called before its time. */
    record Waiting<Q extends ApiRequest>() implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.WAITING;
        }
    }

    /** It is its turn, to be called or to be asked after; the job then is null if only the stores know it. */
    record Chosen<Q extends ApiRequest>(Permit permit, FollowedJob<Q> job) implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.IN_FLIGHT;
        }
    }

    /**
     * To be called as soon as the stores are known to say so.
     *
     * @param entry   where it stood before
     * @param commits of its thread until then
     */
    record Marked<Q extends ApiRequest>(Permit permit, Q request, JournalEntry entry, long commits)
            implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.IN_FLIGHT;
        }
    }

    /** A call, or a question after a job, is under way. */
    record InFlight<Q extends ApiRequest>(Permit permit, Exchange<Q> exchange) implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.IN_FLIGHT;
        }
    }

    /** The API works on it by itself, and is to be asked; the job is null if only the stores know it. */
    record Remote<Q extends ApiRequest>(Permit permit, FollowedJob<Q> job) implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.REMOTE;
        }
    }

    /** On its way through the retry topic. */
    record Away<Q extends ApiRequest>() implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.AWAY;
        }
    }

    /** Taken out of its line, to be ended. */
    record Withdrawn<Q extends ApiRequest>(Permit permit) implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.IN_FLIGHT;
        }
    }

    /** It has its result. */
    record Ended<Q extends ApiRequest>() implements State<Q> {
        @Override
        public Phase phase() {
            return null;
        }
    }
}

package io.github.genaistreams.topology.call;

import static java.util.Map.entry;

import io.github.genaistreams.flow.Arrival;
import io.github.genaistreams.flow.Permit;
import io.github.genaistreams.flow.Phase;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.JournalEntry;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One open item of a task: a request that was read and has no result yet. It is always in exactly one state, which
 * holds everything that belongs to it: the state with its permit gives the permit back, the state with its exchange can
 * abort it.
 *
 * <pre>
 *            ┌───────────────────── due ────────────────────┐
 *            ▼                                              │
 *   New ─▶ Ready ─▶ Chosen ──────▶ InFlight ──▶ Away ──▶ Delayed
 *                    │ ▲ │          ▲  │ │     (retry topic)
 *                    │ │ └▶ Marked ─┘  │ └────▶ Ended
 *                    ▼ │               │
 *                   Remote ◀─ accepted ┘
 *
 *   Marked ──▶ Ready                                         nothing more is started here
 *   Chosen | Marked | Away | Unread ──▶ Ended                batch stopped, outcome unknown, record gone
 *   Ready | Delayed | Remote ──▶ Withdrawn ──▶ Ended         batch stopped
 *   New ──▶ Unread ──▶ Ready | Delayed | Remote              of a worker before, read again from its topic
 *   New ──▶ Delayed | Remote | Away                          of a worker before, known from the journal
 * </pre>
 *
 * Chosen has a slot and a permit, and keeps both until its next queue or its end. Marked is for a call that must not be
 * made twice: it is made after its mark is committed. Remote keeps its slot, and becomes Chosen whenever it is polled.
 * A failure of this program on an item ends it, whatever its state. For the stream thread that owns the task.
 */
final class Item<Q extends ApiRequest> {

    /** The allowed transitions from each state. */
    private static final Map<Class<?>, Set<Class<?>>> WAYS = Map.ofEntries(
            entry(New.class, Set.of(Unread.class, Ready.class, Delayed.class, Remote.class, Away.class)),
            entry(Unread.class, Set.of(Ready.class, Delayed.class, Remote.class, Ended.class)),
            entry(Ready.class, Set.of(Chosen.class, Withdrawn.class)),
            entry(Delayed.class, Set.of(Ready.class, Withdrawn.class)),
            entry(Chosen.class, Set.of(Marked.class, InFlight.class, Remote.class, Ended.class)),
            entry(Marked.class, Set.of(InFlight.class, Ready.class, Ended.class)),
            entry(InFlight.class, Set.of(Remote.class, Away.class, Ended.class)),
            entry(Remote.class, Set.of(Chosen.class, Withdrawn.class)),
            entry(Away.class, Set.of(Delayed.class, Ended.class)),
            entry(Withdrawn.class, Set.of(Ended.class)),
            entry(Ended.class, Set.of()));

    private final ItemKey key;
    private State<Q> state = new New<>();
    private Work work = Work.NONE;
    private @Nullable Kept<Q> kept;
    private final boolean isEarly;

    /** @param isEarly whether its record was taken in before those ahead of it */
    Item(ItemKey key, boolean isEarly) {
        this.key = key;
        this.isEarly = isEarly;
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

    /** Its size for the bounds of the lane. */
    Work work() {
        return work;
    }

    void work(Work work) {
        this.work = work;
    }

    /** Its permit for the limits of its credential; throws {@link IllegalStateException} if it has no slot. */
    Permit permit() {
        Permit permit = state.permit();
        if (permit == null) {
            throw new IllegalStateException(
                    key + " has no permit, is " + state.getClass().getSimpleName());
        }
        return permit;
    }

    /** How it came to its lane. */
    Arrival arrival() {
        return work.urgent() ? Arrival.URGENT : isEarly ? Arrival.EARLY : Arrival.IN_ORDER;
    }

    /** The part that is in memory; null if it is whole in the journal, or on the retry topic. */
    @Nullable
    Kept<Q> kept() {
        return kept;
    }

    void kept(@Nullable Kept<Q> kept) {
        this.kept = kept;
    }

    /** Throws {@link IllegalStateException} if the transition is not allowed; the state is unchanged then. */
    void become(State<Q> next) {
        if (!WAYS.getOrDefault(state.getClass(), Set.of()).contains(next.getClass())) {
            throw new IllegalStateException(
                    key + " cannot become " + next.getClass().getSimpleName() + ", is "
                            + state.getClass().getSimpleName());
        }
        state = next;
    }

    /** Ends it in any state. */
    void end() {
        state = new Ended<>();
    }

    /** The state of an item. */
    sealed interface State<Q extends ApiRequest> {

        /** Its phase in figures; null before it is open and after its end. */
        @Nullable
        Phase phase();

        /** Its permit for the limits of its credential; null if it has no slot. */
        default @Nullable Permit permit() {
            return null;
        }
    }

    /** In no queue yet. */
    record New<Q extends ApiRequest>() implements State<Q> {
        @Override
        public @Nullable Phase phase() {
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

    /** In the queue of items that may be called; in none if its batch is paused. */
    record Ready<Q extends ApiRequest>() implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.READY;
        }
    }

    /** Not to be called before its due time, epoch milliseconds. */
    record Delayed<Q extends ApiRequest>(long dueAt) implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.WAITING;
        }
    }

    /** Its turn to be called or polled. The job is null for a call, and if only the stores know it. */
    record Chosen<Q extends ApiRequest>(
            Permit permit, @Nullable FollowedJob<Q> job) implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.IN_FLIGHT;
        }
    }

    /**
     * To be called after its mark is committed.
     *
     * @param entry   its journal entry before the mark
     * @param commits number of commits of its thread at that time
     */
    record Marked<Q extends ApiRequest>(Permit permit, Q request, JournalEntry entry, long commits)
            implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.IN_FLIGHT;
        }
    }

    /** A call, or a poll of a job, is in progress. */
    record InFlight<Q extends ApiRequest>(Permit permit, CallInFlight<Q> exchange) implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.IN_FLIGHT;
        }
    }

    /** A job at the API, to be polled. The job is null if only the stores know it. */
    record Remote<Q extends ApiRequest>(
            Permit permit, @Nullable FollowedJob<Q> job) implements State<Q> {
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

    /** Removed from its queue, to be ended. */
    record Withdrawn<Q extends ApiRequest>(@Nullable Permit permit) implements State<Q> {
        @Override
        public Phase phase() {
            return Phase.IN_FLIGHT;
        }
    }

    /** It has its result. */
    record Ended<Q extends ApiRequest>() implements State<Q> {
        @Override
        public @Nullable Phase phase() {
            return null;
        }
    }
}

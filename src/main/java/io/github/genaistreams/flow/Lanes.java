package io.github.genaistreams.flow;

import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;

/**
 * The lanes of a worker, by the request partition each belongs to: what the intake gate, a rebalance and a graceful
 * stop need to know of them. Thread-safe.
 */
public final class Lanes {

    private final Map<TopicPartition, LaneFigures> open = new ConcurrentHashMap<>();
    private final ThreadLocal<Pace> paces;
    private volatile boolean stopped;

    /** Are to start nothing, whether their lanes are open yet or not. */
    private final Set<TopicPartition> quiet = ConcurrentHashMap.newKeySet();

    /** With commits as close as Kafka Streams makes them. */
    public Lanes() {
        this(new Pace.Bounds(Duration.ZERO, Duration.ZERO));
    }

    /** @param commits bounds of the time between two commits of a stream thread */
    public Lanes(Pace.Bounds commits) {
        paces = ThreadLocal.withInitial(() -> new Pace(commits, System::nanoTime));
    }

    /** That of the stream thread that asks. */
    public Pace pace() {
        return paces.get();
    }

    /** Called by the thread that owns the partition, when its task starts. */
    public void open(TopicPartition requests, LaneFigures lane) {
        open.put(requests, lane);
        // After the put: whoever stops it meanwhile finds either the lane here, or has set this.
        if (stopped || quiet.contains(requests)) {
            lane.stopStarting();
        }
    }

    /** Called by the thread that owns the partition, when its task ends. */
    public void close(TopicPartition requests, LaneFigures lane) {
        open.remove(requests, lane);
    }

    /** Those of these partitions from which nothing more should be read for now. */
    public Set<TopicPartition> full(Collection<TopicPartition> partitions) {
        return partitions.stream().filter(this::isFull).collect(Collectors.toSet());
    }

    private boolean isFull(TopicPartition partition) {
        LaneFigures lane = open.get(partition);
        return lane != null && lane.isFull();
    }

    /**
     * Tells the lanes of these partitions to start nothing more, also those that are opened later.
     *
     * @return the number of calls in flight there
     */
    public int stopStarting(Collection<TopicPartition> partitions) {
        int inFlight = 0;
        quiet.addAll(partitions);
        for (TopicPartition partition : partitions) {
            LaneFigures lane = open.get(partition);
            if (lane != null) {
                lane.stopStarting();
                inFlight += lane.inFlight();
            }
        }
        return inFlight;
    }

    /** Takes {@link #stopStarting(Collection)} back, for partitions that were not given away after all. */
    public void startAgain(Collection<TopicPartition> partitions) {
        quiet.removeAll(partitions);
        for (TopicPartition partition : partitions) {
            LaneFigures lane = open.get(partition);
            if (lane != null) {
                lane.startAgain();
                if (stopped) {
                    lane.stopStarting();
                }
            }
        }
    }

    /** These partitions are another one's: what they were told does not hold for who opens them next. */
    public void gone(Collection<TopicPartition> partitions) {
        quiet.removeAll(partitions);
    }

    /** Tells all lanes, those of tasks that start later included, to start nothing more: the worker is stopping. */
    public void stopStarting() {
        stopped = true;
        open.values().forEach(LaneFigures::stopStarting);
    }

    /** Partitions for which a call is under way. */
    public Set<TopicPartition> withCalls() {
        Set<TopicPartition> partitions = new HashSet<>(open.keySet());
        partitions.removeIf(partition -> !hasCalls(Set.of(partition)));
        return partitions;
    }

    /** Whether a call is under way for one of these partitions. */
    public boolean hasCalls(Collection<TopicPartition> partitions) {
        return partitions.stream().map(open::get).anyMatch(lane -> lane != null && lane.inFlight() > 0);
    }

    /** Calls whose outcome is not yet decided. */
    public int inFlight() {
        return open.values().stream().mapToInt(LaneFigures::inFlight).sum();
    }

    /** Calls whose outcome is not yet decided, and work that goes on at the API. */
    public int atWork() {
        return open.values().stream().mapToInt(LaneFigures::atWork).sum();
    }

    /** When the first item that waits for another attempt may be called, epoch milliseconds; {@link Long#MAX_VALUE} if none waits. */
    public long nextDue() {
        return open.values().stream().mapToLong(LaneFigures::nextDue).min().orElse(Long.MAX_VALUE);
    }

    /** Items in this phase, on the partitions of one topic of requests. */
    public int count(String requests, Phase phase) {
        return of(requests).mapToInt(lane -> lane.count(phase)).sum();
    }

    /** Items that may be at work at once, on the partitions of one topic of requests that are here now. */
    public int slots(String requests) {
        return of(requests).mapToInt(LaneFigures::slots).sum();
    }

    private Stream<LaneFigures> of(String requests) {
        return open.entrySet().stream()
                .filter(lane -> lane.getKey().topic().equals(requests))
                .map(Map.Entry::getValue);
    }

    /** Requests held: in flight, ready, waiting. */
    public int size() {
        return open.values().stream().mapToInt(LaneFigures::size).sum();
    }

    /** The largest size that any of these lanes has had. */
    public int peak() {
        return open.values().stream().mapToInt(LaneFigures::peak).max().orElse(0);
    }
}

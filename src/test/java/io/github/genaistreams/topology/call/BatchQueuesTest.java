package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.github.genaistreams.flow.Arrival;
import io.github.genaistreams.flow.Demand;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.topology.call.BatchQueues.Start;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.BeforeTry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whose turn it is among the batches of a credential. */
class BatchQueuesTest {

    private BatchQueues<ResponsesRequest> queues;
    private int added;

    @BeforeTry
    @BeforeEach
    void begin() {
        queues = new BatchQueues<>();
        added = 0;
    }

    @Test
    void servesBatchesInTurnsAndRetriesOfEachFirst() {
        add("large", 10, 100);
        add("large", 10, 100);
        add("small", 10, 100);
        queues.addRetry(item("large", "m", 10, 100));

        assertThat(List.of(next(), next(), next(), next())).containsExactly("large/3", "small/2", "large/0", "large/1");
        assertThat(queues.isEmpty()).isTrue();
    }

    /** However many items are ahead of it, and whatever was served before, a batch that comes later has its turn. */
    @Test
    void servesABatchThatComesLaterAlternatelyWithALargeOne() {
        for (int i = 0; i < 1_000; i++) {
            add("large", 10, 100);
        }
        for (int i = 0; i < 500; i++) {
            next();
        }
        for (int i = 0; i < 10; i++) {
            add("small", 10, 100);
        }

        assertThat(served(20)).containsEntry("small", 10);
    }

    @Property(tries = 40)
    void sharesByPriorityWhateverTheSizesAre(
            @ForAll @IntRange(min = 1, max = 100) int one,
            @ForAll @IntRange(min = 1, max = 100) int other,
            @ForAll @IntRange(min = 1, max = 100) int largest,
            @ForAll long seed) {
        Random random = new Random(seed);
        Map<String, Long> bytes = new HashMap<>();
        long all = 0;
        long goal = 25L * largest * (one + other) / Math.min(one, other);
        for (int i = 0; i < 3; i++) {
            add("one", one, 1 + random.nextInt(largest));
            add("other", other, 4 + random.nextInt(4));
        }
        while (all < goal) {
            Item<ResponsesRequest> item = queues.next(any -> Start.STARTED, false);
            String batch = item.key().batchId();
            long size = item.work().size();
            bytes.merge(batch, size, Long::sum);
            all += size;
            add(
                    batch,
                    item.work().priority(),
                    batch.equals("one") ? 1 + random.nextInt(largest) : 4 + random.nextInt(4));
        }

        double share = one / (double) (one + other);
        assertThat(bytes.get("one") / (double) all).isCloseTo(share, within(0.1 * share));
    }

    /** An item does not wait forever, even if new batches of one item come without end. */
    @Property(tries = 40)
    void starvesNobody(
            @ForAll @IntRange(min = 1, max = 100) int priority,
            @ForAll @IntRange(min = 1, max = 100) int others,
            @ForAll @IntRange(min = 1, max = 20) int backlog) {
        for (int i = 0; i < 5; i++) {
            add("patient", priority, 100);
        }
        int left = 5;
        int batch = 0;
        for (; batch < backlog; batch++) {
            add("new-" + batch, others, 100);
        }
        int turns = 0;
        while (left > 0) {
            String next = next();
            if (next.startsWith("patient")) {
                left--;
            } else {
                add("new-" + batch++, others, 100);
            }
            turns++;
            assertThat(turns).isLessThan(5 * (backlog + 2) * (2 + others / priority));
        }
    }

    /** The queues agree with a set of what is in them, whatever comes, goes or may not start. */
    @Property(tries = 60)
    void losesNothing(@ForAll @Size(max = 300) List<@IntRange(min = 0, max = 999) Integer> steps) {
        Set<ItemKey> model = new HashSet<>();
        List<Item<ResponsesRequest>> in = new ArrayList<>();
        for (int step : steps) {
            if (step % 3 == 0) {
                Item<ResponsesRequest> item = item("b" + step % 7, "m" + step % 2, 1 + step % 100, step);
                queues.add(item);
                in.add(item);
                model.add(item.key());
            } else if (step % 20 == 1 && !in.isEmpty()) {
                Item<ResponsesRequest> gone = in.remove(step % in.size());
                gone.become(new Item.Withdrawn<>(null));
                queues.removeOthers();
                model.remove(gone.key());
            } else {
                Start refusal = step % 2 == 0 ? Start.BATCH_WAITS : Start.CREDENTIAL_WAITS;
                String model0 = "m" + step % 2;
                Item<ResponsesRequest> next = queues.next(
                        item -> item.work().demand().model().equals(model0) ? Start.STARTED : refusal, false);
                boolean isThere = in.stream()
                        .anyMatch(item -> item.work().demand().model().equals(model0));
                assertThat(next != null).isEqualTo(isThere);
                if (next != null) {
                    assertThat(model.remove(next.key())).isTrue();
                    in.remove(next);
                }
            }
            assertThat(queues.loads().items()).isEqualTo(model.size());
            assertThat(queues.loads().bytes(Arrival.IN_ORDER))
                    .isEqualTo(
                            in.stream().mapToLong(item -> item.work().bytes()).sum());
        }
    }

    /** The same turns as with one row of queues that is looked through from its beginning. */
    @Property(tries = 60)
    void servesAsASimpleRowOfLinesDoes(@ForAll @Size(min = 50, max = 400) List<@IntRange(max = 999) Integer> steps) {
        var row = new Row();
        for (int step : steps) {
            if (step % 5 < 2) {
                Item<ResponsesRequest> item =
                        item("b" + step % 11, "m" + step % 3, 1 + step % 11 * 9, 1 + step % 100 * 10);
                queues.add(item);
                row.add(item);
            } else {
                Function<Item<ResponsesRequest>, Start> start =
                        item -> item.work().demand().model().equals("m" + step % 7)
                                ? Start.CREDENTIAL_WAITS
                                : item.key().batchId().equals("b" + step % 13) ? Start.BATCH_WAITS : Start.STARTED;
                assertThat(queues.next(start, false)).isSameAs(row.next(start));
            }
        }
    }

    /** Queues in no order; the rule of {@link BatchQueues} in its plainest form. */
    private static final class Row {
        private final List<Place> places = new ArrayList<>();
        private double joining;
        private double served;
        private long sequence;

        private static final class Place {
            private final List<Item<ResponsesRequest>> items = new ArrayList<>();
            private final List<String> owner;
            private double pass;
            private long sequence;

            Place(List<String> owner) {
                this.owner = owner;
            }

            int priority() {
                return items.get(0).work().priority();
            }
        }

        void add(Item<ResponsesRequest> item) {
            List<String> owner =
                    List.of(item.key().batchId(), item.work().demand().model());
            Place place = places.stream()
                    .filter(each -> each.owner.equals(owner))
                    .findFirst()
                    .orElse(null);
            if (place == null) {
                place = new Place(owner);
                place.pass = joining;
                place.sequence = sequence++;
                places.add(place);
            }
            place.items.add(item);
        }

        Item<ResponsesRequest> next(Function<Item<ResponsesRequest>, Start> start) {
            Set<String> waiting = new HashSet<>();
            List<Place> inOrder = places.stream()
                    .filter(place -> !place.items.isEmpty())
                    .sorted(Comparator.<Place>comparingDouble(place -> place.pass)
                            .thenComparingLong(place -> place.sequence))
                    .toList();
            for (Place place : inOrder) {
                if (!waiting.contains(place.owner.get(1))) {
                    Start answer = start.apply(place.items.get(0));
                    if (answer == Start.STARTED) {
                        return serve(place);
                    } else if (answer == Start.CREDENTIAL_WAITS) {
                        waiting.add(place.owner.get(1));
                    }
                }
            }
            return null;
        }

        private Item<ResponsesRequest> serve(Place place) {
            int priorities = places.stream()
                    .filter(each -> !each.items.isEmpty())
                    .mapToInt(Place::priority)
                    .sum();
            Item<ResponsesRequest> item = place.items.remove(0);
            double size = item.work().size();
            served = Math.max(served, place.pass);
            joining = Math.max(served, joining + size / priorities);
            place.pass = served + size / item.work().priority();
            place.sequence = sequence++;
            places.removeIf(each -> each.items.isEmpty() && each.pass <= joining);
            return item;
        }
    }

    /** Such as thousands of batches of one item with a credential whose limit is used up. */
    @Test
    void choosesInATimeThatDoesNotDependOnTheLinesThatMayNotStart() {
        for (int i = 0; i < 30_000; i++) {
            queues.add(item("held-" + i, "full", 10, 100));
        }
        for (int i = 0; i < 30_000; i++) {
            queues.add(item("free-" + i, "free", 10, 100));
        }

        // A second or less; a minute if each choice looked at each of them.
        assertTimeout(Duration.ofSeconds(15), () -> {
            for (int i = 0; i < 30_000; i++) {
                assertThat(queues.next(
                                item -> item.work().demand().model().equals("full")
                                        ? Start.CREDENTIAL_WAITS
                                        : Start.STARTED,
                                false))
                        .isNotNull();
            }
        });
        assertThat(queues.loads().items()).isEqualTo(30_000);
    }

    /** A probe must not be the item that has just failed, which may always fail. */
    @Test
    void servesItemsThatWereNeverCalledFirstIfItIsAsked() {
        Item<ResponsesRequest> failed = item("b", "m", 10, 1);
        queues.addRetry(failed);
        Item<ResponsesRequest> fresh = item("b", "m", 10, 1);
        queues.add(fresh);

        assertThat(queues.next(any -> Start.STARTED, true)).isSameAs(fresh);
        assertThat(queues.next(any -> Start.STARTED, true)).isSameAs(failed);
    }

    @Test
    void passesOverAModelThatMayNotStartAndAsksForItOnce() {
        queues.add(item("a", "full", 10, 1));
        queues.add(item("b", "full", 10, 1));
        queues.add(item("c", "free", 10, 1));
        List<String> asked = new ArrayList<>();

        Item<ResponsesRequest> next = queues.next(
                item -> {
                    asked.add(item.key().batchId());
                    return item.work().demand().model().equals("full") ? Start.CREDENTIAL_WAITS : Start.STARTED;
                },
                false);

        assertThat(next.key().batchId()).isEqualTo("c");
        assertThat(asked).containsExactly("a", "c");
    }

    /** A batch whose queue is empty for a moment is no new batch. */
    @Test
    void remembersWhatABatchHasHadWhileItsLineIsEmpty() {
        for (int i = 0; i < 100; i++) {
            add("steady", 10, 400);
        }
        add("large", 10, 4_000);
        for (int i = 0; i < 3; i++) {
            assertThat(served(2)).containsEntry("large", 1);
            assertThat(queues.next(any -> Start.BATCH_WAITS, false)).isNull();
            add("large", 10, 4_000);
            assertThat(served(9)).as("its turn is over").doesNotContainKey("large");
        }
    }

    /** A batch that could not start for a long time is next, but does not get all the turns that it has missed. */
    @Test
    void doesNotSaveUpTurns() {
        for (int i = 0; i < 1_000; i++) {
            add("free", 10, 100);
            add("bound", 10, 100);
        }
        Function<Item<ResponsesRequest>, Start> onlyFree =
                item -> item.key().batchId().equals("free") ? Start.STARTED : Start.BATCH_WAITS;
        for (int i = 0; i < 500; i++) {
            queues.next(onlyFree, false);
        }

        assertThat(next()).startsWith("bound");
        assertThat(served(20)).containsEntry("free", 10);
    }

    private void add(String batchId, int priority, int bytes) {
        queues.add(item(batchId, "m", priority, bytes));
    }

    private Item<ResponsesRequest> item(String batchId, String model, int priority, int bytes) {
        var item = new Item<ResponsesRequest>(new ItemKey(batchId, added++), false);
        item.work(new Work(bytes, new Demand("default", model, 0, bytes, 0, true, false), 0, 0, priority, false));
        item.become(new Item.Ready<>());
        return item;
    }

    private String next() {
        return queues.next(any -> Start.STARTED, false).key().toString();
    }

    private Map<String, Integer> served(int turns) {
        Map<String, Integer> served = new HashMap<>();
        for (int i = 0; i < turns; i++) {
            served.merge(next().replaceAll("/.*", ""), 1, Integer::sum);
        }
        return served;
    }
}

package io.github.genaistreams.client.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Usage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class OrderedResultsTest {

    /** Every index from 0 at least once, in any order, some more than once. */
    @Provide
    Arbitrary<List<Integer>> arrivals() {
        return Arbitraries.integers().between(1, 60).flatMap(size -> Arbitraries.integers()
                .between(0, size - 1)
                .list()
                .ofMaxSize(40)
                .flatMap(repeats -> {
                    var all = new ArrayList<>(IntStream.range(0, size).boxed().toList());
                    all.addAll(repeats);
                    return Arbitraries.shuffle(all);
                }));
    }

    @Property
    void handsOnEachIndexOnceAndInOrder(@ForAll("arrivals") List<Integer> arrivals) {
        var order = new OrderedResults<Integer>();
        var handedOn = new ArrayList<Integer>();
        var seen = new HashSet<Integer>();

        for (int index : arrivals) {
            assertThat(order.accept(index, index, handedOn::add)).isEqualTo(seen.add(index));
            assertThat(order.held()).isEqualTo((int) (seen.size() - order.next()));
            assertThat(seen).doesNotContain((int) order.next());
        }

        assertThat(handedOn).isEqualTo(IntStream.range(0, seen.size()).boxed().toList());
        assertThat(order.held()).isZero();
        assertThat(order.duplicates()).isEqualTo(arrivals.size() - seen.size());
    }

    @Property
    void countsEachIndexOnceAndIsDoneWithTheLast(
            @ForAll("arrivals") List<Integer> arrivals, @ForAll boolean sizeKnownEarly) {
        int size = (int) arrivals.stream().distinct().count();
        var tally = new BatchTally(sizeKnownEarly ? size : null);
        var seen = new HashSet<Integer>();

        for (int index : arrivals) {
            assertThat(tally.done())
                    .isEqualTo(seen.size() == size && tally.progress().size() != null);
            // Only the last item says how many there are, as when a batch is streamed.
            tally.add(result(index, index == size - 1 ? size : null));
            seen.add(index);
        }

        var progress = tally.progress();
        assertThat(progress.done()).isTrue();
        assertThat(progress.size()).isEqualTo(size);
        assertThat(progress.succeeded()).isEqualTo((size + 1) / 2);
        assertThat(progress.failed()).isEqualTo(size / 2);
        assertThat(progress.attempts()).isEqualTo(3L * size);
        assertThat(progress.usage().totalTokens()).isEqualTo(7L * size);
        assertThat(tally.missing()).isEmpty();
    }

    @Property
    void namesExactlyTheIndexesThatAreMissing(@ForAll("arrivals") List<Integer> arrivals) {
        var seen = new HashSet<>(arrivals.subList(0, arrivals.size() / 2));
        int size = arrivals.size();
        var tally = new BatchTally(size);
        seen.forEach(index -> tally.add(result(index, null)));

        var missing = tally.missing().stream()
                .flatMapToInt(range -> IntStream.rangeClosed(range.first(), range.last()))
                .boxed()
                .toList();

        assertThat(missing)
                .isEqualTo(IntStream.range(0, size)
                        .filter(index -> !seen.contains(index))
                        .boxed()
                        .toList());
    }

    @Example
    void skipsGapsWhenNothingMoreIsWaitedFor() {
        var order = new OrderedResults<String>();
        var handedOn = new ArrayList<String>();
        order.accept(5, "five", handedOn::add);
        order.accept(2, "two", handedOn::add);

        order.skipGaps(handedOn::add);

        assertThat(handedOn).containsExactly("two", "five");
        assertThat(order.accept(3, "three", handedOn::add)).isFalse();
    }

    @Example
    void isNotDoneBeforeTheHighestIndexSeenWhenSizesDisagree() {
        var tally = new BatchTally(1);

        tally.add(result(3, 2));

        assertThat(tally.done()).isFalse();
        assertThat(tally.missing()).hasToString("[0-2]");
    }

    private static CallResult result(int index, Integer size) {
        return CallResult.builder(new ItemKey("batch", index), "responses")
                .batchSize(size)
                .success(index % 2 == 0)
                .usage(new Usage(3, Map.of(), 4, Map.of(), 7))
                .attempts(3)
                .submittedAt(Instant.EPOCH)
                .completedAt(Instant.EPOCH)
                .build();
    }
}

package io.github.genaistreams.client.read;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.genaistreams.client.FailedItems;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** An index may be any, however few results there are: memory and time follow the number of results. */
class AnyIndexTest {

    private static final int MAX_INDEX = Integer.MAX_VALUE;
    private static final long MEGABYTE = 1 << 20;

    /** Few and anywhere, often beside each other or at the ends. */
    @Provide
    Arbitrary<List<Integer>> indexes() {
        return Arbitraries.integers()
                .between(0, MAX_INDEX)
                .edgeCases(edges -> edges.add(0, 1, 63, 64, 65_535, 65_536, 2_000_000_000, MAX_INDEX - 1, MAX_INDEX))
                .list()
                .ofMinSize(1)
                .ofMaxSize(30)
                .uniqueElements();
    }

    @Property(tries = 200)
    void whatIsMissingIsNamedByRangesWhichTogetherWithWhatWasSeenAreEverything(
            @ForAll("indexes") List<Integer> indexes) {
        var tally = new BatchTally(MAX_INDEX);
        indexes.forEach(index -> assertThat(tally.add(result(index))).isTrue());
        indexes.forEach(index -> assertThat(tally.add(result(index))).isFalse());

        var seen = new TreeSet<>(indexes);
        long end = Math.max(MAX_INDEX, seen.last() + 1L);
        long next = 0;
        long missing = 0;
        for (IndexRange range : tally.missing()) {
            assertThat(seen.subSet(range.first(), true, range.last(), true)).isEmpty();
            assertThat(IntStream.range((int) next, range.first()).boxed()).isEqualTo(seenBetween(seen, next, range));
            next = range.last() + 1L;
            missing += range.size();
        }
        assertThat(missing + seen.size()).isEqualTo(end);
        assertThat(tally.progress().received()).isEqualTo(seen.size());
        assertThat(tally.done()).isFalse();
    }

    private static List<Integer> seenBetween(TreeSet<Integer> seen, long from, IndexRange before) {
        return List.copyOf(seen.subSet((int) from, before.first()));
    }

    @Property(tries = 200)
    void resultsComeInOrderWhateverTheirIndexes(@ForAll("indexes") List<Integer> indexes) {
        var order = new OrderedResults<Integer>();
        List<Integer> inOrder = new ArrayList<>();

        indexes.forEach(
                index -> assertThat(order.accept(index, index, inOrder::add)).isTrue());
        order.skipGaps(inOrder::add);

        assertThat(inOrder).isEqualTo(indexes.stream().sorted().toList());
        assertThat(order.held()).isZero();
        assertThat(order.next()).isEqualTo(inOrder.get(inOrder.size() - 1) + 1L);
        assertThat(order.accept(inOrder.get(0), 0, inOrder::add)).isFalse();
    }

    @Example
    void aBatchWithTheLargestIndexThereIsTakesNoMoreMemoryThanAnyOther() {
        long bytes = allocated(() -> {
            var tally = new BatchTally(null);
            var order = new OrderedResults<Integer>();
            for (int i = 0; i < 1_000; i++) {
                int index = MAX_INDEX - i * (MAX_INDEX / 1_000);
                tally.add(result(index));
                order.accept(index, index, due -> {});
            }
            assertThat(tally.missing()).hasSize(1_000);
            order.skipGaps(due -> {});
            var again = new FailedItems("batch");
            again.add(MAX_INDEX, 7);
            again.add(2_000_000_000, 8);
            assertThat(again.missing()).hasToString("[2000000000, 2147483647]");
        });

        assertThat(bytes).isLessThan(10 * MEGABYTE);
    }

    @Example
    void whatIsMissingOfTheLargestBatchIsCountedWithoutOverflow() {
        var tally = new BatchTally(null);

        tally.add(result(MAX_INDEX));

        assertThat(tally.missing()).hasToString("[0-2147483646]");
        assertThat(tally.missing().get(0).size()).isEqualTo(2_147_483_647L);
        assertThat(new IndexRange(0, MAX_INDEX).size()).isEqualTo(2_147_483_648L);
        tally.reportSize(3);
        assertThat(tally.progress().size()).isEqualTo(MAX_INDEX);
        assertThat(tally.done()).isFalse();
    }

    @Example
    void whatIsNoSizeDoesNotEndABatch() {
        var tally = new BatchTally(null);
        tally.reportSize(-5);
        tally.reportSize(0);

        tally.add(result(0));

        assertThat(tally.done()).isFalse();
        assertThat(tally.progress().size()).isNull();
    }

    private static long allocated(Runnable action) {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        action.run();
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    private static CallResult result(int index) {
        return CallResult.builder(new ItemKey("batch", index), "responses")
                .success(true)
                .submittedAt(Instant.EPOCH)
                .completedAt(Instant.EPOCH)
                .build();
    }
}

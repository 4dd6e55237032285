package io.github.genaistreams.provider.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MemoryBudgetTest {

    private final MemoryBudget budget = new MemoryBudget(100);
    private final List<String> told = new ArrayList<>();

    @Test
    void whatFitsIsTakenAtOnceAndComesBack() {
        MemoryBudget.Share first = budget.new Share();
        MemoryBudget.Share second = budget.new Share();

        assertThat(take(first, 60, "first")).isTrue();
        assertThat(take(second, 40, "second")).isTrue();
        first.giveBack();
        first.giveBack();

        assertThat(budget.held()).isEqualTo(40);
        assertThat(told).isEmpty();
    }

    @Test
    void theEarliestNeverWaitsSoThatNotAllWaitForEachOther() {
        MemoryBudget.Share first = budget.new Share();
        MemoryBudget.Share second = budget.new Share();
        take(first, 50, "first");
        take(second, 50, "second");

        assertThat(take(second, 10, "second")).isFalse();
        assertThat(take(first, 200, "first")).isTrue();
        assertThat(budget.held()).isEqualTo(300);
        assertThat(told).isEmpty();

        first.giveBack();
        assertThat(told).containsExactly("second");
        assertThat(budget.held()).isEqualTo(60);
        assertThat(take(second, 500, "second")).isTrue();
    }

    @Test
    void thoseWhoWaitGoOnInTheirOrderAsFarAsThereIsRoom() {
        MemoryBudget.Share first = budget.new Share();
        take(first, 100, "first");
        MemoryBudget.Share second = budget.new Share();
        MemoryBudget.Share third = budget.new Share();
        MemoryBudget.Share fourth = budget.new Share();
        take(second, 70, "second");
        take(third, 50, "third");
        take(fourth, 30, "fourth");

        first.giveBack();

        assertThat(told).containsExactly("second", "fourth");
        assertThat(budget.held()).isEqualTo(100);
    }

    @Test
    void whoGivesBackWhileItWaitsHoldsNothingAndGetsNothing() {
        MemoryBudget.Share first = budget.new Share();
        MemoryBudget.Share second = budget.new Share();
        take(first, 100, "first");
        take(second, 50, "second");

        second.giveBack();
        first.giveBack();

        assertThat(told).isEmpty();
        assertThat(budget.held()).isZero();
        assertThat(take(second, 50, "second")).isTrue();
        assertThat(budget.held()).isZero();
    }

    private boolean take(MemoryBudget.Share share, long bytes, String name) {
        return share.take(bytes, () -> told.add(name));
    }
}

package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.Demand;
import io.github.genaistreams.model.ResponsesRequest;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** What an item takes of the bounds of its lane and its credential. */
class WorkTest {

    private static Work work(int bytes, UnaryOperator<ResponsesRequest.Builder> change) {
        return Work.of(change.apply(CallCase.request(0).toBuilder()).build(), bytes, 0, false);
    }

    private static Work pages(int pages) {
        return new Work(1_000, new Demand("default", null, pages, 1_000, 0, true, false), 0, 0, 10, false);
    }

    @Test
    void countsTheTokensOfARequestAsItsSizeInATurnAndAtLeastOne() {
        assertThat(work(400, builder -> builder).size()).isEqualTo(100);
        assertThat(work(400, builder -> builder.maxOutputTokens(50)).size()).isEqualTo(150);
        assertThat(work(3, builder -> builder).size()).isEqualTo(1);
    }

    @Test
    void countsThePagesOfADocumentInPlaceOfItsTokens() {
        assertThat(pages(7).size()).isEqualTo(7);
        assertThat(pages(0).size()).isEqualTo(250);
    }

    @Test
    void isKnownIfItsRequestWasReadEvenIfThatCanNoLongerBeRead() {
        assertThat(Work.NONE.isKnown()).isFalse();
        assertThat(Work.URGENT.isKnown()).isFalse();
        assertThat(Work.unreadable(0).isKnown()).isTrue();
        assertThat(work(0, builder -> builder).isKnown()).isTrue();
    }

    /** Its submitter pays for each call. */
    @Test
    void isRepeatableOnlyIfItsRequestAllowsRetries() {
        assertThat(work(1, builder -> builder).demand().isRepeatable()).isTrue();
        assertThat(work(1, builder -> builder.maxRetries(0)).demand().isRepeatable())
                .isFalse();
    }

    @Test
    void hasNoBoundOfItsOwnAndTheDefaultPriorityIfItsRequestSaysNothing() {
        Work work = work(1, builder -> builder);
        assertThat(work.batchBound()).isZero();
        assertThat(work.priority()).isEqualTo(10);
        assertThat(work.credential()).isEqualTo("default");
    }
}

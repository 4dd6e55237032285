package io.github.genaistreams.flow;

import static io.github.genaistreams.flow.Sign.ANSWERED;
import static io.github.genaistreams.flow.Sign.UNREACHED;
import static io.github.genaistreams.flow.Verdict.AS_IT_ENDED;
import static io.github.genaistreams.flow.Verdict.SPARED;
import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A hold on a clock of its own, and what was told of it. */
final class HoldCase {

    static final HoldSettings SETTINGS = new HoldSettings(Duration.ofHours(1), true, true);

    final List<String> told = new ArrayList<>();
    Object key = "first";
    long now = 1_000_000;
    private int items;
    Hold hold = hold(SETTINGS);

    Hold hold(HoldSettings settings) {
        return new Hold(settings, () -> key, new HoldListener() {
            @Override
            public void held(HoldStatus hold) {
                told.add("held " + hold.reason().label() + " " + hold.words());
            }

            @Override
            public void opened(HoldStatus hold, long at) {
                told.add("opened after " + (at - hold.since()));
            }

            @Override
            public void gaveUp(HoldStatus hold) {
                told.add("gave up");
            }
        });
    }

    /** A call that ends at once. */
    Verdict call(Sign sign) {
        assertThat(hold.mayStart(true, now)).isTrue();
        return end(sign, hold.started(now), now);
    }

    /** Each call is of another item. */
    Verdict end(Sign sign, int startedIn, long at) {
        return hold.ended(new CallReport(sign, items++, "words"), startedIn, at);
    }

    void open() {
        call(ANSWERED);
    }

    /** Calls start for so long; each ends at once with this sign. */
    int callsIn(long millis, Sign sign) {
        int calls = 0;
        for (long end = now + millis; now < end; now++) {
            if (hold.mayStart(true, now)) {
                end(sign, hold.started(now), now);
                calls++;
            }
        }
        return calls;
    }

    /** An outage with {@link OutageSigns#MIN_FAILURES} failures at once. */
    void fail() {
        for (int i = 1; i < OutageSigns.MIN_FAILURES; i++) {
            assertThat(call(UNREACHED)).isEqualTo(AS_IT_ENDED);
        }
        assertThat(call(UNREACHED)).isEqualTo(SPARED);
    }

    /** Up to 1,000. */
    int startsAt(long at) {
        int starts = 0;
        for (; starts < 1_000 && hold.mayStart(true, at); starts++) {
            hold.started(at);
        }
        return starts;
    }
}

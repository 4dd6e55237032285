package io.github.genaistreams.flow;

import static io.github.genaistreams.flow.Sign.ANSWERED;
import static io.github.genaistreams.flow.Sign.KEY_REFUSED;
import static io.github.genaistreams.flow.Sign.QUOTA_EXHAUSTED;
import static io.github.genaistreams.flow.Verdict.AGAIN;
import static io.github.genaistreams.flow.Verdict.AS_IT_ENDED;
import static io.github.genaistreams.flow.Verdict.SPARED;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A key that is refused or has no money left. */
class RefusedKeyHoldTest {

    private final HoldCase test = new HoldCase();

    @Test
    void holdsForARefusedKeyAndDoesNotCallMoreThanThatAgain() {
        for (int i = 0; i < HoldPhase.FIRST_CALLS; i++) {
            test.hold.started(test.now);
        }
        for (int i = 0; i < HoldPhase.FIRST_CALLS; i++) {
            assertThat(test.end(KEY_REFUSED, 0, test.now)).isEqualTo(SPARED);
        }
        assertThat(test.callsIn(59_999, KEY_REFUSED)).isZero();
        assertThat(test.callsIn(1_000, KEY_REFUSED)).isEqualTo(1);
        assertThat(test.told).containsExactly("held key_refused words");
    }

    @Test
    void callsAtOnceWithAnotherKey() {
        int old = test.hold.started(test.now);
        test.call(KEY_REFUSED);
        assertThat(test.hold.mayStart(true, test.now + 1)).isFalse();

        test.key = "second";

        assertThat(test.hold.mayStart(true, test.now + 1)).isTrue();
        assertThat(test.end(KEY_REFUSED, old, test.now + 2))
                .as("a call with the old key says nothing about the new one")
                .isEqualTo(SPARED);
        assertThat(test.hold.status(test.now)).isEmpty();
    }

    @Test
    void doesNotTakeOneRefusalForTheKeysOwnIfTheKeyWorks() {
        test.open();
        assertThat(test.call(KEY_REFUSED)).isEqualTo(AGAIN);
        assertThat(test.call(KEY_REFUSED)).isEqualTo(AGAIN);
        test.open();
        assertThat(test.call(KEY_REFUSED)).isEqualTo(AGAIN);
        assertThat(test.call(KEY_REFUSED)).isEqualTo(AGAIN);
        assertThat(test.call(KEY_REFUSED)).isEqualTo(SPARED);
        assertThat(test.hold.status(test.now)).isPresent();
    }

    @Test
    void holdsForAnExhaustedQuotaUntilAProbeSucceedsOrAPersonResumes() {
        assertThat(test.call(QUOTA_EXHAUSTED)).isEqualTo(SPARED);
        assertThat(test.hold.mayStart(true, test.now + 59_999)).isFalse();
        test.now += 60_000;
        assertThat(test.call(QUOTA_EXHAUSTED)).isEqualTo(SPARED);
        assertThat(test.hold.mayStart(true, test.now + 119_999)).isFalse();
        test.now += 120_000;
        assertThat(test.call(ANSWERED)).isEqualTo(AS_IT_ENDED);
        assertThat(test.hold.status(test.now)).isEmpty();

        test.now += 10_000;
        assertThat(test.call(QUOTA_EXHAUSTED)).isEqualTo(AGAIN);
        assertThat(test.call(QUOTA_EXHAUSTED)).isEqualTo(AGAIN);
        assertThat(test.call(QUOTA_EXHAUSTED)).isEqualTo(SPARED);
        test.hold.resume(test.now);
        assertThat(test.hold.mayStart(true, test.now)).isTrue();
        assertThat(test.hold.status(test.now)).isEmpty();
    }

    @Test
    void doesNotHoldANewKeyForRefusalsOfTheOldOne() {
        test.open();
        int first = test.hold.started(test.now);
        int second = test.hold.started(test.now);
        int third = test.hold.started(test.now);
        test.key = "second";
        for (int old : new int[] {first, second, third}) {
            assertThat(test.end(KEY_REFUSED, old, test.now)).isEqualTo(SPARED);
        }
        assertThat(test.hold.status(test.now)).isEmpty();
        assertThat(test.hold.mayStart(true, test.now)).isTrue();
    }

    @Test
    void doesNotTakeRefusalsOfOneItemForTheKeysOwn() {
        test.open();
        for (int i = 0; i < 10; i++) {
            var same = new CallReport(KEY_REFUSED, "item", "words");
            assertThat(test.hold.ended(same, test.hold.started(test.now), test.now))
                    .isEqualTo(AGAIN);
        }
        assertThat(test.told).isEmpty();
    }
}

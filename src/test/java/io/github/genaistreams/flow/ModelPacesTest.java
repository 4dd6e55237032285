package io.github.genaistreams.flow;

import static io.github.genaistreams.flow.PacesCase.TOOK;
import static io.github.genaistreams.flow.PacesCase.demand;
import static io.github.genaistreams.flow.PacesCase.paces;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.ApiLimits.Figure;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Models are learnt, kept while they are used, and forgotten. */
class ModelPacesTest {

    private final PacesCase test = new PacesCase();

    /** A proxy in front of a server without limits names its own when it refuses a call. */
    @Test
    void forgetsALimitThatTheApiNoLongerNames() {
        CallPaces paces = paces(LimitSettings.NONE);
        test.refuse(paces, new ApiLimits(new Figure(1, 0, Duration.ZERO), new Figure(1, 0, Duration.ZERO)));
        test.start(paces, demand("m", 0));
        assertThat(paces.refusal("m", test.now)).isEqualTo(Bound.REQUESTS_PER_MINUTE);

        for (int i = 0; i < 10; i++) {
            assertThat(paces.refusal("m", test.now)).isNotNull();
            test.end(
                    paces,
                    demand("m", 0),
                    0,
                    null,
                    i == 0 ? new ApiLimits(new Figure(1, 1, TOOK), null) : ApiLimits.NONE);
        }
        assertThat(paces.refusal("m", test.now)).as("nine").isEqualTo(Bound.REQUESTS_PER_MINUTE);
        test.end(paces, demand("m", 0), 0, null, ApiLimits.NONE);

        assertThat(paces.refusal("m", test.now)).isNull();
    }

    @Test
    void forgetsModelsThatNobodyUses() {
        CallPaces paces = paces(LimitSettings.NONE);
        test.exhaust(paces, "first");

        test.answer(paces, 199, false);
        assertThat(paces.refusal("first", test.now)).isEqualTo(Bound.REQUESTS_PER_MINUTE);
        test.answer(paces, 200, false);

        assertThat(paces.refusal("first", test.now)).isNull();
    }

    @Test
    void keepsAModelWithCallsInFlight() {
        CallPaces paces = paces(LimitSettings.NONE);
        paces.join("first");
        test.exhaust(paces, "first");

        test.answer(paces, 300, false);

        assertThat(paces.refusal("first", test.now)).isEqualTo(Bound.REQUESTS_PER_MINUTE);
    }

    @Test
    void keepsAModelThatWorksOverNamesThatTheApiDoesNotKnow() {
        CallPaces paces = paces(LimitSettings.NONE);
        test.exhaust(paces, "first");

        test.answer(paces, 1_000, true);
        for (int i = 0; i < 1_000; i++) {
            paces.refusal("asked for " + i, test.now);
        }

        assertThat(paces.refusal("first", test.now)).isEqualTo(Bound.REQUESTS_PER_MINUTE);
    }
}

package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.ApiLimits.Figure;
import io.github.genaistreams.model.Usage;
import java.time.Duration;
import java.util.Map;
import java.util.Random;

/** Calls of an API whose limits are learnt, on a clock of their own. */
final class PacesCase {

    static final Duration TOOK = Duration.ofMillis(100);

    long now = 1_000_000;

    /** Starts calls of these models in turns for so many minutes, each of which has this limit, and much of it left. */
    int startsIn(CallPaces paces, int minutes, long limit, String... models) {
        int starts = 0;
        var limits = new ApiLimits(new Figure(limit, limit, Duration.ZERO), null);
        for (long end = now + minutes * 60_000L; now < end; now += 5) {
            String model = models[starts % models.length];
            if (paces.refusal(model, now) == null) {
                long reserved = paces.start(demand(model, 0), now);
                boolean isMistyped = model.equals("mistyped");
                ApiLimits told = isMistyped ? ApiLimits.NONE : limits;
                var report = new CallReport(Sign.ANSWERED, "item", null, Duration.ZERO, null, isMistyped, told);
                paces.ended(demand(model, 0), reserved, report, false, now);
                starts++;
            }
        }
        return starts;
    }

    int startsAtOnce(CallPaces paces) {
        int starts = 0;
        for (; starts < 1_000 && paces.refusal("m", now) == null; starts++) {
            paces.start(demand("m", 0), now);
        }
        return starts;
    }

    void accept(CallPaces paces, ApiLimits limits, long reserved) {
        var accepted = new CallReport(Sign.ACCEPTED, "item", null, TOOK, null, false, limits);
        paces.ended(demand("m", 0), reserved, accepted, false, now);
    }

    /** Uses up what the API says that this model has. */
    void exhaust(CallPaces paces, String model) {
        long reserved = start(paces, demand(model, 0));
        end(paces, demand(model, 0), reserved, null, new ApiLimits(new Figure(1, 0, Duration.ofMinutes(1)), null));
        paces.leave(model);
        start(paces, demand(model, 0));
        paces.leave(model);
    }

    void answer(CallPaces paces, int models, boolean isUnknown) {
        for (int i = 0; i < models; i++) {
            Demand demand = demand("model " + i, 0);
            long reserved = start(paces, demand);
            String words = isUnknown ? "404" : null;
            var report = new CallReport(Sign.ANSWERED, "item", words, TOOK, null, isUnknown, ApiLimits.NONE);
            paces.ended(demand, reserved, report, false, now);
            paces.leave(demand.model());
        }
    }

    int startsInAMinute(CallPaces paces) {
        int starts = 0;
        // Until what has gone before does not count any more.
        now += 1_000;
        for (long end = now + 60_000; now < end; now += 5) {
            while (paces.refusal("m", now) == null) {
                long reserved = paces.start(demand("m", 0), now);
                end(paces, demand("m", 0), reserved, usage(1, 1), ApiLimits.NONE);
                starts++;
            }
        }
        return starts;
    }

    long start(CallPaces paces, Demand demand) {
        assertThat(paces.refusal(demand.model(), now)).isNull();
        return paces.start(demand, now);
    }

    void end(CallPaces paces, Demand demand, long reserved, Usage usage, ApiLimits limits) {
        paces.ended(
                demand, reserved, new CallReport(Sign.ANSWERED, "item", null, TOOK, usage, false, limits), false, now);
    }

    void refuse(CallPaces paces, ApiLimits limits) {
        paces.ended(
                demand("m", 0), 0, new CallReport(Sign.LIMITED, "item", "words", TOOK, null, true, limits), false, now);
    }

    static CallPaces paces(LimitSettings settings) {
        return new CallPaces(settings, () -> 1, new Random(1));
    }

    static Demand demand(String model, long maxOutputTokens) {
        return new Demand("default", model, 0, 400, maxOutputTokens, true, false);
    }

    static Usage usage(long input, long output) {
        return new Usage(input, Map.of(), output, Map.of(), input + output);
    }
}

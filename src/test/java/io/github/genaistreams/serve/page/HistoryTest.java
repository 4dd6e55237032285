package io.github.genaistreams.serve.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** Results over time. */
class HistoryTest {

    private final History history = new History();

    @Test
    void hasNothingAtFirst() {
        assertThat(history.json().toString()).isEqualTo("{\"width\":1,\"done\":[],\"failed\":[],\"cost\":[]}");
    }

    @Test
    void countsEachSecondAndShowsThoseWithoutResults() {
        history.add(Instant.ofEpochSecond(102), false, 0.5);
        history.add(Instant.ofEpochSecond(100), true, 1);
        history.add(Instant.ofEpochMilli(100_999), true, 2);

        assertThat(history.json().toString())
                .isEqualTo("{\"width\":1,\"done\":[2,0,0],\"failed\":[0,0,1],\"cost\":[3.0,0.0,0.5],\"start\":100}");
    }

    /** Also if a worker's clock is in another century. */
    @Test
    void losesNothingHoweverLongABatchTakes() {
        for (int i = 0; i < 10_000; i++) {
            history.add(Instant.ofEpochSecond(1_800_000_000L + i * 61L), i % 10 != 0, 0.01);
        }
        history.add(Instant.ofEpochSecond(-5_000_000_000L), true, 0);

        JsonNode json = history.json();
        assertThat(json.get("done")).hasSizeLessThanOrEqualTo(History.MAX_STRETCHES);
        assertThat(sum(json.get("done"))).isEqualTo(9_001);
        assertThat(sum(json.get("failed"))).isEqualTo(1_000);
        assertThat(sum(json.get("cost"))).isCloseTo(100, within(1e-6));
        assertThat(json.get("start").asLong()).isLessThanOrEqualTo(-5_000_000_000L);
    }

    private static double sum(JsonNode numbers) {
        double sum = 0;
        for (JsonNode number : numbers) {
            sum += number.asDouble();
        }
        return sum;
    }
}

package io.github.genaistreams.topology.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import org.junit.jupiter.api.Test;

class FailureCodesTest {

    private final FailureCodes codes = new FailureCodes();

    @Test
    void tellsOfTheCodesThatItemsHaveNow() {
        byte busy = codes.add("busy");
        codes.add("quota");
        assertThat(codes.add("busy")).isEqualTo(busy);
        assertThat(codes.byCode()).containsOnly(entry("busy", 2L), entry("quota", 1L));

        codes.remove(busy);
        codes.remove(busy);

        assertThat(codes.has("busy")).isFalse();
        assertThat(codes.byCode()).containsOnly(entry("quota", 1L));
    }

    @Test
    void takesNothingBackWithoutAFailure() {
        codes.add("quota");

        codes.remove(IndexChunk.NONE);
        codes.remove(IndexChunk.SUCCEEDED);
        codes.remove((byte) -1);

        assertThat(codes.byCode()).containsOnly(entry("quota", 1L));
    }

    @Test
    void countsTheRestAsOthersOfMoreCodesThanItNames() {
        for (int i = 0; i < 200; i++) {
            codes.add("code " + i);
        }
        byte other = codes.add("one more");
        assertThat(codes.add("and another")).isEqualTo(other);
        assertThat(codes.add("code 7")).isNotEqualTo(other);

        codes.remove(other);

        assertThat(codes.codes()).hasSize(201);
        assertThat(codes.byCode()).contains(entry(FailureCodes.OTHER, 1L), entry("code 7", 2L));
    }

    @Test
    void takesTheBeginningOfALongCode() {
        codes.add("x".repeat(70_000));
        codes.add("x".repeat(300));

        assertThat(codes.byCode()).containsOnly(entry("x".repeat(200), 2L));
    }
}

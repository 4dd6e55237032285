package io.github.genaistreams.provider.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ItemKey;
import java.util.HashSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ClientRequestIdTest {

    @Property
    void isReadBackAndFitForAHeader(
            @ForAll @StringLength(min = 1, max = 600) String batch,
            @ForAll @IntRange(min = 0) int index,
            @ForAll @IntRange(min = 1, max = 101) int attempt) {
        var id = ClientRequestId.of(new ItemKey(batch, index), attempt);

        assertThat(id.format()).hasSizeLessThanOrEqualTo(512).matches("[!-~]+");
        var read = ClientRequestId.parse(id.format()).orElseThrow();
        assertThat(read.index()).isEqualTo(index);
        assertThat(read.attempt()).isEqualTo(attempt);
        assertThat(read.format()).isEqualTo(id.format());
    }

    @Test
    void readsLikeAPath() {
        assertThat(new ClientRequestId("April/2026 – ü", 7, 2, "ab12").format())
                .isEqualTo("April%2F2026%20%E2%80%93%20%C3%BC/7/2/ab12");
        assertThat(ClientRequestId.parse("April%2F2026%20%E2%80%93%20%C3%BC/7/2/ab12"))
                .contains(new ClientRequestId("April/2026 – ü", 7, 2, "ab12"));
    }

    @Test
    void isUniquePerRequest() {
        var seen = new HashSet<String>();
        for (int i = 0; i < 10_000; i++) {
            seen.add(ClientRequestId.of(new ItemKey("b", 0), 1).format());
        }
        assertThat(seen).hasSize(10_000);
    }

    @Test
    void namesALongBatchByItsDigest() {
        String batch = "é".repeat(200);
        var id = ClientRequestId.of(new ItemKey(batch, 1), 1);

        assertThat(id.batch()).matches("sha256:[0-9a-f]{64}").isEqualTo(ClientRequestId.labelOf(batch));
        assertThat(ClientRequestId.parse(id.format())).contains(id);
    }

    @Test
    void aBatchIdThatLooksLikeADigestIsNotTakenAsADigest() {
        String trap = ClientRequestId.labelOf("é".repeat(200));

        assertThat(ClientRequestId.of(new ItemKey(trap, 1), 1).batch()).isNotEqualTo(trap);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "a",
                "a/b/c/d",
                "a/1/1",
                "a/1/1/x y",
                "%/1/1/ab",
                "%4/1/1/ab",
                "%zz/1/1/ab",
                "a/99999999999/1/ab",
                "é/1/1/ab",
                "/1/1/ab"
            })
    void refusesWhatIsNotOurs(String header) {
        assertThat(ClientRequestId.parse(header)).isEmpty();
    }
}

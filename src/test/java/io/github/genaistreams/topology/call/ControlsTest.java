package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.wire.WireHeaders;
import java.math.BigDecimal;
import java.time.Duration;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ControlsTest {

    private static final long NOW = 1_790_000_000_000L;
    private static final BatchControl CANCEL = BatchControl.of("b").withCancel();

    private final ControlTopic topic = new ControlTopic(NOW);
    private final Controls controls = topic.controls();

    @Test
    void knowsNothingOfABatchOfWhichNothingWasSaid() {
        topic.say(CANCEL, NOW);

        assertThat(controls.of("other")).isEmpty();
        assertThat(controls.stop("other")).isEmpty();
        assertThat(controls.stopped("other", 0)).isNull();
    }

    @Test
    void combinesAllThatWasSaidOfABatch() {
        topic.say(BatchControl.of("b").withBatchSize(7), NOW - 3);
        topic.say(CANCEL, NOW - 2);
        topic.say(BatchControl.of("b").withBudget(BigDecimal.ONE, 5L), NOW - 1);

        assertThat(controls.of("b"))
                .contains(BatchControl.of("b")
                        .withBatchSize(7)
                        .withCancel()
                        .and(BatchControl.of("b").withBudget(BigDecimal.ONE, 5L)));
        assertThat(controls.stop("b")).contains(new Controls.Stop("cancelled", NOW - 2));
    }

    @Test
    void stopsWhatWasSubmittedAgainUpToTheLatestStop() {
        topic.say(CANCEL, NOW);
        assertThat(controls.stopped("b", 0)).isEqualTo("cancelled");
        assertThat(controls.stopped("b", NOW)).isEqualTo("cancelled");
        assertThat(controls.stopped("b", NOW + 1)).isNull();

        topic.say(CANCEL, NOW + 10);
        assertThat(controls.stopped("b", NOW + 10)).isEqualTo("cancelled");
        topic.say(CANCEL, NOW + 5);
        assertThat(controls.stopped("b", NOW + 10))
                .as("a stop of an earlier time")
                .isEqualTo("cancelled");
        assertThat(controls.stopped("b", NOW + 11)).isNull();
    }

    @Test
    void tellsACancelledBatchFromOneOverItsBudget() {
        topic.say(BatchControl.of("b").withBudgetExceeded(), NOW);
        assertThat(controls.stop("b")).hasValueSatisfying(stop -> {
            assertThat(stop.code()).isEqualTo("budget_exceeded");
            assertThat(stop.isCancelled()).isFalse();
        });

        topic.say(CANCEL, NOW);
        assertThat(controls.stop("b").orElseThrow().isCancelled()).isTrue();
    }

    @Test
    void forgetsABatchThatIsDeletedFromTheTopic() {
        topic.say(CANCEL, NOW);
        topic.say("b", null, NOW);

        assertThat(controls.of("b")).isEmpty();
        assertThat(controls.stopped("b", 0)).isNull();
    }

    /** An item that is submitted again after that time would otherwise be stopped as well. */
    @Test
    void takesAStopOfTheFarFutureForOneOfNow() {
        topic.say(CANCEL, NOW + Duration.ofDays(400).toMillis());

        assertThat(controls.stop("b")).contains(new Controls.Stop("cancelled", NOW));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "garbage",
                "{\"batch_id\":\"b\",\"cancel\":\"yes\"}",
                "{\"batch_id\":\"other\",\"cancel\":true}",
                "{\"cancel\":true}",
                "{\"batch_id\":\"b\",\"cancel\":true,\"batch_size\":0}",
                "{\"batch_id\":\"b\",\"cancel\":true,\"max_cost_usd\":-1}"
            })
    void ignoresARecordThatIsNoControlOfItsKey(String value) {
        topic.say(BatchControl.of("b").withBatchSize(7), NOW);

        topic.say("b", value.getBytes(UTF_8), NOW);

        assertThat(controls.of("b")).contains(BatchControl.of("b").withBatchSize(7));
        assertThat(controls.of("other")).isEmpty();
    }

    @Test
    void ignoresARecordOfABatchThatCannotBeNamedLikeThat() {
        for (String batchId : new String[] {" ", "x".repeat(10_000)}) {
            topic.say(BatchControl.of(batchId).withCancel(), NOW);

            assertThat(controls.stopped(batchId, 0)).isNull();
        }
    }

    @Test
    void tellsWhoseHoldAPersonEnds() {
        var resume = new RecordHeaders().add(WireHeaders.RESUME, "eu".getBytes(UTF_8));
        topic.say(null, null, NOW, resume);
        topic.say(null, "{}".getBytes(UTF_8), NOW, new RecordHeaders());
        topic.say(null, null, NOW, new RecordHeaders().add(WireHeaders.RESUME, null));
        assertThat(topic.resumed).containsExactly("eu");

        // Of a batch, since it has its key.
        topic.say("b", "{\"batch_id\":\"b\",\"cancel\":true}".getBytes(UTF_8), NOW, resume);
        assertThat(topic.resumed).hasSize(1);
        assertThat(controls.stopped("b", 0)).isEqualTo("cancelled");
    }

    @Test
    void goesOnAfterARecordOverWhichTheWorkerFailsAndEndsOnlyForKafka() {
        var broken = new ControlTopic(NOW, alias -> {
            throw alias.equals("kafka") ? new KafkaException("no store") : new IllegalStateException("a mistake");
        });

        broken.say(null, null, NOW, new RecordHeaders().add(WireHeaders.RESUME, "any".getBytes(UTF_8)));
        broken.say(CANCEL, NOW);
        assertThat(broken.controls().stopped("b", 0)).isEqualTo("cancelled");
        assertThatThrownBy(() -> broken.say(
                        null, null, NOW, new RecordHeaders().add(WireHeaders.RESUME, "kafka".getBytes(UTF_8))))
                .hasMessage("no store");
    }
}

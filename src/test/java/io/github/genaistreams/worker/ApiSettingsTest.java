package io.github.genaistreams.worker;

import static io.github.genaistreams.worker.Configured.config;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.WireFormat;
import java.time.Instant;
import java.util.Map;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the settings of one API come to. */
class ApiSettingsTest {

    @Test
    void givesALaneItsDefaultsAndATenthOfTheSlotsToUrgentRequests() {
        GenAiConfig config = config(Map.of());

        assertThat(config.responses().lane().slots()).isEqualTo(10);
        assertThat(config.responses().lane().capacity()).isEqualTo(1_000);
        assertThat(config.responses().lane().urgentSlots()).isEqualTo(1);
        assertThat(config(Map.of("documents.lane.slots", "50"))
                        .documents()
                        .lane()
                        .urgentSlots())
                .isEqualTo(5);
        assertThat(config(Map.of("documents.lane.urgent.slots", "0"))
                        .documents()
                        .lane()
                        .urgentSlots())
                .isZero();
    }

    @ParameterizedTest
    @CsvSource({"responses.lane", "documents.lane"})
    void refusesALaneThatCouldNotFillItsSlots(String lane) {
        assertThatThrownBy(() -> config(Map.of(lane + ".slots", "50", lane + ".capacity", "49")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(lane + ".capacity: must be at least " + lane + ".slots (50)");
    }

    @Test
    void keepsAnswersOfUpToAThirdOfARecordInItAndAQuarterIfTheyAreTexts() {
        assertThat(config(Map.of("record.max.bytes", "12000000")).responses().largestAnswerInRecord())
                .isEqualTo(4_000_000);
        assertThat(config(Map.of("record.max.bytes", "12000000", "result.shape", "flat"))
                        .responses()
                        .largestAnswerInRecord())
                .isEqualTo(3_000_000);
        assertThat(config(Map.of("record.max.bytes", "12000000", "result.max.bytes", "10000000"))
                        .documents()
                        .largestAnswerInRecord())
                .isEqualTo(10_000_000);
    }

    @ParameterizedTest
    @CsvSource({"nested, 2097152", "flat, 2097152", "nested, 12582912", "flat, 12582912"})
    void leavesRoomInARecordForTheLargestAnswerHoweverItIsEscaped(String shape, int recordMaxBytes) {
        GenAiConfig config = config(Map.of(
                "result.shape", shape,
                "record.max.bytes", Integer.toString(recordMaxBytes),
                "result.max.bytes", Integer.toString(recordMaxBytes - (1 << 20))));
        // A text of quotes: each is two bytes in JSON, and four as a text within JSON.
        String quotes = "\"".repeat((config.responses().largestAnswerInRecord() - 20) / 2);
        CallResult answered = CallResult.builder(new ItemKey("b", 0), "responses")
                .success(true)
                .rawResponse(JsonNodeFactory.instance.objectNode().put("text", quotes))
                .outputText(quotes)
                .submittedAt(Instant.EPOCH)
                .completedAt(Instant.EPOCH)
                .build();

        int bytes = config.resultShape().codec().encode(answered, WireFormat.JSON).length;

        assertThat(bytes).isLessThan(recordMaxBytes - 2_000);
        CallResult converted = answered.toBuilder()
                .rawResponse(null)
                .outputText(null)
                .jsonResponse(JsonNodeFactory.instance
                        .objectNode()
                        .put("html", "\"".repeat((config.documents().largestAnswerInRecord() - 20) / 2)))
                .build();
        assertThat(config.resultShape().codec().encode(converted, WireFormat.JSON).length)
                .isLessThan(recordMaxBytes - 2_000);
    }
}

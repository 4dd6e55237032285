package io.github.genaistreams.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.model.UserPrompt;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CodecTest {

    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00.123Z");

    @Property(tries = 300)
    @Domain(WireArbitraries.class)
    void jsonAndAvroCarryTheSameRequest(@ForAll ResponsesRequest request) {
        bothFormsGiveBack(Codecs.RESPONSES_REQUEST, request);
    }

    @Property(tries = 300)
    @Domain(WireArbitraries.class)
    void jsonAndAvroCarryTheSameResult(@ForAll CallResult result) {
        bothFormsGiveBack(Codecs.CALL_RESULT, result);
    }

    @Property(tries = 300)
    @Domain(WireArbitraries.class)
    void jsonAndAvroCarryTheSameRetry(@ForAll RetryRecord<ResponsesRequest> retry) {
        bothFormsGiveBack(Codecs.RESPONSES_RETRY, retry);
    }

    @Test
    void jsonIsWhatTheContractShows() {
        assertThat(text(Codecs.CALL_RESULT.encode(result(tree("{\"id\":\"r\",\"n\":1.10}")), WireFormat.JSON)))
                .isEqualTo("{\"batch_id\":\"b\",\"index\":3,\"api\":\"responses\",\"success\":false,"
                        + "\"finish\":\"incomplete:content_filter\",\"raw_response\":{\"id\":\"r\",\"n\":1.10},\"usage\":{\"input_tokens\":1,"
                        + "\"input_tokens_details\":{\"cached_tokens\":1},\"output_tokens\":2,"
                        + "\"output_tokens_details\":{},\"total_tokens\":3},\"cost\":0.00001230,\"error\":{\"message\":\"m\","
                        + "\"type\":\"timeout\",\"is_retriable\":true},\"attempts\":1,"
                        + "\"processing_time_secs\":0.5,\"submitted_at\":\"2026-01-31T12:00:00.123Z\","
                        + "\"completed_at\":\"2026-01-31T12:00:00.123Z\"}");
    }

    @ParameterizedTest
    @EnumSource
    void numbersOfTheAnswerKeepEveryDigit(WireFormat format) {
        String numbers = "{\"a\":0.1000,\"b\":123456789012345678901234567890.123456789012345678901234567890,"
                + "\"c\":123456789012345678901234567890,\"d\":1E+400,\"e\":-0.0,\"f\":3}";

        CallResult back = Codecs.CALL_RESULT.decode(Codecs.CALL_RESULT.encode(result(tree(numbers)), format));

        assertThat(back.rawResponse()).isEqualTo(tree(numbers));
        assertThat(back.rawResponse().get("a").decimalValue().toString()).isEqualTo("0.1000");
        assertThat(back.rawResponse().get("d").decimalValue().toString()).isEqualTo("1E+400");
    }

    @ParameterizedTest
    @EnumSource
    void instantsCarryMilliseconds(WireFormat format) {
        var retry = new RetryRecord<>(request("p"), 2, NOON.plusNanos(999_999), null);

        assertThat(back(Codecs.RESPONSES_RETRY, retry, format).notBefore()).isEqualTo(NOON);
    }

    @ParameterizedTest
    @EnumSource
    void jsonNullInAFreeFormFieldIsNull(WireFormat format) {
        assertThat(back(Codecs.CALL_RESULT, result(NullNode.instance), format).rawResponse())
                .isNull();
    }

    @Test
    void anExplicitNullIsTheSameAsAnAbsentField() {
        ResponsesRequest request = Codecs.RESPONSES_REQUEST.decode(bytes("{\"batch_id\":\"b\",\"index\":0,"
                + "\"batch_size\":null,\"model\":\"m\",\"user_prompt\":\"p\",\"response_format\":null,"
                + "\"temperature\":null}"));

        assertThat(request).isEqualTo(request("p"));
    }

    @Test
    void halfASurrogatePairIsWrittenAsAnEscapeSinceTheResultMustNotBeLost() {
        String half = "cut \ud83d";
        JsonNode raw = JsonNodeFactory.instance.objectNode().put("text", half);

        assertThat(back(Codecs.CALL_RESULT, result(raw), WireFormat.JSON).rawResponse())
                .isEqualTo(raw);
        assertThat(back(Codecs.CALL_RESULT, result(raw), WireFormat.AVRO).rawResponse())
                .isEqualTo(raw);
        assertThat(back(Codecs.RESPONSES_REQUEST, request(half), WireFormat.JSON))
                .isEqualTo(request(half));
        assertThat(back(Codecs.RESPONSES_REQUEST, request(half), WireFormat.AVRO)
                        .userPrompt())
                .isEqualTo(UserPrompt.text("cut ?"));
    }

    @ParameterizedTest
    @EnumSource
    void aPromptOfManyMegabytesPasses(WireFormat format) {
        ResponsesRequest large = request("ä\"x".repeat(8_000_000));

        assertThat(back(Codecs.RESPONSES_REQUEST, large, format)).isEqualTo(large);
    }

    @ParameterizedTest
    @EnumSource
    void aNumberThatIsNotFiniteIsRefusedOnWriting(WireFormat format) {
        JsonNode raw = JsonNodeFactory.instance.objectNode().set("a", DoubleNode.valueOf(Double.NaN));

        assertThatThrownBy(() -> Codecs.CALL_RESULT.encode(result(raw), format))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("not finite");
        ResponsesRequest hot =
                request("p").toBuilder().temperature(Double.POSITIVE_INFINITY).buildUnchecked();
        assertThatThrownBy(() -> Codecs.RESPONSES_REQUEST.encode(hot, format))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("not finite");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "0.10", "1E-9", "12345678901234567890.1234567890123456789", "1E+3"})
    void aCostKeepsEveryDigit(String usd) {
        CallResult priced = result(null).toBuilder().cost(new BigDecimal(usd)).build();

        assertThat(back(Codecs.CALL_RESULT, priced, WireFormat.JSON)).isEqualTo(priced);
        assertThat(back(Codecs.CALL_RESULT, priced, WireFormat.AVRO)).isEqualTo(priced);
        assertThat(priced.cost()).isEqualByComparingTo(usd);
    }

    @Test
    void aNullThatAvroDoesNotAllowIsNamed() {
        assertThatThrownBy(() -> Codecs.RESPONSES_REQUEST.encode(
                        request("p").toBuilder().model(null).buildUnchecked(), WireFormat.AVRO))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("`model` is missing");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"attempts\":1.5",
                "\"attempts\":\"1\"",
                "\"success\":\"true\"",
                "\"success\":1",
                "\"submitted_at\":\"yesterday\"",
                "\"submitted_at\":1700000000000",
                "\"submitted_at\":\"1700000000000\"",
                "\"processing_time_secs\":\"1\"",
                "\"processing_time_secs\":null",
                "\"processing_time_secs\":1e999",
                "\"usage\":7",
                "\"cost\":\"0.1\"",
                "\"cost\":true",
                "\"model\":5",
                "\"attempts\":1,\"attempts\":1"
            })
    void aResultWithAFieldOfAnotherTypeIsRefusedByName(String field) {
        String name = field.substring(1, field.indexOf('"', 1));

        assertThatThrownBy(() -> Codecs.CALL_RESULT.decode(bytes("{\"batch_id\":\"b\",\"index\":1," + field + "}")))
                .isInstanceOf(WireException.class)
                .satisfies(e -> assertThat(e.getMessage()).containsAnyOf("`" + name + "`", "repeats a name"));
    }

    @Test
    void aResultWithAnUnknownFieldIsRefusedByName() {
        String json = text(Codecs.CALL_RESULT.encode(result(null), WireFormat.JSON));

        assertThatThrownBy(() -> Codecs.CALL_RESULT.decode(bytes("{\"surprise\":1," + json.substring(1))))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("`surprise` is not a known field");
    }

    @Test
    void aFaultInANestedRecordIsNamedByItsPath() {
        assertThatThrownBy(() -> Codecs.CALL_RESULT.decode(bytes("{\"usage\":{\"input_tokens\":\"many\"}}")))
                .hasMessage("`usage.input_tokens` must be a whole number of at most 64 bits");
    }

    private static <T> void bothFormsGiveBack(Codec<T> codec, T value) {
        assertThat(back(codec, value, WireFormat.JSON)).isEqualTo(value);
        assertThat(back(codec, value, WireFormat.AVRO)).isEqualTo(value);
    }

    private static <T> T back(Codec<T> codec, T value, WireFormat format) {
        return codec.decode(codec.encode(value, format));
    }

    private static ResponsesRequest request(String prompt) {
        return ResponsesRequest.builder()
                .batchId("b")
                .model("m")
                .userPrompt(prompt)
                .buildUnchecked();
    }

    private static CallResult result(JsonNode raw) {
        var usage = new Usage(1, Map.of("cached_tokens", 1L), 2, Map.of(), 3);
        var error = new CallError("m", "timeout", null, null, true, null);
        return CallResult.builder(new ItemKey("b", 3), "responses")
                .finish("incomplete:content_filter")
                .rawResponse(raw)
                .usage(usage)
                .cost(new BigDecimal("0.00001230"))
                .error(error)
                .attempts(1)
                .processingTimeSecs(0.5)
                .submittedAt(NOON)
                .completedAt(NOON)
                .build();
    }

    private static JsonNode tree(String json) {
        return Codecs.CALL_RESULT
                .decode(bytes("{\"batch_id\":\"b\",\"index\":0,\"api\":\"responses\",\"success\":true,\"attempts\":0,"
                        + "\"submitted_at\":\"2026-01-31T12:00:00Z\",\"completed_at\":\"2026-01-31T12:00:00Z\","
                        + "\"processing_time_secs\":0,\"raw_response\":" + json + "}"))
                .rawResponse();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}

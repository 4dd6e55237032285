package io.github.genaistreams.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.CostBreakdown;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Usage;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ResultShapeTest {

    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    @Property(tries = 300)
    @Domain(WireArbitraries.class)
    void whatIsWrittenFlatIsReadAsItWas(@ForAll CallResult any) {
        // A time of -0.0 may come back as 0.0.
        CallResult result = any.toBuilder()
                .processingTimeSecs(any.processingTimeSecs() + 0.0)
                .build();
        byte[] flat = ResultShape.FLAT.codec().encode(result, WireFormat.JSON);

        CallResult read = Codecs.CALL_RESULT.decode(flat);
        assertThat(read).isEqualTo(Codecs.CALL_RESULT.decode(Codecs.CALL_RESULT.encode(result, WireFormat.JSON)));
        assertThat(ResultShape.FLAT.codec().decode(flat)).isEqualTo(read);
        assertThat(Codecs.CALL_RESULT_SUMMARY.decode(flat))
                .isEqualTo(read.toBuilder()
                        .rawResponse(null)
                        .jsonResponse(null)
                        .outputText(null)
                        .build());
    }

    @Test
    void aFlatSuccessHasItsAnswerAsText() throws Exception {
        CallResult result = result(0)
                .success(true)
                .rawResponse(tree("{\"id\":\"resp_1\",\"n\":1.10,\"text\":\"\u00e9\\\"\"}"))
                .usage(new Usage(42, Map.of("cached_tokens", 0L), 18, Map.of("reasoning_tokens", 0L), 60))
                .build();

        JsonNode flat = flat(result);

        assertThat(flat.get("raw_response").textValue())
                .isEqualTo("{\"id\":\"resp_1\",\"n\":1.10,\"text\":\"\u00e9\\\"\"}");
        assertThat(flat.get("success").booleanValue()).isTrue();
        assertThat(flat.has("error")).isFalse();
        assertThat(flat.get("usage")).hasToString("""
                {"input_tokens":42,"input_tokens_details":{"cached_tokens":0},"output_tokens":18,\
                "output_tokens_details":{"reasoning_tokens":0},"total_tokens":60}""");
    }

    @Test
    void aFlatFailureHasItsErrorBesideItsOtherFields() throws Exception {
        CallResult result = result(1)
                .error(new CallError("Invalid API key", "authentication_error", "invalid_api_key", null, false, 401))
                .attempts(1)
                .build();

        ObjectNode flat = flat(result);

        assertThat(flat.retain(
                        "success", "error", "error_type", "param", "code", "is_retriable", "http_status", "attempts"))
                .isEqualTo(Mappers.JSON.readTree("""
                        {"success": false, "error": "Invalid API key", "error_type": "authentication_error", "param": null,
                         "code": "invalid_api_key", "is_retriable": false, "http_status": 401, "attempts": 1}"""));
    }

    @Test
    void anErrorHasTheFieldsThatReadersKnow() throws Exception {
        CallResult result =
                result(0).error(new CallError("m", "t", "c", "p", true, 500)).build();

        JsonNode error = Mappers.JSON
                .readTree(Codecs.CALL_RESULT.encode(result, WireFormat.JSON))
                .get("error");

        assertThat(error).isEqualTo(Mappers.JSON.readTree("""
                {"message": "m", "type": "t", "code": "c", "param": "p", "is_retriable": true, "http_status": 500}"""));
    }

    @Test
    void aFlatDocumentHasAnErrorThatIsNullAndCentsAsNumbers() throws Exception {
        CallResult result = CallResult.builder(new ItemKey("b", 0), Topics.DOCUMENTS)
                .success(true)
                .jsonResponse(tree("{\"markdown\":\"# Title\"}"))
                .costBreakdown(new CostBreakdown(
                        Map.of("final_cost_cents", new BigDecimal("15"), "list_cost_cents", new BigDecimal("15"))))
                .processingTimeSecs(4.5)
                .submittedAt(NOON)
                .completedAt(NOON)
                .build();

        assertThat(flat(result)
                        .retain("index", "success", "json_response", "cost_breakdown", "processing_time_secs", "error"))
                .isEqualTo(Mappers.JSON.readTree("""
                        {"index": 0, "success": true, "json_response": "{\\"markdown\\":\\"# Title\\"}",
                         "cost_breakdown": {"final_cost_cents": 15, "list_cost_cents": 15}, "processing_time_secs": 4.5,
                         "error": null}"""));
        assertThat(flat(result.toBuilder()
                                .success(false)
                                .jsonResponse(null)
                                .error(CallError.internal("why"))
                                .build())
                        .get("json_response")
                        .isNull())
                .isTrue();
    }

    @Test
    void anAnswerThatIsATextStaysOne() {
        CallResult result = result(0)
                .success(true)
                .rawResponse(Mappers.JSON.valueToTree("[1] is no list"))
                .build();

        assertThat(Codecs.CALL_RESULT
                        .decode(ResultShape.FLAT.codec().encode(result, WireFormat.JSON))
                        .rawResponse())
                .isEqualTo(result.rawResponse());
    }

    @ParameterizedTest
    @EnumSource
    void avroHasOneForm(ResultShape shape) {
        CallResult result = result(0).error(CallError.internal("why")).build();

        assertThat(shape.codec().encode(result, WireFormat.AVRO))
                .isEqualTo(Codecs.CALL_RESULT.encode(result, WireFormat.AVRO));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"index\":0                  | \"index\":-1      | `index` is negative",
                "\"api\":\"responses\"        | \"model\":\"m\"   | `api` is missing, or too long",
                "\"batch_id\":\"b\"           | \"model\":\"m\"   | `batch_id` is missing",
                "\"submitted_at\":\"2026-01-31T12:00:00Z\" | \"model\":\"m\" | `submitted_at` or `completed_at` is missing",
                "\"success\":true              | \"success\":false | it is a failure without an `error`",
                "\"success\":true              | \"success\":false,\"error\":\"flat\" | `is_retriable`",
            })
    void whatNoWorkerWritesIsReadByNobody(String field, String other, String why) {
        String json = text(Codecs.CALL_RESULT.encode(result(0).success(true).build(), WireFormat.JSON));
        byte[] foreign = json.replace(field.strip(), other.strip()).getBytes(UTF_8);
        assertThat(text(foreign)).isNotEqualTo(json);

        for (Codec<CallResult> codec :
                java.util.List.of(Codecs.CALL_RESULT, Codecs.CALL_RESULT_SUMMARY, ResultShape.FLAT.codec())) {
            assertThatThrownBy(() -> codec.decode(foreign))
                    .isInstanceOf(WireException.class)
                    .hasMessageContaining(why.strip());
        }
    }

    @Test
    void aFailureThatGivesNoReasonSaysSo() {
        String json = "{\"batch_id\":\"b\",\"index\":0,\"api\":\"responses\",\"success\":false,\"attempts\":0,"
                + "\"processing_time_secs\":0,\"error\":{\"is_retriable\":false},"
                + "\"submitted_at\":\"2026-01-31T12:00:00Z\",\"completed_at\":\"2026-01-31T12:00:00Z\"}";

        CallError error = Codecs.CALL_RESULT.decode(json.getBytes(UTF_8)).error();

        assertThat(error.message()).isEqualTo("No reason given");
        assertThat(error.type()).isEqualTo("unknown");
    }

    static CallResult.Builder result(int index) {
        return CallResult.builder(new ItemKey("b", index), Topics.RESPONSES)
                .submittedAt(NOON)
                .completedAt(NOON);
    }

    private static ObjectNode flat(CallResult result) throws Exception {
        return (ObjectNode) Mappers.JSON.readTree(ResultShape.FLAT.codec().encode(result, WireFormat.JSON));
    }

    private static JsonNode tree(String json) {
        try {
            return Mappers.JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }
}

package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every result is written, and as much of it as its record has room for. */
class ResultWriterTest {

    private static final int MAX_BYTES = 20_000;

    private static ResultWriter writer(WireFormat format, int maxBytes) {
        return new ResultWriter(WireCodecs.plain(format, Codecs.CALL_RESULT), maxBytes);
    }

    private static ResultWriter.Written write(CallResult result) {
        return writer(WireFormat.JSON, MAX_BYTES).write(result, 0);
    }

    private static CallResult.Builder answered(String text) {
        return CallResult.builder(new ItemKey("b", 3), "responses")
                .success(true)
                .outputText(text)
                .rawResponse(JsonNodeFactory.instance.objectNode().put("id", "resp_1"))
                .batchSize(10)
                .attempts(2)
                .repairs(1)
                .model("m")
                .finish("completed")
                .requestId("req-1")
                .usage(new Usage(5, Map.of("cached_tokens", 4L), 6, Map.of(), 11))
                .cost(new BigDecimal("0.25"))
                .possibleDuplicate(true)
                .submittedAt(Instant.EPOCH)
                .completedAt(Instant.EPOCH.plusSeconds(1));
    }

    private static CallResult failed(CallError error) {
        return answered("half an answer").success(false).error(error).build();
    }

    /** To the byte, headers included. */
    @ParameterizedTest
    @EnumSource(WireFormat.class)
    void writesTheWholeResultIfItFitsNextToItsHeadersAndNoByteMore(WireFormat format) {
        CallResult result = answered("x".repeat(3_000)).build();
        int bytes = Codecs.CALL_RESULT.encode(result, format).length;

        ResultWriter.Written whole = writer(format, bytes + 100).write(result, 100);
        assertThat(whole.result()).isEqualTo(result);
        assertThat(whole.value()).hasSize(bytes);

        ResultWriter.Written less = writer(format, bytes + 100).write(result, 101);
        assertThat(less.result().error().code()).isEqualTo("result_too_large");
        assertThat(less.value()).hasSizeLessThan(bytes);
    }

    @Test
    void returnsWhatIsInTheRecord() {
        for (String text : new String[] {"short", "x".repeat(MAX_BYTES)}) {
            ResultWriter.Written written = write(answered(text).build());
            assertThat(Codecs.CALL_RESULT.decode(written.value())).isEqualTo(written.result());
        }
    }

    /** The user pays for the answer that was left out. */
    @Test
    void leavesOutOnlyTheAnswerOfAResultThatIsTooLarge() {
        CallResult result = answered("x".repeat(MAX_BYTES)).build();
        CallResult written = write(result).result();

        assertThat(written)
                .isEqualTo(result.toBuilder()
                        .success(false)
                        .outputText(null)
                        .rawResponse(null)
                        .error(written.error())
                        .build());
        assertThat(written.error().isRetriable()).isFalse();
        assertThat(written.error().message())
                .contains("the limit (record.max.bytes) is " + MAX_BYTES)
                .contains(Codecs.CALL_RESULT.encode(result, WireFormat.JSON).length + " bytes");
    }

    @Test
    void leavesOutTheJsonOfADocumentLikewise() {
        JsonNode pages = JsonNodeFactory.instance.textNode("x".repeat(MAX_BYTES));
        CallResult written = write(
                        answered("x").rawResponse(null).jsonResponse(pages).build())
                .result();

        assertThat(written.jsonResponse()).isNull();
        assertThat(written.error().code()).isEqualTo("result_too_large");
    }

    @Test
    void keepsTheErrorOfAFailureThatIsTooLarge() {
        var error = new CallError("bad", "invalid_request_error", null, "temperature", true, 400);
        CallResult result =
                failed(error).toBuilder().outputText("x".repeat(MAX_BYTES)).build();

        assertThat(write(result).result().error()).isEqualTo(error);
    }

    @Test
    void cutsTextsThatAreTooLargeByThemselvesAndKeepsTheWorkersFigures() {
        String large = "x".repeat(MAX_BYTES);
        CallResult result = failed(new CallError(large, large, large, large, true, 400)).toBuilder()
                .finish(large)
                .model(large)
                .serviceTier(large)
                .requestId(large)
                .usage(new Usage(5, Map.of(large, 4L), 6, Map.of(large, 1L), 11))
                .build();
        ResultWriter.Written written = write(result);
        CallResult bare = written.result();

        assertThat(written.value()).hasSizeLessThan(MAX_BYTES);
        String head = "x".repeat(1_000);
        assertThat(bare.error()).isEqualTo(new CallError(head, head, head, head, true, 400));
        assertThat(bare.finish()).isEqualTo(head);
        assertThat(bare.requestId()).isEqualTo(head);
        assertThat(bare.usage()).isEqualTo(new Usage(5, Map.of(), 6, Map.of(), 11));
        assertThat(bare.cost()).isEqualByComparingTo("0.25");
        assertThat(bare.attempts()).isEqualTo(2);
        assertThat(bare.batchSize()).isEqualTo(10);
        assertThat(bare.possibleDuplicate()).isTrue();
    }

    @Test
    void doesNotCutTextsThatHaveRoomWithoutTheAnswer() {
        String message = "x".repeat(1_001);
        CallResult result = failed(new CallError(message, "t", null, null, false, null)).toBuilder()
                .outputText("x".repeat(MAX_BYTES))
                .build();

        assertThat(write(result).result().error().message()).isEqualTo(message);
    }

    @Test
    void saysThatAnAnswerCannotBeWritten() {
        var deep = JsonNodeFactory.instance.arrayNode();
        var inner = deep;
        for (int depth = 0; depth < 2_000; depth++) {
            inner = inner.addArray();
        }
        CallResult written = write(answered("x").rawResponse(deep).build()).result();

        assertThat(written.error().code()).isEqualTo("result_unwritable");
        assertThat(written.error().message()).startsWith("The answer cannot be written: ");
        assertThat(written.success()).isFalse();
        assertThat(written.usage().totalTokens()).isEqualTo(11);
    }
}

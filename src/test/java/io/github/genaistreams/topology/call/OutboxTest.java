package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.ResultSummary;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Instant;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.Test;

class OutboxTest {

    private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    private final Outbox<ResponsesRequest> outbox = outbox(1 << 20);

    private static Outbox<ResponsesRequest> outbox(int recordMaxBytes) {
        return new Outbox<>(
                new ApiBinding<>(
                        "responses",
                        RequestDecoder.responses(),
                        Codecs.RESPONSES_REQUEST,
                        Codecs.RESPONSES_RETRY,
                        null,
                        null,
                        null,
                        null,
                        false),
                WireCodecs.plain(WireFormat.JSON, Codecs.CALL_RESULT),
                recordMaxBytes);
    }

    @Test
    void keepsARequestSoThatNoSchemaRegistryIsNeededToReadIt() {
        ResponsesRequest request = ResponsesRequest.builder()
                .batchId("b")
                .index(3)
                .model("m")
                .userPrompt("p")
                .build();
        byte[] framed = Codecs.RESPONSES_REQUEST.framed(7).encode(request, WireFormat.AVRO);
        byte[] json = "{\"batch_id\": \"b\"}".getBytes(UTF_8);

        assertThat(Codecs.RESPONSES_REQUEST.decode(outbox.kept(request, framed)))
                .isEqualTo(request);
        assertThat(outbox.kept(request, json)).isSameAs(json);
    }

    @Test
    void givesAResultASummaryThatCountsAgainstNoLimit() {
        CallResult result = result("some text");
        int exactly = Codecs.CALL_RESULT.encode(result, WireFormat.JSON).length;

        Record<Object, Object> fits = outbox(exactly).result(result, Outbox.noHeaders());
        assertThat(summary(fits).success()).isTrue();
        assertThat(summary(fits).key()).isEqualTo(result.key());
        assertThat(Codecs.CALL_RESULT.decode((byte[]) fits.value()).outputText())
                .isEqualTo("some text");

        Record<Object, Object> tooLarge = outbox(exactly - 1).result(result, Outbox.noHeaders());
        assertThat(summary(tooLarge).success()).as("as it is written").isFalse();
        assertThat(summary(tooLarge).error().code()).isEqualTo("result_too_large");
    }

    @Test
    void doesNotUseASummaryInARequestAsTheSummaryOfItsResult() {
        Headers requested = new RecordHeaders()
                .add(WireHeaders.SUMMARY, "forged".getBytes(UTF_8))
                .add("theirs", "x".getBytes(UTF_8))
                .add(WireHeaders.SUMMARY, null);

        Record<Object, Object> record = outbox.result(result("some text"), requested);

        assertThat(record.headers().toArray())
                .extracting(header -> header.key())
                .containsExactly("theirs", WireHeaders.SUMMARY);
        assertThat(summary(record).attempts()).isEqualTo(1);
        assertThat(requested.toArray()).as("the request's own").hasSize(3);
    }

    private static CallResult summary(Record<Object, Object> record) {
        return ResultSummary.read(
                        record.headers().lastHeader(WireHeaders.SUMMARY).value(),
                        ItemKeys.encode((ItemKey) record.key()),
                        (byte[]) record.value())
                .orElseThrow();
    }

    private static CallResult result(String text) {
        return CallResult.builder(new ItemKey("b", 3), "responses")
                .success(true)
                .outputText(text)
                .attempts(1)
                .submittedAt(NOON)
                .completedAt(NOON.plusSeconds(1))
                .build();
    }
}

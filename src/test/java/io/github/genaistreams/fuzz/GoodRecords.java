package io.github.genaistreams.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.CostBreakdown;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponseDelta;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.JournalCodec;
import io.github.genaistreams.wire.JournalEntry;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** One sound record of every kind, to be damaged. */
public final class GoodRecords {

    public static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

    private static final CallError ERROR =
            new CallError("slow down", "requests", "rate_limit_exceeded", "model", true, 429);

    private static final Usage USAGE =
            new Usage(3, Map.of("cached_tokens", 1L), 5, Map.of("reasoning_tokens", 2L, "audio_tokens", 1L), 8);

    private GoodRecords() {}

    /** A value with its codec. */
    public record Sample<T>(Codec<T> codec, T value) {}

    /** One of each kind that has a codec. */
    public static List<Sample<?>> all(String batchId, int index) {
        return List.of(
                new Sample<>(Codecs.RESPONSES_REQUEST, request(batchId, index)),
                new Sample<>(Codecs.DOCUMENT_REQUEST, document(batchId, index)),
                new Sample<>(Codecs.RESPONSES_RETRY, new RetryRecord<>(request(batchId, index), 2, NOON, ERROR)),
                new Sample<>(Codecs.DOCUMENT_RETRY, new RetryRecord<>(document(batchId, index), 2, NOON, ERROR)),
                new Sample<>(Codecs.CALL_RESULT, result(batchId, index)),
                new Sample<>(Codecs.CALL_RESULT_SUMMARY, result(batchId, index)),
                new Sample<>(Codecs.RESPONSE_DELTA, new ResponseDelta(batchId, index, 1, 5, "The Danube")),
                new Sample<>(Codecs.BATCH_STATUS, status(batchId)),
                new Sample<>(Codecs.BATCH_NOTE, note(batchId)),
                new Sample<>(Codecs.BATCH_CONTROL, control(batchId)));
    }

    public static BatchNote note(String batchId) {
        return BatchNote.deadLetter(batchId, "responses", 100, "`index` is missing");
    }

    /** Its index may be beyond the batch. */
    public static ResponsesRequest request(String batchId, int index) {
        var tree = JsonNodeFactory.instance.objectNode().put("type", "auto").put("n", 1.5);
        return ResponsesRequest.builder()
                .batchId(batchId)
                .index(index)
                .batchSize(100)
                .model("gpt-4o-mini")
                .userPrompt("Question " + index)
                .systemPrompt("Answer.")
                .temperature(0.5)
                .maxOutputTokens(100)
                .metadata(Map.of("team", "a"))
                .toolChoice(tree)
                .maxRetries(3)
                .buildUnchecked();
    }

    /** Its index may be beyond the batch. */
    public static DocumentRequest document(String batchId, int index) {
        return DocumentRequest.builder()
                .batchId(batchId)
                .index(index)
                .batchSize(100)
                .document("%PDF-1.4 nothing".getBytes(UTF_8))
                .fileName("a.pdf")
                .outputFormat("html")
                .maxRetries(3)
                .buildUnchecked();
    }

    public static CallResult result(String batchId, int index) {
        return CallResult.builder(new ItemKey(batchId, index), "responses")
                .batchSize(100)
                .success(false)
                .finish("failed")
                .rawResponse(JsonNodeFactory.instance.objectNode().put("id", "resp_1"))
                .outputText("The Danube")
                .usage(USAGE)
                .cost(new BigDecimal("0.00015"))
                .costUnknownReason("an attempt got no answer")
                .costBreakdown(new CostBreakdown(Map.of("final_cost_cents", new BigDecimal("1.5"))))
                .pageCount(2)
                .error(ERROR)
                .attempts(2)
                .repairs(1)
                .model("gpt-4o-mini")
                .serviceTier("default")
                .requestId("req-1")
                .processingTimeSecs(1.5)
                .submittedAt(NOON)
                .completedAt(NOON.plusSeconds(2))
                .build();
    }

    public static BatchStatus status(String batchId) {
        String json = "{\"batch_id\":\"" + batchId + "\",\"api\":\"responses\",\"state\":\"RUNNING\",\"total\":100,"
                + "\"succeeded\":1,\"failed\":1,\"failures\":{\"server_error\":1},\"duplicates\":0,\"replaced\":0,\"attempts\":2,"
                + "\"pages\":0,\"usage\":{\"input_tokens\":1,\"input_tokens_details\":{},\"output_tokens\":1,"
                + "\"output_tokens_details\":{},\"total_tokens\":2},\"cost\":0.5,\"cost_micros\":500000,\"cost_unknown\":0,"
                + "\"submitted_at\":\"2026-01-31T12:00:00Z\",\"first_result_at\":\"2026-01-31T12:00:01Z\","
                + "\"last_result_at\":\"2026-01-31T12:00:02Z\"}";
        return Codecs.BATCH_STATUS.decode(json.getBytes(UTF_8));
    }

    public static BatchControl control(String batchId) {
        return BatchControl.of(batchId).withBatchSize(100).withBudget(new BigDecimal("1000000"), 1_000_000_000L);
    }

    public static JournalEntry entry() {
        List<JournalEntry.Header> headers = new ArrayList<>();
        headers.add(new JournalEntry.Header("traceparent", "00-abc".getBytes(UTF_8)));
        headers.add(new JournalEntry.Header("empty", null));
        return new JournalEntry(
                JournalEntry.State.STARTED,
                2,
                NOON,
                NOON,
                ERROR,
                headers,
                "{}".getBytes(UTF_8),
                new JournalEntry.Job("resp_1", NOON, "req-1"),
                new JournalEntry.Earlier(USAGE, new BigDecimal("0.5"), "an attempt got no answer", true));
    }

    public static byte[] entryBytes() {
        return JournalCodec.encode(entry());
    }
}

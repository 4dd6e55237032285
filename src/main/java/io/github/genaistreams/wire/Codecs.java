package io.github.genaistreams.wire;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.type.TypeFactory;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ResponseDelta;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.RetryRecord;
import org.jspecify.annotations.Nullable;

/**
 * The codec of each record type. An earlier version of a schema stays readable while its file is in {@code older} next
 * to the current one.
 */
public final class Codecs {

    private static final RecordSchema RESPONSES = RecordSchema.bundled("responses-request");
    private static final RecordSchema DOCUMENTS = RecordSchema.bundled("documents-request");

    public static final Codec<ResponsesRequest> RESPONSES_REQUEST =
            new Codec<>(type(ResponsesRequest.class), RESPONSES);

    public static final Codec<RetryRecord<ResponsesRequest>> RESPONSES_RETRY = new Codec<>(
            type(RetryRecord.class, ResponsesRequest.class), RecordSchema.around(RESPONSES, "responses-retry"));

    public static final Codec<DocumentRequest> DOCUMENT_REQUEST = new Codec<>(type(DocumentRequest.class), DOCUMENTS);

    public static final Codec<RetryRecord<DocumentRequest>> DOCUMENT_RETRY = new Codec<>(
            type(RetryRecord.class, DocumentRequest.class), RecordSchema.around(DOCUMENTS, "documents-retry"));

    /** Refuses a result that no worker writes; see {@link ResultShape}. */
    public static final Codec<CallResult> CALL_RESULT = new Codec<>(
            type(CallResult.class),
            RecordSchema.bundled("call-result"),
            ResultShape.of(ResultShape.NESTED),
            Mappers.JSON,
            Mappers.AVRO);

    static final Codec<CallResult> FLAT_CALL_RESULT = new Codec<>(
            type(CallResult.class),
            RecordSchema.bundled("call-result"),
            ResultShape.of(ResultShape.FLAT),
            Mappers.JSON,
            Mappers.AVRO);

    /**
     * Reads a result without its answer: {@code raw_response}, {@code json_response} and {@code output_text} are
     * skipped, since a reader that only counts need not build the tree of a large answer.
     */
    public static final Codec<CallResult> CALL_RESULT_SUMMARY = new Codec<>(
            type(CallResult.class),
            RecordSchema.bundled("call-result"),
            ResultShape.of(ResultShape.NESTED),
            Mappers.JSON.copy().addMixIn(CallResult.class, WithoutAnswer.class),
            Mappers.AVRO.copy().addMixIn(CallResult.class, WithoutAnswer.class));

    @JsonIgnoreProperties({"raw_response", "json_response", "output_text"})
    private interface WithoutAnswer {}

    public static final Codec<ResponseDelta> RESPONSE_DELTA =
            new Codec<>(type(ResponseDelta.class), RecordSchema.bundled("response-delta"));

    /** Refuses a status that no worker writes: one without the progress of the batch. */
    public static final Codec<BatchStatus> BATCH_STATUS = new Codec<>(
            type(BatchStatus.class),
            RecordSchema.bundled("batch-status"),
            JsonShape.plain(Codecs::flaw),
            Mappers.JSON,
            Mappers.AVRO);

    public static final Codec<BatchNote> BATCH_NOTE =
            new Codec<>(type(BatchNote.class), RecordSchema.bundled("batch-note"));

    public static final Codec<BatchControl> BATCH_CONTROL =
            new Codec<>(type(BatchControl.class), RecordSchema.bundled("batch-control"));

    private Codecs() {}

    private static @Nullable String flaw(BatchStatus status) {
        boolean isWhole = status.state() != null
                && status.usage() != null
                && status.cost() != null
                && status.submittedAt() != null;
        return isWhole ? null : "`state`, `usage`, `cost` or `submitted_at` is missing";
    }

    private static JavaType type(Class<?> record, Class<?>... parameters) {
        return TypeFactory.defaultInstance().constructParametricType(record, parameters);
    }
}

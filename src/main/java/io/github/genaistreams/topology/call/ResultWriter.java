package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WireFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Writes results so that each fits into its record. A result that is too large, or an answer that cannot be encoded, is
 * replaced by a failure that says so. Immutable.
 */
final class ResultWriter {

    /** Maximum characters of a text in a result whose texts make it too large. */
    private static final int MAX_TEXT_LENGTH = 1_000;

    private final Codec<CallResult> codec;
    private final WireFormat format;
    private final int recordMaxBytes;

    /** A written result, which may say less than the original. */
    record Written(CallResult result, byte[] value) {}

    ResultWriter(WireCodecs codecs, int recordMaxBytes) {
        this.codec = codecs.results();
        this.format = codecs.format();
        this.recordMaxBytes = recordMaxBytes;
    }

    /** Writes the whole result, or as much as fits next to this many bytes of headers. */
    Written write(CallResult result, long headerBytes) {
        try {
            Written written = written(result);
            if (written.value().length + headerBytes <= recordMaxBytes) {
                return written;
            }
            return withoutAnswer(
                    result,
                    "result_too_large",
                    "The result has " + written.value().length + " bytes; the limit (record.max.bytes) is "
                            + recordMaxBytes
                            + ". Raise the limit of worker and topics, or ask for less in one item");
        } catch (WireException | ArithmeticException e) {
            return withoutAnswer(result, "result_unwritable", "The answer cannot be written: " + e.getMessage());
        }
    }

    private Written withoutAnswer(CallResult result, String code, String message) {
        // An earlier failure keeps its own error, which says what to do.
        CallError error = result.error() == null
                ? new CallError(message, "internal_error", code, null, false, null)
                : result.error();
        CallResult less = lessAnswer(result, error);
        try {
            Written written = written(less);
            if (written.value().length <= recordMaxBytes) {
                return written;
            }
        } catch (WireException | ArithmeticException e) {
            // The rest cannot be written either.
        }
        return written(bare(less, error));
    }

    private Written written(CallResult result) {
        return new Written(result, codec.encode(result, format));
    }

    /** The result with short texts, and only with the worker's own figures. */
    private static CallResult bare(CallResult result, CallError error) {
        Usage usage = result.usage();
        return result.toBuilder()
                .finish(head(result.finish()))
                .model(head(result.model()))
                .serviceTier(head(result.serviceTier()))
                .requestId(head(result.requestId()))
                .responseRef(head(result.responseRef()))
                .costUnknownReason(head(result.costUnknownReason()))
                .costBreakdown(null)
                .usage(
                        usage == null
                                ? null
                                : new Usage(
                                        usage.inputTokens(),
                                        Map.of(),
                                        usage.outputTokens(),
                                        Map.of(),
                                        usage.totalTokens()))
                .error(new CallError(
                        clipped(error.message()),
                        clipped(error.type()),
                        head(error.code()),
                        head(error.param()),
                        error.isRetriable(),
                        error.httpStatus()))
                .build();
    }

    private static @Nullable String head(@Nullable String text) {
        return text == null ? null : clipped(text);
    }

    private static String clipped(String text) {
        return text.length() <= MAX_TEXT_LENGTH ? text : text.substring(0, MAX_TEXT_LENGTH);
    }

    private static CallResult lessAnswer(CallResult result, CallError error) {
        return result.toBuilder()
                .success(false)
                .rawResponse(null)
                .jsonResponse(null)
                .outputText(null)
                .error(error)
                .build();
    }
}

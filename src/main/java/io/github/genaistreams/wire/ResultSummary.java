package io.github.genaistreams.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Usage;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.utils.ByteUtils;
import org.jspecify.annotations.Nullable;

/**
 * The figures of a result as the bytes of a header ({@link WireHeaders#SUMMARY}), so that a reader that only counts
 * need not parse an answer. Times have milliseconds; a cost has all its decimals.
 *
 * <p>Anybody may write headers, or copy a record with other headers. So a summary is valid for one item and one value,
 * byte for byte, whose checksum it contains. With any other value, it is ignored. A checksum is not a signature:
 * whoever may write results may write a false summary, just as a false result.
 *
 * <p>Format: a version, a checksum of everything that follows and of item and value, then the fields; integers are
 * Kafka's varints. Safe for any number of threads.
 */
public final class ResultSummary {

    private static final byte VERSION = 1;
    private static final int HEAD_BYTES = 1 + Integer.BYTES;

    /** Few results need more. Those have no summary. */
    private static final int MAX_BYTES = 4 << 10;

    private static final int DEFAULT_BYTES = 128;

    private static final int SUCCESS = 1;
    private static final int SIZE = 1 << 1;
    private static final int PAGES = 1 << 2;
    private static final int USAGE = 1 << 3;
    private static final int COST = 1 << 4;
    private static final int UNKNOWN_COST = 1 << 5;
    private static final int POSSIBLE_DUPLICATE = 1 << 6;
    private static final int ALL = (1 << 7) - 1;

    private ResultSummary() {}

    /**
     * The summary of a result.
     *
     * @param value the result in its written form
     * @return empty if it has no exact summary within a few kilobytes
     */
    public static Optional<byte[]> of(CallResult result, byte[] value) {
        var bytes = new ByteArrayOutputStream(DEFAULT_BYTES);
        try (var out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            out.writeInt(0);
            write(result, out);
        } catch (IOException e) {
            // Impossible: it writes into memory.
            throw new UncheckedIOException(e);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        if (bytes.size() > MAX_BYTES) {
            return Optional.empty();
        }
        byte[] summary = bytes.toByteArray();
        ByteBuffer.wrap(summary).putInt(1, checksum(summary, result.key(), value));
        return Optional.of(summary);
    }

    /** The content of the summary among the headers of a record; empty also if there is none. */
    public static Optional<CallResult> in(Headers headers, byte @Nullable [] key, byte[] value) {
        return Optional.ofNullable(headers.lastHeader(WireHeaders.SUMMARY))
                .flatMap(summary -> read(summary.value(), key, value));
    }

    /**
     * The content of a summary: a result without its answer.
     *
     * @param summary any bytes
     * @param key     of its record
     * @param value   of its record
     * @return empty if it is invalid, or belongs to another result
     */
    public static Optional<CallResult> read(byte @Nullable [] summary, byte @Nullable [] key, byte[] value) {
        if (summary == null
                || summary.length <= HEAD_BYTES
                || summary.length > MAX_BYTES
                || summary[0] != VERSION
                || key == null) {
            return Optional.empty();
        }
        try {
            ItemKey item = ItemKeys.decode(key);
            ByteBuffer in = ByteBuffer.wrap(summary);
            if (in.getInt(1) != checksum(summary, item, value)) {
                return Optional.empty();
            }
            CallResult result = read(in.position(HEAD_BYTES), item);
            return in.hasRemaining() || ResultShape.flaw(result) != null ? Optional.empty() : Optional.of(result);
        } catch (WireException | IllegalArgumentException | BufferUnderflowException e) {
            return Optional.empty();
        }
    }

    private static int checksum(byte[] summary, ItemKey item, byte[] value) {
        var crc = new CRC32C();
        crc.update(summary, HEAD_BYTES, summary.length - HEAD_BYTES);
        crc.update(item.batchId().getBytes(UTF_8));
        crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, item.index()));
        crc.update(value);
        return (int) crc.getValue();
    }

    private static void write(CallResult result, DataOutputStream out) throws IOException {
        Usage usage = result.usage();
        BigDecimal cost = result.cost();
        out.writeByte((result.success() ? SUCCESS : 0)
                | (result.batchSize() != null ? SIZE : 0)
                | (result.pageCount() != null ? PAGES : 0)
                | (usage != null ? USAGE : 0)
                | (cost != null ? COST : 0)
                | (result.costUnknownReason() != null ? UNKNOWN_COST : 0)
                | (Boolean.TRUE.equals(result.possibleDuplicate()) ? POSSIBLE_DUPLICATE : 0));
        write(result.api(), out);
        ByteUtils.writeVarint(result.attempts(), out);
        ByteUtils.writeVarlong(result.submittedAt().toEpochMilli(), out);
        ByteUtils.writeVarlong(result.completedAt().toEpochMilli(), out);
        if (!result.success()) {
            CallError error = result.error();
            if (error == null) {
                throw new IllegalArgumentException("a failure without an error");
            }
            write(error.code() != null ? error.code() : error.type(), out);
        }
        if (result.batchSize() != null) {
            ByteUtils.writeVarint(result.batchSize(), out);
        }
        if (result.pageCount() != null) {
            ByteUtils.writeVarint(result.pageCount(), out);
        }
        if (usage != null) {
            ByteUtils.writeVarlong(usage.inputTokens(), out);
            write(usage.inputTokensDetails(), out);
            ByteUtils.writeVarlong(usage.outputTokens(), out);
            write(usage.outputTokensDetails(), out);
            ByteUtils.writeVarlong(usage.totalTokens(), out);
        }
        if (cost != null) {
            ByteUtils.writeVarint(cost.scale(), out);
            write(cost.unscaledValue().toByteArray(), out);
        }
        if (result.costUnknownReason() != null) {
            write(result.costUnknownReason(), out);
        }
    }

    private static void write(Map<String, Long> details, DataOutputStream out) throws IOException {
        ByteUtils.writeVarint(details.size(), out);
        for (var detail : details.entrySet()) {
            write(detail.getKey(), out);
            ByteUtils.writeVarlong(detail.getValue(), out);
        }
    }

    private static void write(String text, DataOutputStream out) throws IOException {
        if (text.length() > MAX_BYTES || !JsonText.isWellFormed(text)) {
            throw new IllegalArgumentException("a text that a summary cannot represent");
        }
        write(text.getBytes(UTF_8), out);
    }

    private static void write(byte[] bytes, DataOutputStream out) throws IOException {
        ByteUtils.writeVarint(bytes.length, out);
        out.write(bytes);
    }

    private static CallResult read(ByteBuffer in, ItemKey item) {
        int flags = in.get();
        if ((flags & ALL) != flags) {
            throw new IllegalArgumentException("unknown fields");
        }
        var result = CallResult.builder(item, text(in))
                .success(has(SUCCESS, flags))
                .attempts(ByteUtils.readVarint(in))
                .submittedAt(Instant.ofEpochMilli(ByteUtils.readVarlong(in)))
                .completedAt(Instant.ofEpochMilli(ByteUtils.readVarlong(in)))
                .possibleDuplicate(has(POSSIBLE_DUPLICATE, flags) ? true : null);
        if (!has(SUCCESS, flags)) {
            String code = text(in);
            result.error(new CallError(CallError.NO_REASON, code, code, null, false, null));
        }
        if (has(SIZE, flags)) {
            result.batchSize(ByteUtils.readVarint(in));
        }
        if (has(PAGES, flags)) {
            result.pageCount(ByteUtils.readVarint(in));
        }
        if (has(USAGE, flags)) {
            // Java evaluates arguments from left to right.
            result.usage(new Usage(
                    ByteUtils.readVarlong(in),
                    details(in),
                    ByteUtils.readVarlong(in),
                    details(in),
                    ByteUtils.readVarlong(in)));
        }
        if (has(COST, flags)) {
            int scale = ByteUtils.readVarint(in);
            result.cost(new BigDecimal(new BigInteger(bytes(in)), scale));
        }
        if (has(UNKNOWN_COST, flags)) {
            result.costUnknownReason(text(in));
        }
        return result.build();
    }

    private static boolean has(int field, int flags) {
        return (flags & field) != 0;
    }

    private static Map<String, Long> details(ByteBuffer in) {
        int size = ByteUtils.readVarint(in);
        Map<String, Long> details = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
            details.put(text(in), ByteUtils.readVarlong(in));
        }
        return details;
    }

    private static String text(ByteBuffer in) {
        return new String(bytes(in), UTF_8);
    }

    private static byte[] bytes(ByteBuffer in) {
        int length = ByteUtils.readVarint(in);
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException(
                    "a length of " + length + " where " + in.remaining() + " bytes are left");
        }
        byte[] bytes = new byte[length];
        in.get(bytes);
        return bytes;
    }
}

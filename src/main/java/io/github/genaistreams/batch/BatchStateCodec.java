package io.github.genaistreams.batch;

import io.github.genaistreams.model.CostTotal;
import io.github.genaistreams.model.Spent;
import io.github.genaistreams.model.Usage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A batch's state as bytes: a version, then field by field, since this runs for every result. Our own store is the only place
 * that has them. Safe for any number of threads.
 */
public final class BatchStateCodec {

    /**
     * 2 added, at its end, how many results are possible duplicates; 3 has texts of any length; 4 added, at its end, what there
     * is to say beside results.
     */
    private static final int VERSION = 4;

    private static final int USUAL_BYTES = 256;

    private BatchStateCodec() {}

    public static byte[] encode(BatchState state) {
        var bytes = new ByteArrayOutputStream(USUAL_BYTES);
        try (var out = new DataOutputStream(bytes)) {
            out.writeByte(VERSION);
            LongText.write(state.batchId, out);
            LongText.write(state.api, out);
            out.writeInt(state.reportedSize == null ? -1 : state.reportedSize);
            out.writeInt(state.highest);
            out.writeInt(state.succeeded);
            out.writeInt(state.failed);
            out.writeShort(state.failures.codes().size());
            for (int i = 0; i < state.failures.codes().size(); i++) {
                LongText.write(state.failures.codes().get(i), out);
                out.writeLong(state.failures.counts().get(i));
            }
            out.writeLong(state.duplicates);
            out.writeLong(state.replaced);
            Spent spent = state.spent;
            out.writeLong(spent.attempts());
            out.writeLong(spent.pages());
            write(spent.usage(), out);
            byte[] cost = spent.cost().picoUsd().toByteArray();
            out.writeInt(cost.length);
            out.write(cost);
            out.writeLong(spent.cost().priced());
            write(spent.cost().unpriced(), out);
            LongText.write(state.stopped == null ? "" : state.stopped, out);
            out.writeLong(state.stoppedAt);
            out.writeBoolean(state.budgetSpent);
            out.writeBoolean(state.endedEarly);
            out.writeBoolean(state.ordered);
            out.writeInt(state.next);
            out.writeLong(state.held);
            LongText.write(state.maxCostUsd == null ? "" : state.maxCostUsd.toPlainString(), out);
            out.writeLong(state.maxTotalTokens == null ? -1 : state.maxTotalTokens);
            out.writeBoolean(state.published);
            out.writeLong(state.submittedAt);
            out.writeLong(state.firstResultAt);
            out.writeLong(state.lastResultAt);
            out.writeLong(state.completedAt == null ? -1 : state.completedAt);
            out.writeLong(spent.possibleDuplicates());
            out.writeLong(state.repeats);
            out.writeLong(state.deadLetters);
            LongText.write(state.deadLetterReason == null ? "" : state.deadLetterReason, out);
            out.writeLong(state.firstNoteAt);
            out.writeLong(state.heardAt);
            out.writeBoolean(state.incomplete);
        } catch (IOException e) {
            // Into memory.
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void write(Usage usage, DataOutputStream out) throws IOException {
        out.writeLong(usage.inputTokens());
        write(usage.inputTokensDetails(), out);
        out.writeLong(usage.outputTokens());
        write(usage.outputTokensDetails(), out);
        out.writeLong(usage.totalTokens());
    }

    private static void write(Map<String, Long> details, DataOutputStream out) throws IOException {
        out.writeInt(details.size());
        for (var detail : details.entrySet()) {
            LongText.write(detail.getKey(), out);
            out.writeLong(detail.getValue());
        }
    }

    /** @throws IllegalArgumentException if they are not a state that this version can read */
    public static BatchState decode(byte[] bytes) {
        try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            int version = in.readByte();
            if (version < 1 || version > VERSION) {
                throw new IllegalArgumentException("a batch's state of version " + version
                        + "; this software reads up to " + VERSION + ": run the version that wrote it");
            }
            return new Reader(in, version, bytes.length).state();
        } catch (IOException | NumberFormatException e) {
            throw new IllegalArgumentException(
                    "not a batch's state: " + e.getClass().getSimpleName(), e);
        }
    }

    /** Java evaluates arguments from left to right, so the order of the reads is that of the fields. */
    private record Reader(DataInputStream in, int version, int most) {

        BatchState state() throws IOException {
            BatchState state = new BatchState(text(), text());
            int size = in.readInt();
            state.reportedSize = size < 0 ? null : size;
            state.highest = in.readInt();
            state.succeeded = in.readInt();
            state.failed = in.readInt();
            state.failures = failures();
            state.duplicates = in.readLong();
            state.replaced = in.readLong();
            long attempts = in.readLong();
            long pages = in.readLong();
            Usage usage = new Usage(in.readLong(), details(), in.readLong(), details(), in.readLong());
            BigInteger picoUsd =
                    new BigInteger(LongText.readBytes(in, version < 3 ? in.readUnsignedByte() : in.readInt(), most));
            CostTotal cost = new CostTotal(picoUsd, in.readLong(), details());
            String stopped = text();
            state.stopped = stopped.isEmpty() ? null : stopped;
            state.stoppedAt = in.readLong();
            state.budgetSpent = in.readBoolean();
            state.endedEarly = in.readBoolean();
            state.ordered = in.readBoolean();
            state.next = in.readInt();
            state.held = in.readLong();
            String maxCost = text();
            state.maxCostUsd = maxCost.isEmpty() ? null : new BigDecimal(maxCost);
            long maxTokens = in.readLong();
            state.maxTotalTokens = maxTokens < 0 ? null : maxTokens;
            state.published = in.readBoolean();
            state.submittedAt = in.readLong();
            state.firstResultAt = in.readLong();
            state.lastResultAt = in.readLong();
            long completedAt = in.readLong();
            state.completedAt = completedAt < 0 ? null : completedAt;
            long possibleDuplicates = version < 2 ? 0 : in.readLong();
            state.spent = new Spent(attempts, pages, usage, cost, possibleDuplicates);
            if (version >= 4) {
                notes(state);
            }
            return state;
        }

        private void notes(BatchState state) throws IOException {
            state.repeats = in.readLong();
            state.deadLetters = in.readLong();
            String reason = text();
            state.deadLetterReason = reason.isEmpty() ? null : reason;
            state.firstNoteAt = in.readLong();
            state.heardAt = in.readLong();
            state.incomplete = in.readBoolean();
        }

        private String text() throws IOException {
            return version < 3 ? in.readUTF() : LongText.read(in, most);
        }

        private FailureCodes failures() throws IOException {
            int size = in.readUnsignedShort();
            List<String> codes = new ArrayList<>();
            List<Long> counts = new ArrayList<>();
            for (int i = 0; i < size; i++) {
                codes.add(text());
                counts.add(in.readLong());
            }
            return new FailureCodes(codes, counts);
        }

        private Map<String, Long> details() throws IOException {
            int size = version < 3 ? in.readUnsignedShort() : in.readInt();
            Map<String, Long> details = new LinkedHashMap<>();
            for (int i = 0; i < size; i++) {
                details.put(text(), in.readLong());
            }
            return details;
        }
    }
}

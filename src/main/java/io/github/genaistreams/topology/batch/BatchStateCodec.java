package io.github.genaistreams.topology.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.CostTotal;
import io.github.genaistreams.model.Spent;
import io.github.genaistreams.model.Usage;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
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

    private static final int USUAL_BYTES = 512;

    private BatchStateCodec() {}

    public static byte[] encode(BatchState state) {
        var out = new Writer();
        out.put((byte) VERSION);
        out.put(state.batchId);
        out.put(state.api);
        out.put(state.reportedSize == null ? -1 : state.reportedSize);
        out.put(state.highest);
        out.put(state.succeeded);
        out.put(state.failed);
        out.put((short) state.failures.codes().size());
        for (int i = 0; i < state.failures.codes().size(); i++) {
            out.put(state.failures.codes().get(i));
            out.put((long) state.failures.counts().get(i));
        }
        out.put(state.duplicates);
        out.put(state.replaced);
        Spent spent = state.spent;
        out.put(spent.attempts());
        out.put(spent.pages());
        out.put(spent.usage());
        out.put(spent.cost().picoUsd().toByteArray());
        out.put(spent.cost().priced());
        out.put(spent.cost().unpriced());
        out.put(state.stopped == null ? "" : state.stopped);
        out.put(state.stoppedAt);
        out.put(state.budgetSpent);
        out.put(state.endedEarly);
        out.put(state.ordered);
        out.put(state.next);
        out.put(state.held);
        out.put(state.maxCostUsd == null ? "" : state.maxCostUsd.toPlainString());
        out.put(state.maxTotalTokens == null ? -1L : state.maxTotalTokens);
        out.put(state.published);
        out.put(state.submittedAt);
        out.put(state.firstResultAt);
        out.put(state.lastResultAt);
        out.put(state.completedAt == null ? -1L : state.completedAt);
        out.put(spent.possibleDuplicates());
        out.put(state.repeats);
        out.put(state.deadLetters);
        out.put(state.deadLetterReason == null ? "" : state.deadLetterReason);
        out.put(state.firstNoteAt);
        out.put(state.heardAt);
        out.put(state.incomplete);
        return out.bytes();
    }

    /** As {@link java.io.DataOutputStream} writes, and texts as {@link LongText}, in a fraction of the time. */
    private static final class Writer {

        private ByteBuffer bytes = ByteBuffer.allocate(USUAL_BYTES);

        private ByteBuffer roomFor(int more) {
            if (bytes.remaining() < more) {
                int needed = Math.max(2 * bytes.capacity(), bytes.position() + more);
                bytes = ByteBuffer.allocate(needed).put(bytes.flip());
            }
            return bytes;
        }

        void put(byte value) {
            roomFor(Byte.BYTES).put(value);
        }

        void put(boolean value) {
            put((byte) (value ? 1 : 0));
        }

        void put(short value) {
            roomFor(Short.BYTES).putShort(value);
        }

        void put(int value) {
            roomFor(Integer.BYTES).putInt(value);
        }

        void put(long value) {
            roomFor(Long.BYTES).putLong(value);
        }

        void put(String text) {
            put(text.getBytes(UTF_8));
        }

        void put(byte[] value) {
            put(value.length);
            roomFor(value.length).put(value);
        }

        void put(Usage usage) {
            put(usage.inputTokens());
            put(usage.inputTokensDetails());
            put(usage.outputTokens());
            put(usage.outputTokensDetails());
            put(usage.totalTokens());
        }

        void put(Map<String, Long> details) {
            put(details.size());
            details.forEach((name, count) -> {
                put(name);
                put((long) count);
            });
        }

        byte[] bytes() {
            return Arrays.copyOf(bytes.array(), bytes.position());
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

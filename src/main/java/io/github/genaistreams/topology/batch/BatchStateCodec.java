package io.github.genaistreams.topology.batch;

import io.github.genaistreams.model.CostTotal;
import io.github.genaistreams.model.Spent;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.model.Waiting;
import io.github.genaistreams.wire.StateReader;
import io.github.genaistreams.wire.StateWriter;
import io.github.genaistreams.wire.WireException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Encodes a batch's state in the common format of state ({@link StateWriter}). Safe for any number of threads. */
final class BatchStateCodec {

    /**
     * Version 3 allows texts of any length. Other versions added fields at the end: version 2 the number of possible
     * duplicates, version 4 the notes, version 5 why the batch waits, version 6 the time of the latest success.
     */
    private static final int VERSION = 6;

    private BatchStateCodec() {}

    static byte[] encode(BatchState state) {
        var out = new StateWriter(VERSION);
        out.write(state.batchId);
        out.write(state.api);
        out.write(state.reportedSize == null ? -1 : state.reportedSize);
        out.write(state.results.highest);
        out.write(state.results.succeeded);
        out.write(state.results.failed);
        out.write((short) state.results.failures.codes().size());
        for (int i = 0; i < state.results.failures.codes().size(); i++) {
            out.write(state.results.failures.codes().get(i));
            out.write((long) state.results.failures.counts().get(i));
        }
        out.write(state.results.duplicates);
        out.write(state.results.replaced);
        Spent spent = state.results.spent;
        out.write(spent.attempts());
        out.write(spent.pages());
        out.write(spent.usage());
        out.write(spent.cost().picoUsd().toByteArray());
        out.write(spent.cost().priced());
        out.writeCounts(spent.cost().unpriced());
        out.write(state.stop.code == null ? "" : state.stop.code);
        out.write(state.stop.since);
        out.write(state.stop.budgetSpent);
        out.write(state.endedEarly);
        out.write(state.order.isOn);
        out.write(state.order.next);
        out.write(state.order.held);
        out.write(state.stop.maxCostUsd == null ? "" : state.stop.maxCostUsd.toPlainString());
        out.write(state.stop.maxTotalTokens == null ? -1L : state.stop.maxTotalTokens);
        out.write(state.published);
        out.write(state.results.submittedAt);
        out.write(state.results.firstAt);
        out.write(state.results.lastAt);
        out.write(state.completedAt == null ? -1L : state.completedAt);
        out.write(spent.possibleDuplicates());
        out.write(state.notes.repeats);
        out.write(state.notes.deadLetters);
        out.write(state.notes.deadLetterReason == null ? "" : state.notes.deadLetterReason);
        out.write(state.notes.firstAt);
        out.write(state.notes.heardAt);
        out.write(state.notes.incomplete);
        out.writeOptional(state.notes.waiting, waiting -> write(waiting, out));
        out.write(state.notes.succeededAt);
        return out.bytes();
    }

    private static void write(Waiting waiting, StateWriter out) {
        out.write(waiting.reason());
        out.write(waiting.since().toEpochMilli());
        out.write(waiting.until() == null ? -1L : waiting.until().toEpochMilli());
        out.writeOptional(waiting.detail());
    }

    /** @throws WireException if the bytes are not a state that this version can read */
    static BatchState decode(byte[] bytes) {
        return StateReader.read("a batch's state", bytes, VERSION, BatchStateCodec::state);
    }

    /** Java evaluates arguments from left to right, so the reads are in the order of the fields. */
    private static BatchState state(StateReader in) {
        BatchState state = new BatchState(text(in), text(in));
        int size = in.readInt();
        state.reportedSize = size < 0 ? null : size;
        state.results.highest = in.readInt();
        state.results.succeeded = in.readInt();
        state.results.failed = in.readInt();
        state.results.failures = failures(in);
        state.results.duplicates = in.readLong();
        state.results.replaced = in.readLong();
        long attempts = in.readLong();
        long pages = in.readLong();
        Usage usage = new Usage(in.readLong(), details(in), in.readLong(), details(in), in.readLong());
        BigInteger picoUsd =
                new BigInteger(in.readBytes(in.version() < 3 ? Byte.toUnsignedInt(in.readByte()) : in.readInt()));
        CostTotal cost = new CostTotal(picoUsd, in.readLong(), details(in));
        String stopped = text(in);
        state.stop.code = stopped.isEmpty() ? null : stopped;
        state.stop.since = in.readLong();
        state.stop.budgetSpent = in.readBoolean();
        state.endedEarly = in.readBoolean();
        state.order.isOn = in.readBoolean();
        state.order.next = in.readInt();
        state.order.held = in.readLong();
        String maxCost = text(in);
        state.stop.maxCostUsd = maxCost.isEmpty() ? null : new BigDecimal(maxCost);
        long maxTokens = in.readLong();
        state.stop.maxTotalTokens = maxTokens < 0 ? null : maxTokens;
        state.published = in.readBoolean();
        state.results.submittedAt = in.readLong();
        state.results.firstAt = in.readLong();
        state.results.lastAt = in.readLong();
        long completedAt = in.readLong();
        state.completedAt = completedAt < 0 ? null : completedAt;
        long possibleDuplicates = in.version() < 2 ? 0 : in.readLong();
        state.results.spent = new Spent(attempts, pages, usage, cost, possibleDuplicates);
        if (in.version() >= 4) {
            notes(state, in);
        }
        if (in.version() >= 5 && in.readBoolean()) {
            state.notes.waiting = waiting(in);
        }
        if (in.version() >= 6) {
            state.notes.succeededAt = in.readLong();
        }
        return state;
    }

    private static void notes(BatchState state, StateReader in) {
        state.notes.repeats = in.readLong();
        state.notes.deadLetters = in.readLong();
        String reason = text(in);
        state.notes.deadLetterReason = reason.isEmpty() ? null : reason;
        state.notes.firstAt = in.readLong();
        state.notes.heardAt = in.readLong();
        state.notes.incomplete = in.readBoolean();
    }

    private static Waiting waiting(StateReader in) {
        String reason = in.readText();
        Instant since = Instant.ofEpochMilli(in.readLong());
        long until = in.readLong();
        return new Waiting(reason, since, until < 0 ? null : Instant.ofEpochMilli(until), in.readOptional());
    }

    private static String text(StateReader in) {
        return in.version() < 3 ? in.readJavaText() : in.readText();
    }

    private static FailureCodes failures(StateReader in) {
        int size = in.readShort();
        List<String> codes = new ArrayList<>();
        List<Long> counts = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            codes.add(text(in));
            counts.add(in.readLong());
        }
        return new FailureCodes(codes, counts);
    }

    private static Map<String, Long> details(StateReader in) {
        int size = in.version() < 3 ? in.readShort() : in.readInt();
        Map<String, Long> details = new LinkedHashMap<>();
        for (int i = 0; i < size; i++) {
            details.put(text(in), in.readLong());
        }
        return details;
    }
}

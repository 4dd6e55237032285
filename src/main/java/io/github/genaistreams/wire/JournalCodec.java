package io.github.genaistreams.wire;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.wire.JournalEntry.Earlier;
import io.github.genaistreams.wire.JournalEntry.Header;
import io.github.genaistreams.wire.JournalEntry.Job;
import io.github.genaistreams.wire.JournalEntry.State;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Encodes journal entries in the common format of state ({@link StateWriter}). Safe for any number of threads. */
public final class JournalCodec {

    private static final String KIND = "a journal entry";
    private static final int VERSION = 1;
    private static final State[] STATES = State.values();

    /** Room for all fields except the request. */
    private static final int DEFAULT_OVERHEAD = 128;

    private JournalCodec() {}

    /** The entry's bytes. */
    public static byte[] encode(JournalEntry entry) {
        var out = new StateWriter(VERSION, entry.request().length + DEFAULT_OVERHEAD);
        out.write((byte) entry.state().ordinal());
        out.write(entry.attempt());
        out.write(entry.notBefore().toEpochMilli());
        out.write(entry.submittedAt().toEpochMilli());
        out.writeOptional(entry.lastError(), error -> write(error, out));
        out.write(entry.headers().size());
        for (Header header : entry.headers()) {
            out.write(header.key());
            out.writeOptional(header.value(), out::write);
        }
        out.write(entry.request());
        out.writeOptional(entry.remoteJob(), job -> write(job, out));
        out.writeOptional(entry.earlier(), earlier -> write(earlier, out));
        return out.bytes();
    }

    private static void write(Job job, StateWriter out) {
        out.write(job.id());
        out.write(job.acceptedAt().toEpochMilli());
        out.writeOptional(job.requestId());
    }

    private static void write(CallError error, StateWriter out) {
        out.write(error.message());
        out.write(error.type());
        out.writeOptional(error.code());
        out.writeOptional(error.param());
        out.write(error.isRetriable());
        out.writeOptional(error.httpStatus(), status -> out.write(status.intValue()));
    }

    private static void write(Earlier earlier, StateWriter out) {
        out.writeOptional(earlier.usage(), out::write);
        out.writeOptional(earlier.cost(), cost -> out.write(cost.toPlainString()));
        out.writeOptional(earlier.costUnknownReason());
        out.write(earlier.possibleDuplicate());
    }

    /**
     * The decoded entry, also of an earlier version of this program.
     *
     * @throws WireException if the bytes are not a journal entry
     */
    public static JournalEntry decode(byte[] bytes) {
        return SingleObject.isMarked(bytes)
                ? OlderJournalEntries.decode(bytes)
                : StateReader.read(KIND, bytes, VERSION, JournalCodec::read);
    }

    /** Java evaluates arguments from left to right, so the reads are in the order of the fields. */
    private static JournalEntry read(StateReader in) {
        return new JournalEntry(
                STATES[in.readByte()],
                in.readInt(),
                Instant.ofEpochMilli(in.readLong()),
                Instant.ofEpochMilli(in.readLong()),
                in.readBoolean() ? readError(in) : null,
                readHeaders(in),
                in.readBytes(),
                in.readBoolean()
                        ? new Job(in.readText(), Instant.ofEpochMilli(in.readLong()), in.readOptional())
                        : null,
                in.readBoolean() ? readEarlier(in) : null);
    }

    private static CallError readError(StateReader in) {
        return new CallError(
                in.readText(),
                in.readText(),
                in.readOptional(),
                in.readOptional(),
                in.readBoolean(),
                in.readBoolean() ? (Integer) in.readInt() : null);
    }

    private static List<Header> readHeaders(StateReader in) {
        // The count comes from bytes that may be damaged. It must not decide an allocation.
        var headers = new ArrayList<Header>();
        for (int left = in.readInt(); left > 0; left--) {
            headers.add(new Header(in.readText(), in.readBoolean() ? in.readBytes() : null));
        }
        return headers;
    }

    private static Earlier readEarlier(StateReader in) {
        Usage usage = in.readBoolean()
                ? new Usage(in.readLong(), readFigures(in), in.readLong(), readFigures(in), in.readLong())
                : null;
        String usd = in.readOptional();
        return new Earlier(usage, usd == null ? null : new BigDecimal(usd), in.readOptional(), in.readBoolean());
    }

    private static Map<String, Long> readFigures(StateReader in) {
        var figures = new LinkedHashMap<String, Long>();
        for (int left = in.readInt(); left > 0; left--) {
            figures.put(in.readText(), in.readLong());
        }
        return figures;
    }
}

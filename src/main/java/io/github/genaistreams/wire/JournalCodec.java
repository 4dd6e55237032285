package io.github.genaistreams.wire;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.wire.JournalEntry.Earlier;
import io.github.genaistreams.wire.JournalEntry.Header;
import io.github.genaistreams.wire.JournalEntry.Job;
import io.github.genaistreams.wire.JournalEntry.State;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.Decoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.Encoder;
import org.apache.avro.io.EncoderFactory;

/**
 * Journal entries as bytes, always in Avro single-object encoding. Written field by field, since this runs for every
 * request; the order of the calls is that of {@code journal-entry.avsc}. Safe for any number of threads.
 */
public final class JournalCodec {

    private static final RecordSchema SCHEMA = RecordSchema.bundled("journal-entry");
    private static final byte[] HEADER = SCHEMA.header();
    private static final long CURRENT = RecordSchema.fingerprint(SCHEMA.current());
    private static final State[] STATES = State.values();

    /** Room for all but the request and the headers; a little too much costs less than growing. */
    private static final int USUAL_OVERHEAD = 96;

    private static final int NULL = 0;
    private static final int VALUE = 1;

    private JournalCodec() {}

    /** The entry's bytes; {@code entry} is not null. */
    public static byte[] encode(JournalEntry entry) {
        var out = new ByteArrayOutputStream(entry.request().length + USUAL_OVERHEAD);
        out.write(HEADER, 0, HEADER.length);
        try {
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
            write(entry, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new WireException(
                    "cannot write the journal entry: " + e.getClass().getSimpleName());
        }
        return out.toByteArray();
    }

    /**
     * The entry that the bytes hold, also if an earlier version of this software wrote them.
     *
     * @throws WireException if they are not a journal entry
     */
    public static JournalEntry decode(byte[] bytes) {
        if (!SingleObject.isMarked(bytes)) {
            throw new WireException("not a journal entry: no Avro single-object encoding");
        }
        long fingerprint = SingleObject.fingerprint(bytes);
        int start = SingleObject.HEADER_LENGTH;
        Schema written = SCHEMA.of(fingerprint);
        AvroLengths.check(written, bytes, start);
        try {
            var binary = DecoderFactory.get().binaryDecoder(bytes, start, bytes.length - start, null);
            JournalEntry entry = fingerprint == CURRENT ? read(binary) : readOlder(written, binary);
            if (!binary.isEnd()) {
                throw new WireException("not a journal entry: bytes after its end");
            }
            return entry;
        } catch (IOException | RuntimeException e) {
            if (e instanceof WireException unreadable) {
                throw unreadable;
            }
            throw new WireException("not a journal entry: malformed or cut short ("
                    + e.getClass().getSimpleName() + ")");
        }
    }

    /** Rewrites the entry in the current schema first: slow, but only once after an upgrade. */
    private static JournalEntry readOlder(Schema written, BinaryDecoder binary) throws IOException {
        Object resolved = new GenericDatumReader<>(written, SCHEMA.current()).read(null, binary);
        var current = new ByteArrayOutputStream();
        BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(current, null);
        new GenericDatumWriter<>(SCHEMA.current()).write(resolved, encoder);
        encoder.flush();
        return read(DecoderFactory.get().binaryDecoder(current.toByteArray(), null));
    }

    private static void write(JournalEntry entry, Encoder out) throws IOException {
        out.writeEnum(entry.state().ordinal());
        out.writeInt(entry.attempt());
        out.writeLong(entry.notBefore().toEpochMilli());
        out.writeLong(entry.submittedAt().toEpochMilli());
        if (isPresent(entry.lastError(), out)) {
            write(entry.lastError(), out);
        }
        out.writeArrayStart();
        out.setItemCount(entry.headers().size());
        for (Header header : entry.headers()) {
            out.startItem();
            out.writeString(header.key());
            if (isPresent(header.value(), out)) {
                out.writeBytes(header.value());
            }
        }
        out.writeArrayEnd();
        out.writeBytes(entry.request());
        if (isPresent(entry.remoteJob(), out)) {
            out.writeString(entry.remoteJob().id());
            out.writeLong(entry.remoteJob().acceptedAt().toEpochMilli());
            writeOptional(entry.remoteJob().requestId(), out);
        }
        if (isPresent(entry.earlier(), out)) {
            write(entry.earlier(), out);
        }
    }

    private static void write(Earlier earlier, Encoder out) throws IOException {
        Usage usage = earlier.usage();
        if (isPresent(usage, out)) {
            out.writeLong(usage.inputTokens());
            write(usage.inputTokensDetails(), out);
            out.writeLong(usage.outputTokens());
            write(usage.outputTokensDetails(), out);
            out.writeLong(usage.totalTokens());
        }
        writeOptional(earlier.cost() == null ? null : earlier.cost().toPlainString(), out);
        writeOptional(earlier.costUnknownReason(), out);
        out.writeBoolean(earlier.possibleDuplicate());
    }

    private static void write(Map<String, Long> figures, Encoder out) throws IOException {
        out.writeMapStart();
        out.setItemCount(figures.size());
        for (Map.Entry<String, Long> figure : figures.entrySet()) {
            out.startItem();
            out.writeString(figure.getKey());
            out.writeLong(figure.getValue());
        }
        out.writeMapEnd();
    }

    private static void write(CallError error, Encoder out) throws IOException {
        out.writeString(error.message());
        out.writeString(error.type());
        writeOptional(error.code(), out);
        writeOptional(error.param(), out);
        out.writeBoolean(error.isRetriable());
        if (isPresent(error.httpStatus(), out)) {
            out.writeInt(error.httpStatus());
        }
    }

    private static void writeOptional(String text, Encoder out) throws IOException {
        if (isPresent(text, out)) {
            out.writeString(text);
        }
    }

    /** Writes the branch of a union of null and something. */
    private static boolean isPresent(Object value, Encoder out) throws IOException {
        out.writeIndex(value == null ? NULL : VALUE);
        return value != null;
    }

    // Java evaluates arguments from left to right, so the order of the reads is that of the fields.

    private static JournalEntry read(Decoder in) throws IOException {
        return new JournalEntry(
                STATES[in.readEnum()],
                in.readInt(),
                Instant.ofEpochMilli(in.readLong()),
                Instant.ofEpochMilli(in.readLong()),
                isPresent(in) ? readError(in) : null,
                readHeaders(in),
                readBytes(in),
                isPresent(in) ? new Job(in.readString(), Instant.ofEpochMilli(in.readLong()), readOptional(in)) : null,
                isPresent(in) ? readEarlier(in) : null);
    }

    private static Earlier readEarlier(Decoder in) throws IOException {
        Usage usage = isPresent(in)
                ? new Usage(in.readLong(), readFigures(in), in.readLong(), readFigures(in), in.readLong())
                : null;
        String usd = readOptional(in);
        String unknownReason = readOptional(in);
        return new Earlier(usage, usd == null ? null : new BigDecimal(usd), unknownReason, in.readBoolean());
    }

    private static Map<String, Long> readFigures(Decoder in) throws IOException {
        var figures = new HashMap<String, Long>();
        for (long block = in.readMapStart(); block != 0; block = in.mapNext()) {
            for (long i = 0; i < block; i++) {
                figures.put(in.readString(), in.readLong());
            }
        }
        return figures;
    }

    private static CallError readError(Decoder in) throws IOException {
        return new CallError(
                in.readString(),
                in.readString(),
                readOptional(in),
                readOptional(in),
                in.readBoolean(),
                isPresent(in) ? (Integer) in.readInt() : null);
    }

    private static List<Header> readHeaders(Decoder in) throws IOException {
        long block = in.readArrayStart();
        if (block == 0) {
            return List.of();
        }
        // The count is read from bytes that may be broken; it is not a size to allocate.
        var headers = new ArrayList<Header>();
        for (; block != 0; block = in.arrayNext()) {
            for (long i = 0; i < block; i++) {
                headers.add(new Header(in.readString(), isPresent(in) ? readBytes(in) : null));
            }
        }
        return headers;
    }

    private static String readOptional(Decoder in) throws IOException {
        return isPresent(in) ? in.readString() : null;
    }

    private static boolean isPresent(Decoder in) throws IOException {
        int branch = in.readIndex();
        if (branch != NULL && branch != VALUE) {
            throw new AvroRuntimeException("no such branch");
        }
        return branch == VALUE;
    }

    private static byte[] readBytes(Decoder in) throws IOException {
        ByteBuffer bytes = in.readBytes(null);
        // A buffer that Avro has just made for us is the array as a whole; copying it would only double the work.
        if (bytes.hasArray() && bytes.arrayOffset() == 0 && bytes.array().length == bytes.remaining()) {
            return bytes.array();
        }
        var copy = new byte[bytes.remaining()];
        bytes.get(copy);
        return copy;
    }
}

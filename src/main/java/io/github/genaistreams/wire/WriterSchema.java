package io.github.genaistreams.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.avro.AvroTypeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Another program's schema of records, by its ID in a schema registry. Records are read by Avro's rules of schema
 * resolution, whatever the record's name: with fields in another order or of a narrower type, without fields that have
 * a default here, and with unknown fields, which are ignored. Immutable and thread-safe.
 */
public final class WriterSchema {

    private static final Logger LOG = LoggerFactory.getLogger(WriterSchema.class);

    private static final int MAX_NAMES = 10;

    private final int id;
    private final Schema schema;
    private final long fingerprint;

    /** Cached by our own schema: computing a resolution takes long, and it is the same for all records. */
    private final Map<Schema, Resolution> resolutions = new ConcurrentHashMap<>();

    private record Resolution(GenericDatumReader<Object> reader, GenericDatumWriter<Object> writer) {}

    private WriterSchema(int id, Schema schema) {
        this.id = id;
        this.schema = schema;
        this.fingerprint = RecordSchema.fingerprint(schema);
    }

    /**
     * @param text from the registry
     * @throws WireException if it is not an Avro schema
     */
    public static WriterSchema parse(int id, String text) {
        try {
            Schema written = parser().parse(text);
            // Without documentation and defaults, which only a reader needs: there may be many schemas.
            return new WriterSchema(id, parser().parse(SchemaNormalization.toParsingForm(written)));
        } catch (RuntimeException | StackOverflowError e) {
            throw new WireException("the schema with ID " + id + " in the registry is not a valid Avro schema ("
                    + e.getClass().getSimpleName() + ")");
        }
    }

    private static Schema.Parser parser() {
        return new Schema.Parser().setValidateDefaults(false);
    }

    /**
     * The same record in Avro single-object encoding, with our schema.
     *
     * @param framed in Confluent's wire format, with the ID of this schema
     * @throws UnresolvedSchemaException if this schema does not resolve to ours for this record
     * @throws WireException             if the bytes are not such a record
     */
    byte[] plain(byte[] framed, RecordSchema ours) {
        if (ours.versions().containsKey(fingerprint)) {
            byte[] plain = new byte[SingleObject.HEADER_LENGTH - Framing.HEADER_LENGTH + framed.length];
            System.arraycopy(SingleObject.header(fingerprint), 0, plain, 0, SingleObject.HEADER_LENGTH);
            System.arraycopy(
                    framed,
                    Framing.HEADER_LENGTH,
                    plain,
                    SingleObject.HEADER_LENGTH,
                    framed.length - Framing.HEADER_LENGTH);
            return plain;
        }
        if (AvroLengths.check(schema, framed, Framing.HEADER_LENGTH) != framed.length) {
            throw new WireException("the value is not exactly one complete record");
        }
        Resolution resolution = resolutions.computeIfAbsent(ours.current(), this::resolution);
        try {
            Object value = read(resolution.reader(), framed);
            var out = new ByteArrayOutputStream(framed.length + 256);
            out.write(ours.header());
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
            resolution.writer().write(value, encoder);
            encoder.flush();
            return out.toByteArray();
        } catch (AvroTypeException e) {
            throw unresolved(framed, ours.current());
        } catch (IOException | RuntimeException e) {
            throw malformed();
        }
    }

    private static Object read(GenericDatumReader<Object> reader, byte[] framed) throws IOException {
        int start = Framing.HEADER_LENGTH;
        return reader.read(null, DecoderFactory.get().binaryDecoder(framed, start, framed.length - start, null));
    }

    private Resolution resolution(Schema ours) {
        if (schema.getType() == Schema.Type.RECORD) {
            List<String> passedOver = Schema.applyAliases(schema, ours).getFields().stream()
                    .map(Schema.Field::name)
                    .filter(name -> ours.getField(name) == null)
                    .toList();
            if (!passedOver.isEmpty()) {
                LOG.warn(
                        "Records with schema {} of the registry have fields that {} does not have; they are ignored:"
                                + " {}",
                        id,
                        ours.getName(),
                        passedOver.stream()
                                .limit(MAX_NAMES)
                                .map(RecordFault::printable)
                                .collect(Collectors.joining(", ")));
            }
        }
        return new Resolution(new GenericDatumReader<>(schema, ours), new GenericDatumWriter<>(ours));
    }

    /** Finds the field that does not resolve, and the record's owner. */
    private WireException unresolved(byte[] framed, Schema ours) {
        Object value;
        try {
            value = read(new GenericDatumReader<>(schema), framed);
        } catch (IOException | RuntimeException e) {
            return malformed();
        }
        if (!(value instanceof GenericRecord record)) {
            return new WireException(
                    "the value is not a record, but of type " + name(schema) + " (schema " + id + " of the registry)");
        }
        // Fields keep their positions, and get our names.
        Schema named = Schema.applyAliases(schema, ours);
        String field = null;
        String what = "does not resolve to " + ours.getName();
        for (Schema.Field our : ours.getFields()) {
            Optional<String> fault = fault(our, named.getField(our.name()), record);
            if (fault.isPresent()) {
                field = our.name();
                what = fault.get();
                break;
            }
        }
        return new UnresolvedSchemaException(
                (field == null ? "the record" : "`" + field + "`") + " " + what + " (schema " + id
                        + " of the registry)",
                field,
                value(named, "batch_id", record) instanceof CharSequence text ? text.toString() : null,
                number(value(named, "index", record)),
                number(value(named, "batch_size", record)));
    }

    private Optional<String> fault(Schema.Field our, Schema.@Nullable Field named, GenericRecord record) {
        if (named == null) {
            return our.hasDefaultValue()
                    ? Optional.empty()
                    : Optional.of("is missing in the schema it was written with");
        }
        Schema written = schema.getFields().get(named.pos()).schema();
        Object value = record.get(named.pos());
        if (isReadable(value, written, our.schema())) {
            return Optional.empty();
        }
        Schema branch =
                written.isUnion() ? written.getTypes().get(GenericData.get().resolveUnion(written, value)) : written;
        return Optional.of("is of type " + name(branch) + ", which cannot be read as " + name(our.schema()));
    }

    private static boolean isReadable(Object value, Schema written, Schema ours) {
        try {
            var out = new ByteArrayOutputStream();
            BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
            new GenericDatumWriter<>(written).write(value, encoder);
            encoder.flush();
            new GenericDatumReader<>(written, ours)
                    .read(null, DecoderFactory.get().binaryDecoder(out.toByteArray(), null));
            return true;
        } catch (IOException | RuntimeException e) {
            return false;
        }
    }

    private static String name(Schema type) {
        return type.isUnion()
                ? type.getTypes().stream().map(WriterSchema::name).collect(Collectors.joining(" or "))
                : RecordFault.printable(type.getName());
    }

    private static @Nullable Object value(Schema named, String field, GenericRecord record) {
        Schema.Field at = named.getField(field);
        return at == null ? null : record.get(at.pos());
    }

    private static @Nullable Integer number(@Nullable Object value) {
        return value instanceof Integer || value instanceof Long number && number == number.intValue()
                ? Integer.valueOf(((Number) value).intValue())
                : null;
    }

    private static WireException malformed() {
        return new WireException("the Avro value is malformed");
    }
}

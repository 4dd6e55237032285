package io.github.genaistreams.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.dataformat.avro.AvroSchema;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.Schema;

/**
 * One record type as bytes, in either {@link WireFormat}. Both forms carry the same values: a value written as JSON and
 * read again equals the value written as Avro and read again. Instants have milliseconds.
 *
 * <p>Decoding is strict: an unknown field, a repeated field, a value of another type, and bytes after the record are
 * refused. Immutable and safe for any number of threads.
 *
 * @param <T> the record type
 * @see Codecs
 */
public final class Codec<T> {

    private final RecordSchema schema;
    private final JsonShape<T> shape;
    private final byte[] avroHeader;
    private final ObjectReader jsonReader;
    private final ObjectWriter jsonWriter;
    private final Map<Long, ObjectReader> avroReaders;
    private final ObjectWriter avroWriter;
    private final WriterSchemas writers;

    Codec(JavaType type, RecordSchema schema) {
        this(type, schema, JsonShape.plain(), Mappers.JSON, Mappers.AVRO);
    }

    /** With its own JSON form, and its own mappers for reading. */
    Codec(JavaType type, RecordSchema schema, JsonShape<T> shape, ObjectMapper json, ObjectMapper avro) {
        this.schema = schema;
        this.shape = shape;
        this.avroHeader = schema.header();
        this.jsonReader = json.readerFor(type);
        this.jsonWriter = Mappers.JSON.writerFor(type);
        this.avroWriter = Mappers.AVRO.writerFor(type).with(new AvroSchema(schema.current()));
        Map<Long, ObjectReader> readers = new HashMap<>();
        schema.versions()
                .forEach((fingerprint, version) ->
                        readers.put(fingerprint, avroReader(avro.readerFor(type), version, schema)));
        this.avroReaders = Map.copyOf(readers);
        this.writers = WriterSchemas.NONE;
    }

    private Codec(Codec<T> other, byte[] avroHeader, WriterSchemas writers) {
        this.schema = other.schema;
        this.shape = other.shape;
        this.avroHeader = avroHeader;
        this.jsonReader = other.jsonReader;
        this.jsonWriter = other.jsonWriter;
        this.avroReaders = other.avroReaders;
        this.avroWriter = other.avroWriter;
        this.writers = writers;
    }

    /**
     * The same, which also reads records that are framed for a schema registry. {@link #decode} then throws what
     * {@code writers} throws.
     */
    public Codec<T> reading(WriterSchemas writers) {
        return new Codec<>(this, avroHeader, writers);
    }

    /**
     * The same, whose Avro form is Confluent's wire format.
     *
     * @param schemaId ID of {@link #avroSchema()} in the registry
     */
    public Codec<T> framed(int schemaId) {
        return new Codec<>(this, Framing.header(schemaId), writers);
    }

    /** Whether a record's value is in Confluent's wire format: only a schema registry can decode it. */
    public static boolean isFramed(byte[] value) {
        return Framing.isMarked(value);
    }

    /** The schema of the Avro form, as JSON text. */
    public String avroSchema() {
        return schema.current().toString();
    }

    private static ObjectReader avroReader(ObjectReader reader, Schema version, RecordSchema schema) {
        var current = new AvroSchema(schema.current());
        if (version.equals(schema.current())) {
            // Resolving costs time for every record, so it is done only where the schemas differ.
            return reader.with(current);
        }
        try {
            return reader.with(new AvroSchema(version).withReaderSchema(current));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a bundled schema does not resolve to " + current.getAvroSchema(), e);
        }
    }

    /**
     * The value as bytes.
     *
     * @throws WireException if the value cannot be encoded: a number that is not finite, or null in a field that the
     *     Avro schema requires
     */
    public byte[] encode(T value, WireFormat format) {
        Objects.requireNonNull(value, "value");
        try {
            return switch (format) {
                case JSON -> shape.write(jsonWriter, value);
                case AVRO -> avro(value);
            };
        } catch (IOException | RuntimeException e) {
            throw new WireException(
                    "cannot write " + schema.current().getName() + " as " + format + ": " + reason(value, e));
        }
    }

    /**
     * The decoded value, for either form.
     *
     * @param bytes the record's value
     * @throws WireException if the bytes are not such a record
     */
    public T decode(byte[] bytes) {
        byte[] plain = plain(Objects.requireNonNull(bytes, "bytes"));
        try {
            return shape.checked(readEither(plain, WireForm.of(plain)));
        } catch (WireException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw new WireException(RecordFault.of(e).sentence());
        }
    }

    /** The bytes; in single-object encoding if they are framed for a schema registry. */
    byte[] plain(byte[] bytes) {
        return Framing.isMarked(bytes) ? writers.of(Framing.id(bytes)).plain(bytes, schema) : bytes;
    }

    private T readEither(byte[] bytes, WireForm form) throws IOException {
        try {
            return read(bytes, form);
        } catch (JsonProcessingException e) {
            Optional<JsonNode> standard = form.format() == WireFormat.JSON
                    ? shape.standard(jsonReader.readTree(bytes, form.start(), bytes.length - form.start()))
                    : Optional.empty();
            if (standard.isEmpty()) {
                throw e;
            }
            return jsonReader.readValue(standard.get());
        }
    }

    /** As {@link #decode}, but with the parser's exception, for a caller that examines it. */
    T read(byte[] bytes, WireForm form) throws IOException {
        requireSound(bytes, form);
        return reader(bytes, form).readValue(bytes, form.start(), bytes.length - form.start());
    }

    /** The record as a tree with any fields, as far as it can be read. */
    JsonNode readTree(byte[] bytes, WireForm form) throws IOException {
        requireSound(bytes, form);
        return switch (form.format()) {
            case JSON -> Mappers.LENIENT_JSON.readTree(bytes, form.start(), bytes.length - form.start());
            case AVRO -> reader(bytes, form).readTree(bytes, form.start(), bytes.length - form.start());
        };
    }

    /** Top-level fields that are repeated or contain a repeated name; Avro cannot repeat a field. */
    Set<String> repeatedFields(byte[] bytes, WireForm form) throws IOException {
        if (form.format() == WireFormat.AVRO) {
            return Set.of();
        }
        try (JsonParser parser = Mappers.LENIENT_JSON.createParser(bytes, form.start(), bytes.length - form.start())) {
            return RepeatedFields.in(parser);
        }
    }

    private ObjectReader reader(byte[] bytes, WireForm form) {
        if (form.format() == WireFormat.JSON) {
            return jsonReader;
        }
        // requireSound has refused any other fingerprint.
        return Objects.requireNonNull(avroReaders.get(SingleObject.fingerprint(bytes)));
    }

    /** Checks that the parsers do not make, or make too late. */
    private void requireSound(byte[] bytes, WireForm form) {
        if (form.format() == WireFormat.AVRO) {
            AvroLengths.check(schema.of(SingleObject.fingerprint(bytes)), bytes, form.start());
        } else if (!Utf8.isValid(bytes, form.start())) {
            throw new WireException("the value is not valid UTF-8");
        }
    }

    private byte[] avro(T value) throws IOException {
        var out = new ByteArrayOutputStream(512);
        out.write(avroHeader);
        avroWriter.writeValue(out, value);
        return out.toByteArray();
    }

    /** Avro's own messages quote values, so the missing field is found here. */
    private String reason(T value, Exception e) {
        try {
            JsonNode tree = Mappers.JSON.valueToTree(value);
            for (Schema.Field field : schema.current().getFields()) {
                boolean nullable = field.schema().isNullable();
                if (!nullable && !tree.hasNonNull(field.name())) {
                    return "`" + field.name() + "` is missing";
                }
            }
        } catch (IllegalArgumentException unwritable) {
            return "a number in it is not finite";
        }
        return e.getClass().getSimpleName();
    }
}

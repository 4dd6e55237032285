package io.github.genaistreams.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.Decoded.Invalid;
import io.github.genaistreams.wire.Decoded.Unreadable;
import io.github.genaistreams.wire.Decoded.Valid;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Records in Confluent's wire format, written by whoever has a schema registry. */
class FramedRecordsTest {

    private static final int ID = 258;

    @Test
    void isReadWithTheSchemaThatWeWriteWithAndWithAnEarlierOne() throws IOException {
        Schema current = PlainAvro.with("responses-request").schema();
        Schema earlier = new Schema.Parser()
                .parse(Path.of("schemas", "older", "responses-request.v1.avsc").toFile());

        for (Schema schema : List.of(current, earlier)) {
            var record = new GenericData.Record(schema);
            record.put("batch_id", "b");
            record.put("index", 3);
            record.put("model", "m");
            record.put("user_prompt", List.of("{\"role\":\"user\",\"content\":\"p\"}"));
            record.put("temperature", 0.5);

            ResponsesRequest request = valid(schema, record);

            assertThat(request.key()).isEqualTo(new ItemKey("b", 3));
            assertThat(request.temperature()).isEqualTo(0.5);
            assertThat(request.userPrompt().length()).isPositive();
        }
    }

    @Test
    void isReadWithAnySchemaThatResolvesToOurs() {
        Schema schema = SchemaBuilder.record("LlmCall")
                .namespace("com.acme")
                .fields()
                .requiredBytes("user_prompt")
                .requiredInt("temperature")
                .optionalString("model")
                .name("tags")
                .type()
                .array()
                .items()
                .stringType()
                .noDefault()
                .requiredInt("index")
                .requiredFloat("top_p")
                .requiredString("batch_id")
                .name("metadata")
                .type()
                .map()
                .values()
                .stringType()
                .noDefault()
                .endRecord();
        var record = new GenericData.Record(schema);
        record.put("user_prompt", ByteBuffer.wrap(new byte[] {'p', '?'}));
        record.put("temperature", 1);
        record.put("model", "m");
        record.put("tags", List.of("x", "y"));
        record.put("index", 3);
        record.put("top_p", 0.25f);
        record.put("batch_id", "b");
        record.put("metadata", Map.of("k", "v"));

        assertThat(valid(schema, record))
                .isEqualTo(ResponsesRequest.builder()
                        .batchId("b")
                        .index(3)
                        .model("m")
                        .userPrompt("p?")
                        .temperature(1.0)
                        .topP(0.25)
                        .metadata(Map.of("k", "v"))
                        .build());
    }

    @Test
    void isReadByTheAliasesOfOurs() {
        Schema ours = new Schema.Parser()
                .parse(
                        "{\"type\":\"record\",\"name\":\"BatchControl\",\"namespace\":\"io.github.genaistreams\",\"fields\":["
                                + "{\"name\":\"batch_id\",\"type\":\"string\",\"aliases\":[\"batch\"]},"
                                + "{\"name\":\"max_total_tokens\",\"type\":[\"null\",\"long\"],\"default\":null}]}");
        var codec = new Codec<BatchControl>(
                com.fasterxml.jackson.databind.type.TypeFactory.defaultInstance()
                        .constructType(BatchControl.class),
                new RecordSchema(ours, Map.of(RecordSchema.fingerprint(ours), ours)));
        Schema schema = SchemaBuilder.record("BatchControl")
                .namespace("io.github.genaistreams")
                .fields()
                .requiredInt("max_total_tokens")
                .requiredString("batch")
                .endRecord();
        var record = new GenericData.Record(schema);
        record.put("max_total_tokens", 7);
        record.put("batch", "b");

        BatchControl control = codec.reading(knows(schema)).decode(framed(schema, record));

        assertThat(control.batchId()).isEqualTo("b");
        assertThat(control.maxTotalTokens()).isEqualTo(7L);
    }

    @Test
    void whatDoesNotResolveIsAFailedItemThatNamesTheFieldIfItSaysWhoseItIs() {
        assertThat(invalid(item("int", "\"string\""), 3, null))
                .satisfies(invalid -> assertThat(invalid.key()).isEqualTo(new ItemKey("b", 3)))
                .extracting(invalid -> invalid.error().param(), invalid -> invalid.error()
                        .message())
                .containsExactly(
                        "model", "`model` is missing in the schema it was written with (schema 258 of the registry)");
        assertThat(invalid(item("long", "\"string\""), 3L, null).error().message())
                .isEqualTo("`index` is of type long, which cannot be read as int (schema 258 of the registry)");
        assertThat(invalid(item("int", "[\"null\",\"string\"]", "model"), 3, null)
                        .error()
                        .message())
                .isEqualTo("`model` is of type null, which cannot be read as string (schema 258 of the registry)");
        assertThat(invalid(item("int", "{\"type\":\"array\",\"items\":\"int\"}", "model"), 3, List.of(1))
                        .error())
                .satisfies(error -> assertThat(error.isRetriable()).isFalse())
                .satisfies(error -> assertThat(error.message()).startsWith("`model` is of type array"));
    }

    @Test
    void aFieldThatMayHaveAnotherTypeDoesNoHarmWhenItHasTheUsualOne() {
        Schema schema = new Schema.Parser()
                .parse("{\"type\":\"record\",\"name\":\"R\",\"fields\":["
                        + "{\"name\":\"batch_id\",\"type\":[\"null\",\"string\"]},{\"name\":\"index\",\"type\":[\"int\",\"null\"]},"
                        + "{\"name\":\"model\",\"type\":[\"null\",\"string\"]}]}");

        var good = new GenericData.Record(schema);
        good.put("batch_id", "b");
        good.put("index", 3);
        good.put("model", "m");
        assertThat(((Invalid<ResponsesRequest>) decode(schema, framed(schema, good)))
                        .error()
                        .message())
                .startsWith("`user_prompt` is missing");
        var noModel = new GenericData.Record(schema);
        noModel.put("batch_id", "b");
        noModel.put("index", 3);
        assertThat(((Invalid<ResponsesRequest>) decode(schema, framed(schema, noModel)))
                        .error()
                        .param())
                .isEqualTo("model");
    }

    @Test
    void whatDoesNotResolveAndNamesNoItemIsUnreadableAndOfItsBatchIfItNamesThat() {
        Schema noIndex = SchemaBuilder.record("R")
                .fields()
                .requiredString("batch_id")
                .requiredLong("batch_size")
                .endRecord();
        var record = new GenericData.Record(noIndex);
        record.put("batch_id", "b");
        record.put("batch_size", 10L);

        assertThat(unreadable(noIndex, framed(noIndex, record)))
                .isEqualTo(new Unreadable<>(
                        "`index` is missing in the schema it was written with (schema 258 of the registry)", "b", 10));

        Schema text = Schema.create(Schema.Type.STRING);
        assertThat(unreadable(text, framed(text, "hello")).reason())
                .isEqualTo("the value is not a record, but of type string (schema 258 of the registry)");
        Schema tooFar = item("long", "\"string\"");
        assertThat(unreadable(tooFar, framed(tooFar, item(tooFar, 1L << 40, null)))
                        .batchId())
                .isEqualTo("b");
    }

    static Stream<Arguments> broken() {
        Schema schema = item("int", "\"string\"", "model");
        byte[] good = framed(schema, item(schema, 3, "m"));
        return Stream.of(
                arguments("cut", schema, Arrays.copyOf(good, good.length - 1), "truncated"),
                arguments("longer", schema, Arrays.copyOf(good, good.length + 1), "not exactly one complete record"),
                arguments("cut in the ID", schema, new byte[] {0, 0, 1}, "has no schema ID"),
                arguments("no ID", schema, new byte[] {0, 0, 0, 0, 0, 2}, "has no schema ID"),
                arguments("below zero", schema, new byte[] {0, -1, 0, 0, 1, 2}, "has no schema ID"),
                arguments("nothing but the ID", schema, Arrays.copyOf(good, 5), "truncated"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("broken")
    void brokenBytesAreUnreadable(String name, Schema schema, byte[] bytes, String reason) {
        assertThat(unreadable(schema, bytes).reason()).contains(reason);
    }

    /** Whoever may register schemas may register these. */
    static Stream<Arguments> bombs() {
        Schema list = new Schema.Parser()
                .parse(
                        "{\"type\":\"record\",\"name\":\"L\",\"fields\":[{\"name\":\"tools\",\"type\":[\"null\",\"L\"]}]}");
        byte[] nested = header(1_000_000);
        Arrays.fill(nested, 5, nested.length, (byte) 2);

        Schema itself = Schema.createRecord("I", null, null, false);
        itself.setFields(List.of(new Schema.Field("me", itself)));

        var laughs = new StringBuilder("{\"type\":\"record\",\"name\":\"R40\",\"fields\":[]}");
        for (int i = 39; i >= 0; i--) {
            String next = "R" + (i + 1);
            laughs = new StringBuilder(
                    "{\"type\":\"record\",\"name\":\"R" + i + "\",\"fields\":[{\"name\":\"a\",\"type\":" + laughs
                            + "},{\"name\":\"b\",\"type\":\"" + next + "\"}]}");
        }
        Schema nothings = Schema.createArray(Schema.createArray(Schema.create(Schema.Type.NULL)));
        var many = new ByteArrayOutputStream();
        many.writeBytes(new byte[] {0, 0, 0, 1, 2});
        byte[] count = varint(100_000);
        many.writeBytes(count);
        for (int i = 0; i < 100_000; i++) {
            many.writeBytes(varint(300_000));
            many.write(0);
        }
        return Stream.of(
                arguments("nested", list, nested),
                arguments("itself", itself, header(5)),
                arguments("laughs", new Schema.Parser().parse(laughs.toString()), header(5)),
                arguments("nothings", nothings, many.toByteArray()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("bombs")
    void aSchemaCannotMakeAFewBytesIntoMuchWork(String name, Schema schema, byte[] bytes) {
        assertThat(unreadable(schema, bytes).reason()).contains("nested too deeply, or has too many values");
    }

    @Test
    void withoutARegistryTheReasonSaysWhatToSet() {
        Schema schema = item("int", "\"string\"", "model");
        byte[] bytes = framed(schema, item(schema, 3, "m"));

        assertThat(RequestDecoder.responses().decode(bytes))
                .isEqualTo(new Unreadable<>("the value is framed for a schema registry (schema ID 258): set"
                        + " schema.registry.url for the worker"));
        assertThatThrownBy(() -> Codecs.CALL_RESULT_SUMMARY.decode(bytes)).isInstanceOf(WireException.class);
    }

    @Test
    void anyAvroProgramReadsWhatIsWritten() throws IOException {
        BatchControl control = BatchControl.of("b");
        Codec<BatchControl> codec = Codecs.BATCH_CONTROL.framed(ID);
        byte[] bytes = codec.encode(control, WireFormat.AVRO);

        assertThat(Arrays.copyOf(bytes, 5)).containsExactly(0, 0, 0, 1, 2);
        Schema schema = new Schema.Parser().parse(codec.avroSchema());
        GenericRecord record = new GenericDatumReader<GenericRecord>(schema)
                .read(null, DecoderFactory.get().binaryDecoder(bytes, 5, bytes.length - 5, null));
        assertThat(record.get("batch_id")).hasToString("b");
        assertThat(codec.reading(knows(schema)).decode(bytes)).isEqualTo(control);
        assertThat(codec.encode(control, WireFormat.JSON)[0]).isEqualTo((byte) '{');
    }

    @Test
    void anInvalidSchemaIsRefused() {
        assertThatThrownBy(() -> WriterSchema.parse(7, "{\"type\":\"nonsense\"}"))
                .isInstanceOf(WireException.class)
                .hasMessageContaining("schema with ID 7");
        assertThatThrownBy(() -> WriterSchema.parse(7, "[".repeat(100_000))).isInstanceOf(WireException.class);
    }

    private static Schema item(String indexType, String type) {
        return item(indexType, type, "another");
    }

    /** A request whose last field has this type and name. */
    private static Schema item(String indexType, String type, String field) {
        return new Schema.Parser()
                .parse("{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"batch_id\",\"type\":\"string\"},"
                        + "{\"name\":\"index\",\"type\":\"" + indexType + "\"},{\"name\":\"" + field + "\",\"type\":"
                        + type
                        + "}]}");
    }

    private static GenericRecord item(Schema schema, Object index, Object last) {
        var record = new GenericData.Record(schema);
        record.put(0, "b");
        record.put(1, index);
        boolean isText = schema.getFields().get(2).schema().getType() == Schema.Type.STRING;
        record.put(2, last == null && isText ? "x" : last);
        return record;
    }

    private static Invalid<ResponsesRequest> invalid(Schema schema, Object index, Object last) {
        return (Invalid<ResponsesRequest>) decode(schema, framed(schema, item(schema, index, last)));
    }

    private static Unreadable<ResponsesRequest> unreadable(Schema schema, byte[] bytes) {
        return (Unreadable<ResponsesRequest>) decode(schema, bytes);
    }

    private static ResponsesRequest valid(Schema schema, GenericRecord record) {
        return ((Valid<ResponsesRequest>) decode(schema, framed(schema, record))).request();
    }

    private static Decoded<ResponsesRequest> decode(Schema schema, byte[] bytes) {
        return RequestDecoder.responses().reading(knows(schema)).decode(bytes);
    }

    private static WriterSchemas knows(Schema schema) {
        WriterSchema written = WriterSchema.parse(ID, schema.toString());
        return id -> {
            assertThat(id).isEqualTo(ID);
            return written;
        };
    }

    private static byte[] framed(Schema schema, Object value) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(header(5));
        var encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        try {
            new GenericDatumWriter<>(schema).write(value, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    private static byte[] header(int length) {
        return Arrays.copyOf(new byte[] {0, 0, 0, 1, 2}, length);
    }

    private static byte[] varint(long number) {
        var out = new ByteArrayOutputStream();
        for (long left = number << 1; ; left >>>= 7) {
            if (left < 0x80) {
                out.write((int) left);
                return out.toByteArray();
            }
            out.write((int) (left & 0x7f | 0x80));
        }
    }
}

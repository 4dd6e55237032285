package io.github.genaistreams.e2e;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;

/** Confluent's wire format, as its serializers write and read it, with nothing of ours. */
final class Framed {

    private Framed() {}

    static byte[] bytes(int id, GenericRecord record) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(ByteBuffer.allocate(5).put((byte) 0).putInt(id).array());
        var encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        try {
            new GenericDatumWriter<GenericRecord>(record.getSchema()).write(record, encoder);
            encoder.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    /** A schema for requests, of somebody who has another field and calls the prompt this. */
    static String schema(String name, String prompt) {
        return "{\"type\":\"record\",\"name\":\"" + name + "\",\"namespace\":\"com.acme\",\"fields\":["
                + "{\"name\":\"tenant\",\"type\":\"string\"},{\"name\":\"" + prompt + "\",\"type\":\"string\"},"
                + "{\"name\":\"model\",\"type\":\"string\"},{\"name\":\"batch_size\",\"type\":[\"int\",\"null\"]},"
                + "{\"name\":\"index\",\"type\":\"int\"},{\"name\":\"batch_id\",\"type\":\"string\"}]}";
    }

    /** A request with a schema like that. */
    static byte[] item(int id, String batchId, int index) {
        var request = new GenericData.Record(new Schema.Parser().parse(schema("Any", "user_prompt")));
        request.put("tenant", "t");
        request.put("user_prompt", "Question");
        request.put("model", "gpt-4o-mini");
        request.put("batch_size", null);
        request.put("index", index);
        request.put("batch_id", batchId);
        return bytes(id, request);
    }

    /** @param schema with the ID that the value names */
    static GenericRecord read(byte[] value, String schema) {
        try {
            return new GenericDatumReader<GenericRecord>(new Schema.Parser().parse(schema))
                    .read(null, DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, null));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

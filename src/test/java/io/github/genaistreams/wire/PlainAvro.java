package io.github.genaistreams.wire;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.message.BinaryMessageEncoder;

/** What any Avro program does with nothing but a file of {@code schemas/}. */
record PlainAvro(Schema schema) {

    static PlainAvro with(String name) {
        return new PlainAvro(SchemaFiles.current(name));
    }

    GenericRecord read(byte[] bytes) {
        try {
            return new BinaryMessageDecoder<GenericRecord>(new GenericData(), schema).decode(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    byte[] write(GenericRecord record) {
        try {
            ByteBuffer buffer = new BinaryMessageEncoder<GenericRecord>(new GenericData(), schema).encode(record);
            var out = new ByteArrayOutputStream();
            out.write(buffer.array(), buffer.arrayOffset() + buffer.position(), buffer.remaining());
            return out.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

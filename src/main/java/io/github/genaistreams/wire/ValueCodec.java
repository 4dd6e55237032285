package io.github.genaistreams.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** How Jackson writes and reads values of one type, as two functions. */
record ValueCodec<T>(Class<T> type, Writing<T> writing, Reading<? extends T> reading) {

    @FunctionalInterface
    interface Writing<T> {
        void write(T value, JsonGenerator out, SerializerProvider context) throws IOException;
    }

    @FunctionalInterface
    interface Reading<T> {
        @Nullable
        T read(JsonParser in, DeserializationContext context) throws IOException;
    }

    void addTo(SimpleModule module) {
        module.addSerializer(new Writer<>(type, writing)).addDeserializer(type, new Reader<>(type, reading));
    }

    static final class Writer<T> extends StdSerializer<T> {

        private final transient Writing<T> writing;

        Writer(Class<T> type, Writing<T> writing) {
            super(type);
            this.writing = writing;
        }

        @Override
        public void serialize(T value, JsonGenerator out, SerializerProvider context) throws IOException {
            writing.write(value, out, context);
        }
    }

    private static final class Reader<T> extends StdDeserializer<T> {

        private final transient Reading<? extends T> reading;

        Reader(Class<T> type, Reading<? extends T> reading) {
            super(type);
            this.reading = reading;
        }

        @Override
        public @Nullable T deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return reading.read(in, context);
        }
    }
}

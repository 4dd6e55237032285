package io.github.genaistreams.wire;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.JsonNodeDeserializer;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;

/**
 * How the values at the leaves of a record are written and read, where Jackson's own way is too lenient or cannot
 * be the same in both forms:
 *
 * <ul>
 *   <li>an instant is ISO-8601 text in JSON and epoch milliseconds in Avro, so both carry milliseconds;
 *   <li>free-form JSON is itself in JSON and its text in Avro; JSON null is Java null;
 *   <li>a double is finite.
 * </ul>
 */
final class Leaves {

    private static final String NOT_FINITE = "not a finite number";

    /** Jackson's own reader of trees, taken by hand: a context would give the one of ours that is asking. */
    private static final JsonDeserializer<? extends JsonNode> OWN_TREES =
            JsonNodeDeserializer.getDeserializer(JsonNode.class);

    private Leaves() {}

    static SimpleModule json() {
        return common("wire-json")
                .addSerializer(new InstantAsText())
                .addDeserializer(Instant.class, new InstantFromText())
                .addSerializer(new TreeAsItself())
                .addDeserializer(JsonNode.class, new TreeFromItself());
    }

    static SimpleModule avro() {
        return common("wire-avro")
                .addSerializer(new InstantAsMillis())
                .addDeserializer(Instant.class, new InstantFromMillis())
                .addSerializer(new TreeAsText())
                .addDeserializer(JsonNode.class, new TreeFromText());
    }

    private static SimpleModule common(String name) {
        return new SimpleModule(name)
                .addSerializer(double.class, new FiniteDoubleOut())
                .addSerializer(Double.class, new FiniteDoubleOut())
                .addDeserializer(double.class, new FiniteDouble(double.class))
                .addDeserializer(Double.class, new FiniteDouble(Double.class));
    }

    private static final class InstantAsText extends StdSerializer<Instant> {
        InstantAsText() {
            super(Instant.class);
        }

        @Override
        public void serialize(Instant value, JsonGenerator out, SerializerProvider context) throws IOException {
            out.writeString(value.truncatedTo(ChronoUnit.MILLIS).toString());
        }
    }

    private static final class InstantFromText extends StdDeserializer<Instant> {
        InstantFromText() {
            super(Instant.class);
        }

        @Override
        public Instant deserialize(JsonParser in, DeserializationContext context) throws IOException {
            if (in.currentToken() != JsonToken.VALUE_STRING) {
                return (Instant) context.handleUnexpectedToken(Instant.class, in);
            }
            try {
                return Instant.parse(in.getText()).truncatedTo(ChronoUnit.MILLIS);
            } catch (DateTimeParseException e) {
                return context.reportInputMismatch(Instant.class, "not an ISO-8601 instant");
            }
        }
    }

    private static final class InstantAsMillis extends StdSerializer<Instant> {
        InstantAsMillis() {
            super(Instant.class);
        }

        @Override
        public void serialize(Instant value, JsonGenerator out, SerializerProvider context) throws IOException {
            out.writeNumber(value.toEpochMilli());
        }
    }

    private static final class InstantFromMillis extends StdDeserializer<Instant> {
        InstantFromMillis() {
            super(Instant.class);
        }

        @Override
        public Instant deserialize(JsonParser in, DeserializationContext context) throws IOException {
            if (in.currentToken() != JsonToken.VALUE_NUMBER_INT) {
                return (Instant) context.handleUnexpectedToken(Instant.class, in);
            }
            return Instant.ofEpochMilli(in.getLongValue());
        }
    }

    private static final class TreeAsItself extends StdSerializer<JsonNode> {
        TreeAsItself() {
            super(JsonNode.class);
        }

        @Override
        public void serialize(JsonNode tree, JsonGenerator out, SerializerProvider context) throws IOException {
            if (isNull(tree)) {
                out.writeNull();
                return;
            }
            if (!isFinite(tree)) {
                throw JsonMappingException.from(out, NOT_FINITE);
            }
            tree.serialize(out, context);
        }
    }

    private static final class TreeFromItself extends StdDeserializer<JsonNode> {
        TreeFromItself() {
            super(JsonNode.class);
        }

        @Override
        public JsonNode deserialize(JsonParser in, DeserializationContext context) throws IOException {
            return OWN_TREES.deserialize(in, context);
        }
    }

    private static final class TreeAsText extends StdSerializer<JsonNode> {
        TreeAsText() {
            super(JsonNode.class);
        }

        @Override
        public void serialize(JsonNode tree, JsonGenerator out, SerializerProvider context) throws IOException {
            if (isNull(tree)) {
                out.writeNull();
            } else {
                out.writeString(JsonText.text(Mappers.JSON.writer(), tree));
            }
        }
    }

    private static final class TreeFromText extends StdDeserializer<JsonNode> {
        TreeFromText() {
            super(JsonNode.class);
        }

        @Override
        public JsonNode deserialize(JsonParser in, DeserializationContext context) throws IOException {
            if (in.currentToken() != JsonToken.VALUE_STRING) {
                // A whole record that is read as a tree, to find out what is wrong with it.
                return OWN_TREES.deserialize(in, context);
            }
            try {
                JsonNode tree = Mappers.JSON.readTree(in.getText());
                if (tree.isMissingNode()) {
                    return context.reportInputMismatch(JsonNode.class, "empty text");
                }
                return tree.isNull() ? null : tree;
            } catch (JsonProcessingException e) {
                // A new exception, not a wrapped one: the parser's own may quote the text.
                return context.reportInputMismatch(JsonNode.class, "not JSON text");
            }
        }
    }

    private static final class FiniteDoubleOut extends StdSerializer<Double> {
        FiniteDoubleOut() {
            super(Double.class);
        }

        @Override
        public void serialize(Double value, JsonGenerator out, SerializerProvider context) throws IOException {
            if (!Double.isFinite(value)) {
                throw JsonMappingException.from(out, NOT_FINITE);
            }
            out.writeNumber(value);
        }
    }

    private static final class FiniteDouble extends StdDeserializer<Double> {
        FiniteDouble(Class<?> type) {
            super(type);
        }

        @Override
        public Double getNullValue(DeserializationContext context) throws JsonMappingException {
            return handledType().isPrimitive() ? context.reportInputMismatch(this, "missing") : null;
        }

        @Override
        public Double deserialize(JsonParser in, DeserializationContext context) throws IOException {
            JsonToken token = in.currentToken();
            if (token != JsonToken.VALUE_NUMBER_FLOAT && token != JsonToken.VALUE_NUMBER_INT) {
                return (Double) context.handleUnexpectedToken(Double.class, in);
            }
            double value = in.getDoubleValue();
            return Double.isFinite(value)
                    ? (Double) value
                    : context.<Double>reportInputMismatch(Double.class, NOT_FINITE);
        }
    }

    private static boolean isNull(JsonNode tree) {
        return tree.isNull() || tree.isMissingNode();
    }

    private static boolean isFinite(JsonNode tree) {
        if (tree.isDouble() || tree.isFloat()) {
            return Double.isFinite(tree.doubleValue());
        }
        for (JsonNode child : tree) {
            if (!isFinite(child)) {
                return false;
            }
        }
        return true;
    }
}

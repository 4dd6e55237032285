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
import com.fasterxml.jackson.databind.node.TextNode;
import io.github.genaistreams.model.UserPrompt;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How the leaves of a record are written and read, where Jackson's own way is too lenient or cannot be the same in both
 * forms:
 *
 * <ul>
 * <li>an instant is ISO-8601 text in JSON and epoch milliseconds in Avro, so both have milliseconds;
 * <li>free-form JSON is itself in JSON and its text in Avro; JSON null is Java null. For a string, Avro may have a
 * plain word, or several separated by commas: {@code auto} for {@code "auto"};
 * <li>a prompt is a string or a list; in Avro, a list of JSON texts;
 * <li>a decimal is a number in JSON and its text in Avro, every digit kept;
 * <li>a double is finite.
 * </ul>
 */
final class ValueCodecs {

    private static final String NOT_FINITE = "not a finite number";

    /**
     * Maximum digits of a decimal, before and after its point. More digits can fill the memory, and are not an amount
     * of money.
     */
    private static final int MAX_DIGITS = 1_000;

    /** Maximum length of a plain word that stands for a string. */
    private static final int MAX_WORDS_LENGTH = 1_000;

    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_.:-]+(\\s*,\\s*[A-Za-z0-9_.:-]+)*");

    /** Jackson's own reader of trees, called directly: a context would return the calling reader. */
    private static final JsonDeserializer<? extends JsonNode> OWN_TREES =
            JsonNodeDeserializer.getDeserializer(JsonNode.class);

    private ValueCodecs() {}

    static SimpleModule json() {
        return module(
                "wire-json",
                new ValueCodec<>(Instant.class, ValueCodecs::writeInstantText, ValueCodecs::readInstantText),
                new ValueCodec<>(JsonNode.class, ValueCodecs::writeTree, OWN_TREES::deserialize),
                new ValueCodec<>(UserPrompt.class, ValueCodecs::writePrompt, ValueCodecs::readPrompt),
                new ValueCodec<>(
                        BigDecimal.class,
                        (value, out, context) -> out.writeNumber(value.toPlainString()),
                        ValueCodecs::readDecimal));
    }

    static SimpleModule avro() {
        return module(
                "wire-avro",
                new ValueCodec<>(
                        Instant.class,
                        (value, out, context) -> out.writeNumber(value.toEpochMilli()),
                        ValueCodecs::readInstantMillis),
                new ValueCodec<>(JsonNode.class, ValueCodecs::writeTreeText, ValueCodecs::readTreeText),
                new ValueCodec<>(UserPrompt.class, ValueCodecs::writePromptTexts, ValueCodecs::readPromptTexts),
                new ValueCodec<>(
                        BigDecimal.class,
                        (value, out, context) -> out.writeString(value.toPlainString()),
                        ValueCodecs::readDecimalText));
    }

    private static SimpleModule module(String name, ValueCodec<?>... codecs) {
        var module = new SimpleModule(name)
                .addSerializer(double.class, new ValueCodec.Writer<>(Double.class, ValueCodecs::writeDouble))
                .addSerializer(Double.class, new ValueCodec.Writer<>(Double.class, ValueCodecs::writeDouble))
                .addDeserializer(double.class, new FiniteDouble(double.class))
                .addDeserializer(Double.class, new FiniteDouble(Double.class));
        for (ValueCodec<?> codec : codecs) {
            codec.addTo(module);
        }
        return module;
    }

    private static void writeInstantText(Instant value, JsonGenerator out, SerializerProvider context)
            throws IOException {
        out.writeString(value.truncatedTo(ChronoUnit.MILLIS).toString());
    }

    private static Instant readInstantText(JsonParser in, DeserializationContext context) throws IOException {
        if (in.currentToken() != JsonToken.VALUE_STRING) {
            return (Instant) context.handleUnexpectedToken(Instant.class, in);
        }
        try {
            Instant time = Instant.parse(in.getText()).truncatedTo(ChronoUnit.MILLIS);
            // Avro has milliseconds in 64 bits, and so has every consumer.
            return Instant.ofEpochMilli(time.toEpochMilli());
        } catch (DateTimeParseException | ArithmeticException e) {
            return context.reportInputMismatch(Instant.class, "not an ISO-8601 instant");
        }
    }

    private static Instant readInstantMillis(JsonParser in, DeserializationContext context) throws IOException {
        if (in.currentToken() != JsonToken.VALUE_NUMBER_INT) {
            return (Instant) context.handleUnexpectedToken(Instant.class, in);
        }
        return Instant.ofEpochMilli(in.getLongValue());
    }

    private static void writeTree(JsonNode tree, JsonGenerator out, SerializerProvider context) throws IOException {
        RawJson raw = RawJson.in(tree);
        if (isNull(tree)) {
            out.writeNull();
        } else if (raw != null) {
            raw.write(out);
        } else {
            writeFiniteTree(tree, out, context);
        }
    }

    private static void writeFiniteTree(JsonNode tree, JsonGenerator out, SerializerProvider context)
            throws IOException {
        if (!isFinite(tree)) {
            throw JsonMappingException.from(out, NOT_FINITE);
        }
        tree.serialize(out, context);
    }

    private static void writeTreeText(JsonNode tree, JsonGenerator out, SerializerProvider context) throws IOException {
        if (isNull(tree)) {
            out.writeNull();
        } else {
            out.writeString(textOf(tree));
        }
    }

    private static @Nullable JsonNode readTreeText(JsonParser in, DeserializationContext context) throws IOException {
        if (in.currentToken() != JsonToken.VALUE_STRING) {
            // A whole record read as a tree, to find its problem.
            return OWN_TREES.deserialize(in, context);
        }
        String text = in.getText();
        JsonNode tree = treeOf(text);
        if (tree == null
                && text.length() <= MAX_WORDS_LENGTH
                && WORD.matcher(text).matches()) {
            return TextNode.valueOf(text);
        }
        if (tree == null) {
            return context.reportInputMismatch(JsonNode.class, "not JSON text");
        }
        return tree.isNull() ? null : tree;
    }

    private static void writePrompt(UserPrompt prompt, JsonGenerator out, SerializerProvider context)
            throws IOException {
        if (prompt instanceof UserPrompt.Text text) {
            out.writeString(text.text());
            return;
        }
        out.writeStartArray();
        for (JsonNode item : ((UserPrompt.Items) prompt).items()) {
            writeFiniteTree(item, out, context);
        }
        out.writeEndArray();
    }

    private static UserPrompt readPrompt(JsonParser in, DeserializationContext context) throws IOException {
        return switch (in.currentToken()) {
            case VALUE_STRING -> UserPrompt.text(in.getText());
            case START_ARRAY -> UserPrompt.of(OWN_TREES.deserialize(in, context));
            default -> (UserPrompt) context.handleUnexpectedToken(UserPrompt.class, in);
        };
    }

    private static void writePromptTexts(UserPrompt prompt, JsonGenerator out, SerializerProvider context)
            throws IOException {
        if (prompt instanceof UserPrompt.Text text) {
            out.writeString(text.text());
            return;
        }
        List<JsonNode> items = ((UserPrompt.Items) prompt).items();
        out.writeStartArray(prompt, items.size());
        for (JsonNode item : items) {
            out.writeString(textOf(item));
        }
        out.writeEndArray();
    }

    private static UserPrompt readPromptTexts(JsonParser in, DeserializationContext context) throws IOException {
        if (in.currentToken() == JsonToken.VALUE_STRING) {
            return UserPrompt.text(in.getText());
        }
        if (in.currentToken() != JsonToken.START_ARRAY) {
            return (UserPrompt) context.handleUnexpectedToken(UserPrompt.class, in);
        }
        var items = new ArrayList<JsonNode>();
        while (in.nextToken() == JsonToken.VALUE_STRING) {
            JsonNode item = treeOf(in.getText());
            if (item == null) {
                return context.reportInputMismatch(UserPrompt.class, "an item that is not JSON text");
            }
            items.add(item);
        }
        return UserPrompt.items(items);
    }

    private static BigDecimal readDecimal(JsonParser in, DeserializationContext context) throws IOException {
        return in.currentToken().isNumeric()
                ? bounded(in.getDecimalValue(), context)
                : (BigDecimal) context.handleUnexpectedToken(BigDecimal.class, in);
    }

    private static BigDecimal readDecimalText(JsonParser in, DeserializationContext context) throws IOException {
        if (in.currentToken() != JsonToken.VALUE_STRING) {
            return (BigDecimal) context.handleUnexpectedToken(BigDecimal.class, in);
        }
        try {
            return in.getTextLength() <= 2 * MAX_DIGITS
                    ? bounded(new BigDecimal(in.getText()), context)
                    : context.reportInputMismatch(BigDecimal.class, "too many digits");
        } catch (NumberFormatException e) {
            return context.reportInputMismatch(BigDecimal.class, "not a decimal number");
        }
    }

    private static BigDecimal bounded(BigDecimal value, DeserializationContext context) throws JsonMappingException {
        return value.precision() <= MAX_DIGITS && value.scale() <= MAX_DIGITS && value.scale() >= -MAX_DIGITS
                ? value
                : context.reportInputMismatch(BigDecimal.class, "too many digits");
    }

    private static void writeDouble(Double value, JsonGenerator out, SerializerProvider context) throws IOException {
        if (!Double.isFinite(value)) {
            throw JsonMappingException.from(out, NOT_FINITE);
        }
        out.writeNumber(value);
    }

    private static final class FiniteDouble extends StdDeserializer<Double> {
        FiniteDouble(Class<?> type) {
            super(type);
        }

        @Override
        public @Nullable Double getNullValue(DeserializationContext context) throws JsonMappingException {
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

    static String textOf(JsonNode tree) throws IOException {
        RawJson raw = RawJson.in(tree);
        return raw == null ? JsonText.text(Mappers.JSON.writer(), tree) : raw.string();
    }

    /** Null if the text is not JSON. The parser's own exception may quote it, so it is dropped. */
    static @Nullable JsonNode treeOf(String text) {
        try {
            JsonNode tree = Mappers.JSON.readTree(text);
            return tree.isMissingNode() ? null : tree;
        } catch (JsonProcessingException e) {
            return null;
        }
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

package io.github.genaistreams.wire;

import static java.nio.charset.StandardCharsets.UTF_16BE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.wire.JsonReading.Parts;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.domains.Domain;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonReadingTest {

    /** However a server writes it: what is copied means the same, and is no longer than what would be written from a tree. */
    @Property(tries = 200)
    @Domain(WireArbitraries.class)
    void isAsShortAsItCanBe(@ForAll CallResult any) throws Exception {
        JsonNode tree = any.rawResponse() == null ? Mappers.JSON.createObjectNode() : any.rawResponse();
        ObjectWriter indented = Mappers.JSON.writerWithDefaultPrettyPrinter();
        List<ObjectWriter> writers =
                List.of(Mappers.JSON.writer(), indented, indented.with(JsonWriteFeature.ESCAPE_NON_ASCII));
        for (ObjectWriter writer : writers) {
            byte[] sent = writer.writeValueAsBytes(tree);

            JsonReading read = JsonReading.of(sent, Parts.WHOLE).orElseThrow();

            assertThat(read.seen()).isEqualTo(Mappers.JSON.readTree(sent));
            assertThat(read.all().tree()).isEqualTo(read.seen());
            assertThat(read.all().text().length).isLessThanOrEqualTo(Mappers.JSON.writeValueAsBytes(tree).length);
        }
    }

    @Property(tries = 200)
    @Domain(WireArbitraries.class)
    void isPartOfARecordInAnyForm(@ForAll CallResult any) throws Exception {
        JsonNode tree = any.rawResponse();
        if (tree == null) {
            return;
        }
        RawJson raw = JsonReading.of(Mappers.JSON.writeValueAsBytes(tree), Parts.of(Map.of()))
                .orElseThrow()
                .all();
        CallResult copied = any.toBuilder().rawResponse(raw.node()).build();

        for (ResultShape shape : ResultShape.values()) {
            for (WireFormat format : WireFormat.values()) {
                assertThat(Codecs.CALL_RESULT.decode(shape.codec().encode(copied, format)))
                        .isEqualTo(Codecs.CALL_RESULT.decode(shape.codec().encode(any, format)));
            }
        }
    }

    @Test
    void keepsTheEscapesThatAreNeeded() {
        assertThat(compact("""
                        { "\\u0041\\/\\u005c\\u0022\\\\u0041\\u000a\\n\\"" :\t"\\u00e9\\u20AC\\ud83d\\ude00 é €" ,\r
                          "cut": "\\ud83d", "turned": "\\ude00\\ud83d", "twice": "\\ud83d\\ud83d\\ude00\\ud83d!\\ud83d\\n" }
                        """))
                .isEqualTo("{\"A/\\u005c\\u0022\\\\u0041\\u000a\\n\\\"\":\"é€😀 é €\",\"cut\":\"\\ud83d\","
                        + "\"turned\":\"\\ude00\\ud83d\",\"twice\":\"\\ud83d😀\\ud83d!\\ud83d\\n\"}");
    }

    @Test
    void keepsNumbersAsTheyCame() {
        assertThat(compact("[1e400, 1.10, -0, -0.0, 100000000000000000000000000000000, 1E5, 5e-324]"))
                .isEqualTo("[1e400,1.10,-0,-0.0,100000000000000000000000000000000,1E5,5e-324]");
    }

    /** UTF-8 has no form for half a surrogate pair, wherever it stands in the record. */
    @Test
    void halfAPairPassesBesideTextsThatHaveOneToo() {
        RawJson raw = JsonReading.of("{\"t\": \"\\ud83d é\"}".getBytes(UTF_8), Parts.WHOLE)
                .orElseThrow()
                .all();
        CallResult result = ResultShapeTest.result(0)
                .rawResponse(raw.node())
                .outputText("\ud83d é")
                .error(new CallError("m", "t", null, null, false, null))
                .build();

        for (ResultShape shape : ResultShape.values()) {
            CallResult read = Codecs.CALL_RESULT.decode(shape.codec().encode(result, WireFormat.JSON));
            assertThat(read.outputText()).isEqualTo("\ud83d é");
            assertThat(read.rawResponse().path("t").textValue()).isEqualTo("\ud83d é");
        }
    }

    @Test
    void seesOnlyWhatIsLookedAt() {
        Parts parts = Parts.of(Map.of("a", Parts.WHOLE, "list", Parts.each(Parts.of(Map.of("b", Parts.WHOLE)))));
        String sent = """
                {"x": {"a": 1, "deep": [[1.5, {"a": 2}], "]"]}, "a": {"b": [true, false, null, 1, 2.5, 12345678901]},
                 "list": [{"b": "t", "c": 1}, "s", 7, null, [1], {"c": 1}], "y": "}"}""";

        JsonReading read = JsonReading.of(sent.getBytes(UTF_8), parts).orElseThrow();

        assertThat(read.seen()).hasToString("""
                {"a":{"b":[true,false,null,1,2.5,12345678901]},"list":[{"b":"t"},"s",7,null,[null],{}]}""");
        assertThat(JsonReading.of("{\"list\": {\"k\": {\"b\": 1}}}".getBytes(UTF_8), parts)
                        .orElseThrow()
                        .seen())
                .hasToString("{\"list\":{\"k\":{\"b\":1}}}");
    }

    /** Each of these would make a record that somebody cannot read, or means something else there. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "{\"a\": 1",
                "{\"a\": 1}}",
                "{\"a\": 1} {}",
                "{\"a\": 1} x",
                "{\"a\": 1}, \"success\": true",
                "{\"a\": \"",
                "{\"a\": \"\\u12\"}",
                "{\"a\": \"\\x\"}",
                "{\"a\": \"\n\"}",
                "{\"a\": 1, \"a\": 2}",
                "{\"a\": [{\"b\": {\"c\": 1, \"\\u0063\": 2}}]}",
                "{\"a\": NaN}",
                "{\"a\": 1e9999999999}",
                "{\"a\": -1e-9999999999}",
                "{\"a\": 01}",
                "{a: 1}",
                "{'a': 1}",
                "{\"a\": 1,}",
                "// x\n{\"a\": 1}",
                "\ufeff{\"a\": 1}",
            })
    void isNotReadIfItIsIncompleteOrInvalid(String sent) {
        assertThat(JsonReading.of(sent.getBytes(UTF_8), Parts.WHOLE)).isEmpty();
        assertThat(JsonReading.of(sent.getBytes(UTF_8), Parts.of(Map.of()))).isEmpty();
    }

    @Test
    void isNotReadBeyondWhatReadersOfRecordsTake() {
        String digits = "[" + "9".repeat(1_001) + "]";
        String deepest = "[".repeat(JsonReading.MAX_DEPTH) + "]".repeat(JsonReading.MAX_DEPTH);

        assertThat(JsonReading.of(digits.getBytes(UTF_8), Parts.WHOLE)).isEmpty();
        assertThat(JsonReading.of(("[" + deepest + "]").getBytes(UTF_8), Parts.of(Map.of())))
                .isEmpty();
        assertThat(JsonReading.of(deepest.getBytes(UTF_8), Parts.of(Map.of()))).isPresent();
        assertThat(JsonReading.of(deepest.getBytes(UTF_8), Parts.WHOLE)).isPresent();
    }

    @Test
    void isNotReadIfItIsNotUtf8() {
        byte[] overlong = {'"', (byte) 0xC0, (byte) 0xAF, '"'};
        byte[] surrogate = {'"', (byte) 0xED, (byte) 0xA0, (byte) 0xBD, '"'};

        assertThat(JsonReading.of(overlong, Parts.WHOLE)).isEmpty();
        assertThat(JsonReading.of(surrogate, Parts.WHOLE)).isEmpty();
        assertThat(JsonReading.of("{\"a\": 1}".getBytes(UTF_16BE), Parts.WHOLE)).isEmpty();
    }

    private static String compact(String sent) {
        return text(JsonReading.of(sent.getBytes(UTF_8), Parts.of(Map.of())).orElseThrow());
    }

    private static String text(JsonReading read) {
        return new String(read.all().text(), UTF_8);
    }
}

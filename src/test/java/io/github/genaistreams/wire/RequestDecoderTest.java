package io.github.genaistreams.wire;

import static io.github.genaistreams.wire.RequestRecords.AVRO;
import static io.github.genaistreams.wire.RequestRecords.SECRET;
import static io.github.genaistreams.wire.RequestRecords.avro;
import static io.github.genaistreams.wire.RequestRecords.bytes;
import static io.github.genaistreams.wire.RequestRecords.concat;
import static io.github.genaistreams.wire.RequestRecords.good;
import static io.github.genaistreams.wire.RequestRecords.indexOf;
import static io.github.genaistreams.wire.RequestRecords.json;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import io.github.genaistreams.wire.Decoded.Invalid;
import io.github.genaistreams.wire.Decoded.Unreadable;
import io.github.genaistreams.wire.Decoded.Valid;
import java.util.Arrays;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.domains.Domain;
import net.jqwik.api.domains.DomainContext;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestDecoderTest {

    private final RequestDecoder<ResponsesRequest> decoder = RequestDecoder.responses();

    @ParameterizedTest
    @EnumSource
    void aGoodRequestIsValid(WireFormat format) {
        ResponsesRequest request = good();

        assertThat(decoder.decode(Codecs.RESPONSES_REQUEST.encode(request, format)))
                .isEqualTo(new Valid<>(request));
    }

    @Test
    void aByteOrderMarkAndWhiteSpaceBeforeTheObjectDoNoHarm() {
        assertThat(decoder.decode(bytes("\uFEFF \r\n\t" + json("")))).isInstanceOf(Valid.class);
        assertThat(decoder.decode(bytes(json("") + " \n"))).isInstanceOf(Valid.class);
    }

    @Test
    void aWholeNumberIsATemperatureToo() {
        assertThat(decoder.decode(bytes(json(",\"temperature\":1"))))
                .isEqualTo(new Valid<>(good().toBuilder().temperature(1.0).build()));
    }

    static Stream<Arguments> saysWhyARecordCannotBeReadAndDoesNotQuoteIt() {
        byte[] avro = Codecs.RESPONSES_REQUEST.encode(good(), WireFormat.AVRO);
        byte[] foreign = avro.clone();
        foreign[2] ^= 1;
        byte[] invalidUtf8 = bytes(json(""));
        invalidUtf8[invalidUtf8.length - 3] = (byte) 0xFF;
        byte[] overlong = bytes(json("").replace(SECRET, "ä"));
        overlong[indexOf(overlong, (byte) 0xC3)] = (byte) 0xC0;
        return Stream.of(
                arguments("null", null, "the value is null"),
                arguments("no bytes", new byte[0], "empty"),
                arguments("white space", bytes("  \n"), "empty"),
                arguments("byte order mark alone", bytes("\uFEFF"), "empty"),
                arguments("invalid UTF-8", invalidUtf8, "not valid UTF-8"),
                arguments("overlong UTF-8", overlong, "not valid UTF-8"),
                arguments("UTF-16", json("").getBytes(UTF_16LE), "malformed"),
                arguments("array", bytes("[" + json("") + "]"), "JSON array"),
                arguments("number", bytes("7"), "neither a JSON object"),
                arguments("string", bytes("\"" + SECRET + "\""), "neither a JSON object"),
                arguments("text", bytes(SECRET), "neither a JSON object"),
                arguments("Confluent framing", new byte[] {0, 0, 0, 0, 1, 2}, "schema registry"),
                arguments("cut JSON", bytes(json("").substring(0, 60)), "malformed"),
                arguments("trailing text", bytes(json("") + SECRET), "malformed"),
                arguments("two objects", bytes(json("") + json("")), "not exactly one complete record"),
                arguments("bare NaN", bytes(json(",\"temperature\":NaN")), "malformed"),
                arguments("comment", bytes("{/*" + SECRET + "*/" + json("").substring(1)), "malformed"),
                arguments("deep nesting", bytes(json(",\"response_format\":" + "[".repeat(5000))), "nested too deeply"),
                arguments(
                        "no batch", bytes("{\"index\":1,\"user_prompt\":\"" + SECRET + "\"}"), "`batch_id` is missing"),
                arguments("null batch", bytes("{\"batch_id\":null,\"index\":1}"), "`batch_id` is missing"),
                arguments("blank batch", bytes(json("").replace("\"b\"", "\" \"")), "`batch_id` is blank"),
                arguments("batch a number", bytes(json("").replace("\"b\"", "5")), "`batch_id` must be a string"),
                arguments(
                        "long batch",
                        bytes(json("").replace("\"b\"", "\"" + "b".repeat(257) + "\"")),
                        "longer than 256"),
                arguments("half a pair in batch", bytes(json("").replace("\"b\"", "\"\\ud83d\"")), "surrogate"),
                arguments("no index", bytes("{\"batch_id\":\"b\",\"user_prompt\":\"p\"}"), "`index` is missing"),
                arguments("null index", bytes("{\"batch_id\":\"b\",\"index\":null}"), "`index` is missing"),
                arguments("negative index", bytes(json("").replace(":3", ":-1")), "`index` is negative"),
                arguments(
                        "negative index and a typo",
                        bytes(json(",\"x\":1").replace(":3", ":-1")),
                        "`index` is negative"),
                arguments("fractional index", bytes(json("").replace(":3", ":3.0")), "`index` must be a whole number"),
                arguments("text index", bytes(json("").replace(":3", ":\"3\"")), "`index` must be a whole number"),
                arguments("huge index", bytes(json("").replace(":3", ":3000000000")), "`index` must be a whole number"),
                arguments("index twice", bytes(json(",\"index\":4")), "given twice"),
                arguments("batch twice", bytes(json(",\"batch_id\":\"c\"")), "given twice"),
                arguments(
                        "whole batch of nobody",
                        bytes("{\"user_prompts\":[\"" + SECRET + "\"]}"),
                        "`batch_id` is missing"),
                arguments("cut Avro header", Arrays.copyOf(avro, 5), "within its header"),
                arguments("cut Avro", Arrays.copyOf(avro, avro.length - 7), "truncated"),
                arguments("unknown fingerprint", foreign, "no known schema has the fingerprint "),
                arguments("more than one Avro record", Arrays.copyOf(avro, avro.length + 3), ""),
                arguments("blank Avro batch", avro(" ", 3, SECRET, null), "`batch_id` is blank"),
                arguments("negative Avro index", avro("b", -3, SECRET, null), "`index` is negative"));
    }

    @Test
    void aWholeBatchIsItsItems() {
        var whole = (Decoded.Whole<ResponsesRequest>) decoder.decode(bytes(
                "{'batch_id':'b','model':'m','temperature':0.5,'user_prompts':['p',[{'role':'user','content':'q'}]]}"
                        .replace('\'', '"')));

        assertThat(whole.items()).extracting(ResponsesRequest::index).containsExactly(0, 1);
        assertThat(whole.items()).allSatisfy(item -> {
            assertThat(item.batchId()).isEqualTo("b");
            assertThat(item.batchSize()).isEqualTo(2);
            assertThat(item.temperature()).isEqualTo(0.5);
        });
        assertThat(whole.items().get(0).userPrompt()).isEqualTo(UserPrompt.text("p"));
        assertThat(whole.items().get(1).userPrompt()).isInstanceOf(UserPrompt.Items.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "\"user_prompts\":[];`user_prompts` must be a list",
                "\"user_prompts\":\"p\";`user_prompts` must be a list",
                "\"user_prompts\":[\"p\",\" \"];`user_prompts[1]` must be a string",
                "\"user_prompts\":[\"p\",3];`user_prompts[1]` must be a string",
                "\"user_prompts\":[\"p\"],\"index\":0;`index` and `user_prompts` cannot be used together",
                "\"user_prompts\":[\"p\"],\"user_prompt\":\"p\";`user_prompt` and `user_prompts` cannot be used together",
                "\"user_prompts\":[\"p\"],\"batch_size\":2;`batch_size` is not the length",
                "\"user_prompts\":[\"p\",\"q\"],\"tempratur\":1;`tempratur` is not a known field",
                "\"user_prompts\":[\"p\",\"q\"],\"api_key\":\"k\";`api_key` is a setting of the worker",
            })
    void aWholeBatchIsRefusedOnce(String fields, String reason) {
        var invalid = (Invalid<ResponsesRequest>)
                decoder.decode(bytes("{\"batch_id\":\"b\",\"model\":\"m\"," + fields + "}"));

        assertThat(invalid.key()).isEqualTo(new ItemKey("b", 0));
        assertThat(invalid.batchSize()).isEqualTo(1);
        assertThat(invalid.error().message()).contains(reason);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource
    void saysWhyARecordCannotBeReadAndDoesNotQuoteIt(String what, byte[] value, String reason) {
        assertThat(decoder.decode(value))
                .asInstanceOf(type(Unreadable.class))
                .satisfies(
                        answer -> assertThat(answer.reason()).contains(reason).doesNotContain(SECRET));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'batch_id':'b','model':'m','user_prompt':'p'}|b|",
                "{'batch_id':'b','index':-1,'batch_size':7,'model':'m','user_prompt':'p'}|b|7",
                "{'batch_size':7,'index':'0','batch_id':'b','model':'m','user_prompt':'p'}|b|7",
                "{'batch_id':'b','index':99999999999,'model':'m','batch_size':-2}|b|",
                "{'batch_id':'b','index':0,'index':1,'batch_size':99999999999999999999}|b|",
                "{'batch_id':'b','index':0,'user_prompt':'p|b|",
                "{'index':0,'user_prompt':[{'batch_id':'x'}]}||",
                "{'batch_id':'b','batch_id':'c','index':-1}||",
                "{'batch_id':7,'index':-1}||",
                "{'batch_id':' ','index':-1}||",
                "['batch_id','b']||",
            })
    void whatNamesNoItemMayStillNameItsBatch(String json, String batchId, Integer batchSize) {
        assertThat(decoder.decode(bytes(json.replace('\'', '"'))))
                .asInstanceOf(type(Unreadable.class))
                .satisfies(answer -> {
                    assertThat(answer.batchId()).isEqualTo(batchId);
                    assertThat(answer.batchSize()).isEqualTo(batchSize);
                });
    }

    @Test
    void aRecordInAvroWithoutASoundIndexNamesItsBatch() {
        byte[] value =
                Codecs.RESPONSES_REQUEST.encode(good().toBuilder().index(-1).buildUnchecked(), WireFormat.AVRO);

        assertThat(decoder.decode(value))
                .asInstanceOf(type(Unreadable.class))
                .satisfies(answer -> assertThat(answer.batchId()).isEqualTo(good().batchId()));
    }

    @Test
    void anUnknownFingerprintIsNamedInHex() {
        byte[] value = {(byte) 0xC3, 1, 8, 7, 6, 5, 4, 3, 2, (byte) 0xA1, 0};

        assertThat(decoder.decode(value))
                .asInstanceOf(type(Unreadable.class))
                .satisfies(answer -> assertThat(answer.reason()).contains("a102030405060708"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "langs",
                "force_ocr",
                "format_lines",
                "strip_existing_ocr",
                "disable_ocr_math",
                "use_llm",
                "block_correction_prompt"
            })
    void aFieldOfTheOldDocumentsEndpointIsShownItsPlace(String field) {
        String json = "{\"batch_id\":\"b\",\"index\":1,\"file_url\":\"https://x\",\"" + field + "\":true}";

        assertThat(RequestDecoder.documents().decode(json.getBytes(UTF_8)))
                .asInstanceOf(type(Invalid.class))
                .satisfies(answer -> {
                    assertThat(answer.error().param()).isEqualTo(field);
                    assertThat(answer.error().message())
                            .startsWith("`" + field + "` is not a known field")
                            .endsWith("put it into `extra_fields`");
                });
        assertThat(decoder.decode(
                        ("{\"batch_id\":\"b\",\"index\":1,\"model\":\"m\",\"" + field + "\":true}").getBytes(UTF_8)))
                .asInstanceOf(type(Invalid.class))
                .satisfies(answer -> assertThat(answer.error().message()).doesNotContain("extra_fields"));
    }

    @Test
    void anAvroProducerWritesAPlainWordWhereAStringIsMeant() {
        assertThat(toolChoice("auto").textValue()).isEqualTo("auto");
        assertThat(toolChoice("\"auto\"").textValue()).isEqualTo("auto");
        assertThat(toolChoice("track_changes, extract_links").textValue()).isEqualTo("track_changes, extract_links");
        assertThat(toolChoice("json,html").textValue()).isEqualTo("json,html");
        assertThat(toolChoice("{\"type\":\"x\"}").path("type").textValue()).isEqualTo("x");
        assertThat(toolChoice("null")).isNull();
    }

    private JsonNode toolChoice(String text) {
        GenericRecord generic = AVRO.read(Codecs.RESPONSES_REQUEST.encode(good(), WireFormat.AVRO));
        generic.put("tool_choice", text);
        return ((Valid<ResponsesRequest>) decoder.decode(AVRO.write(generic)))
                .request()
                .toolChoice();
    }

    @Property(tries = 2_000)
    void randomBytesAlwaysGiveAnAnswer(@ForAll byte[] value) {
        assertThat(decoder.decode(value)).isNotNull();
        assertThat(decoder.decode(concat("{", value))).isNotNull();
    }

    @Property(tries = 2_000)
    void randomAvroAlwaysGivesAnAnswer(@ForAll byte[] value) {
        byte[] header = Arrays.copyOf(Codecs.RESPONSES_REQUEST.encode(good(), WireFormat.AVRO), 10);
        byte[] bytes = Arrays.copyOf(header, 10 + value.length);
        System.arraycopy(value, 0, bytes, 10, value.length);

        assertThat(decoder.decode(bytes)).isNotNull();
    }

    @Property(tries = 500)
    @Domain(WireArbitraries.class)
    @Domain(DomainContext.Global.class)
    void aRequestWithOneByteChangedOrCutAlwaysGivesAnAnswer(
            @ForAll ResponsesRequest request,
            @ForAll WireFormat format,
            @ForAll byte change,
            @ForAll @IntRange(max = 10_000) int where) {
        byte[] bytes = Codecs.RESPONSES_REQUEST.encode(request, format);
        int at = where % bytes.length;
        assertThat(decoder.decode(Arrays.copyOf(bytes, at))).isInstanceOf(Unreadable.class);
        bytes[at] = change;

        assertThat(decoder.decode(bytes)).isNotNull();
    }
}

package io.github.genaistreams.wire;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import io.github.genaistreams.wire.Decoded.Invalid;
import io.github.genaistreams.wire.Decoded.Unreadable;
import io.github.genaistreams.wire.Decoded.Valid;
import java.util.Arrays;
import java.util.List;
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

    private static final String SECRET = "the-secret-prompt";
    private static final PlainAvro AVRO = PlainAvro.with("responses-request");

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

    static Stream<Arguments> unreadable() {
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
                arguments("two objects", bytes(json("") + json("")), "nothing else"),
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
                arguments("cut Avro", Arrays.copyOf(avro, avro.length - 7), "cut short"),
                arguments("unknown fingerprint", foreign, "no schema known with fingerprint "),
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
                "\"user_prompts\":[\"p\",\" \"];`user_prompts[1]` must be a text",
                "\"user_prompts\":[\"p\",3];`user_prompts[1]` must be a text",
                "\"user_prompts\":[\"p\"],\"index\":0;`index` and `user_prompts` exclude",
                "\"user_prompts\":[\"p\"],\"user_prompt\":\"p\";`user_prompt` and `user_prompts` exclude",
                "\"user_prompts\":[\"p\"],\"batch_size\":2;`batch_size` is not the length",
                "\"user_prompts\":[\"p\",\"q\"],\"tempratur\":1;`tempratur` is not a known field",
                "\"user_prompts\":[\"p\",\"q\"],\"api_key\":\"k\";`api_key` is the worker's to know",
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
    void unreadable(String what, byte[] value, String reason) {
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

    static Stream<Arguments> invalid() {
        return Stream.of(
                arguments(",\"temprature\":0.7", "temprature", "not a known field; did you mean `temperature`?"),
                arguments(",\"maxRetries\":1", "maxRetries", "did you mean `max_retries`?"),
                arguments(",\"colours\":[]", "colours", "not a known field; known fields: background, batch_id,"),
                arguments(",\"include\":\"x\"", "include", "must be a list"),
                arguments(",\"include\":[\"x\",7]", "include[1]", "must be a string"),
                arguments(",\"metadata\":[]", "metadata", "must be an object"),
                arguments(",\"metadata\":{\"a\":1}", "metadata.a", "must be a string"),
                arguments(",\"stream\":\"true\"", "stream", "must be true or false"),
                arguments(",\"temperature\":\"0.7\"", "temperature", "must be a finite number"),
                arguments(",\"temperature\":true", "temperature", "must be a finite number"),
                arguments(",\"temperature\":1e999", "temperature", "must be a finite number"),
                arguments(",\"max_retries\":\"3\"", "max_retries", "must be a whole number"),
                arguments(",\"max_retries\":3.0", "max_retries", "must be a whole number"),
                arguments(",\"max_retries\":3000000000", "max_retries", "must be a whole number"),
                arguments(",\"max_retries\":true", "max_retries", "must be a whole number"),
                arguments(",\"max_retries\":\"\"", "max_retries", "must be a whole number"),
                arguments(",\"max_retries\":[1]", "max_retries", "must be a whole number"),
                arguments(",\"system_prompt\":7", "system_prompt", "must be a string"),
                arguments(",\"system_prompt\":1.5", "system_prompt", "must be a string"),
                arguments(",\"system_prompt\":false", "system_prompt", "must be a string"),
                arguments(",\"system_prompt\":[\"x\"]", "system_prompt", "must be a string"),
                arguments(",\"system_prompt\":{}", "system_prompt", "must be a string"),
                arguments(",\"batch_size\":0", "batch_size", "must be at least 1"),
                arguments(",\"batch_size\":\"9\"", "batch_size", "must be a whole number"),
                arguments(",\"batch_size\":3", "index", "must be less than batch_size"),
                arguments(",\"temperature\":1,\"temperature\":1", "temperature", "given twice"),
                arguments(",\"response_format\":{\"a\":1,\"a\":2}", "response_format", "given twice"));
    }

    @ParameterizedTest
    @MethodSource
    void invalid(String fields, String field, String message) {
        Invalid<?> answer = decodedInvalid(bytes(json(fields)));

        assertThat(answer.key()).isEqualTo(new ItemKey("b", 3));
        assertThat(answer.error().type()).isEqualTo("invalid_request");
        assertThat(answer.error().param()).isEqualTo(field);
        assertThat(answer.error().message())
                .contains("`" + field + "`")
                .contains(message)
                .doesNotContain(SECRET);
    }

    @Test
    void missingAndBlankTextsAreInvalid() {
        String start = "{\"batch_id\":\"b\",\"index\":3,";

        assertThat(error(start + "\"user_prompt\":\"p\"}").message()).startsWith("`model` is missing");
        assertThat(error(start + "\"model\":null,\"user_prompt\":\"p\"}").message())
                .startsWith("`model` is missing");
        assertThat(error(start + "\"model\":\"m\"}").message()).startsWith("`user_prompt` is missing");
        // A template may say it all.
        assertThat(RequestDecoder.responses().decode(bytes(start + "\"model\":\"m\",\"prompt\":{\"id\":\"pmpt_1\"}}")))
                .isInstanceOf(Decoded.Valid.class);
        assertThat(error(start + "\"model\":\"m\",\"prompt\":{\"id\":\"pmpt_1\"},\"user_prompt\":\" \"}")
                        .message())
                .startsWith("`user_prompt` is blank");
        assertThat(error(start + "\"model\":\"m\",\"user_prompt\":\" \\n\"}").message())
                .startsWith("`user_prompt` is blank");
        assertThat(decodedInvalid(avro("b", 3, " ", null)).error().message()).startsWith("`user_prompt` is blank");
    }

    @Test
    void anAvroRequestWithFreeFormTextThatIsNoJsonIsInvalid() {
        Invalid<?> answer = decodedInvalid(avro("b", 3, "p", "{" + SECRET));

        assertThat(answer.key()).isEqualTo(new ItemKey("b", 3));
        assertThat(answer.error().message()).isEqualTo("`response_format` must be JSON text");
    }

    @Test
    void aPromptIsATextOrAListOfItems() {
        String start = "{\"batch_id\":\"b\",\"index\":3,\"model\":\"m\",\"user_prompt\":";
        String items =
                "[{\"role\":\"user\",\"content\":\"" + SECRET + "\"},{\"type\":\"item_reference\",\"id\":\"x\"}]";

        assertThat(decoder.decode(bytes(start + items + "}")))
                .asInstanceOf(type(Valid.class))
                .extracting(valid -> ((ResponsesRequest) valid.request()).userPrompt())
                .asInstanceOf(type(UserPrompt.Items.class))
                .satisfies(prompt -> assertThat(prompt.items()).hasSize(2));
        assertThat(error(start + "[]}").message()).startsWith("`user_prompt` is blank");
        assertThat(error(start + "7}").message()).isEqualTo("`user_prompt` must be a string or a list of input items");
        assertThat(error(start + "{\"role\":\"user\"}}").message()).contains("a list of input items");
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

    @Test
    void anAvroItemThatIsNoJsonIsInvalid() {
        GenericRecord generic = AVRO.read(Codecs.RESPONSES_REQUEST.encode(good(), WireFormat.AVRO));
        generic.put("user_prompt", List.of("{}", "{" + SECRET));

        assertThat(decodedInvalid(AVRO.write(generic)).error().message())
                .contains("`user_prompt")
                .doesNotContain(SECRET);
    }

    @Test
    void theBatchSizeOfAnInvalidRequestIsKeptIfItIsPossible() {
        assertThat(decodedInvalid(bytes(json(",\"batch_size\":9,\"x\":1"))).batchSize())
                .isEqualTo(9);
        assertThat(decodedInvalid(bytes(json(",\"batch_size\":-9,\"x\":1"))).batchSize())
                .isNull();
    }

    @Test
    void aVeryLongFieldNameIsCutInTheMessage() {
        assertThat(error(json(",\"" + "n\\n`".repeat(9_000) + "\":1")).message())
                .hasSizeLessThan(1_000)
                .doesNotContain("\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "api_key",
                "openai_api_key",
                "authorization",
                "headers",
                "base_url",
                "api_url",
                "url",
                "host",
                "endpoint",
                "proxy",
                "organization",
                "project"
            })
    void aRecordNamesNoKeyAndNoHost(String field) {
        String given = ",\"" + field + "\":\"https://elsewhere.example\"}";
        String response = "{\"batch_id\":\"b\",\"index\":0,\"model\":\"m\",\"user_prompt\":\"p\"" + given;
        String document = "{\"batch_id\":\"b\",\"index\":0,\"file_url\":\"https://x.example/a.pdf\"" + given;

        for (Decoded<?> decoded : List.of(
                RequestDecoder.responses().decode(response.getBytes(UTF_8)),
                RequestDecoder.documents().decode(document.getBytes(UTF_8)))) {
            var error = ((Decoded.Invalid<?>) decoded).error();
            assertThat(error.param()).isEqualTo(field);
            assertThat(error.message()).contains(field).doesNotContain("elsewhere");
        }
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

    @Property(tries = 2_000)
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

    private CallError error(String json) {
        return decodedInvalid(bytes(json)).error();
    }

    private Invalid<ResponsesRequest> decodedInvalid(byte[] value) {
        Decoded<ResponsesRequest> decoded = decoder.decode(value);
        assertThat(decoded).isInstanceOf(Invalid.class);
        return (Invalid<ResponsesRequest>) decoded;
    }

    private static ResponsesRequest good() {
        return ResponsesRequest.builder()
                .batchId("b")
                .index(3)
                .model("m")
                .userPrompt(SECRET)
                .build();
    }

    /** The good request with more fields at its end. */
    private static String json(String more) {
        return "{\"batch_id\":\"b\",\"index\":3,\"model\":\"m\",\"user_prompt\":\"" + SECRET + "\"" + more + "}";
    }

    private static byte[] avro(String batchId, int index, String prompt, String responseFormat) {
        GenericRecord generic = AVRO.read(Codecs.RESPONSES_REQUEST.encode(good(), WireFormat.AVRO));
        generic.put("batch_id", batchId);
        generic.put("index", index);
        generic.put("user_prompt", prompt);
        generic.put("response_format", responseFormat);
        return AVRO.write(generic);
    }

    private static int indexOf(byte[] bytes, byte wanted) {
        int at = 0;
        while (bytes[at] != wanted) {
            at++;
        }
        return at;
    }

    private static byte[] concat(String start, byte[] rest) {
        byte[] bytes = Arrays.copyOf(bytes(start), start.length() + rest.length);
        System.arraycopy(rest, 0, bytes, start.length(), rest.length);
        return bytes;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}

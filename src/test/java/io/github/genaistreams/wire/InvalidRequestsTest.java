package io.github.genaistreams.wire;

import static io.github.genaistreams.wire.RequestRecords.AVRO;
import static io.github.genaistreams.wire.RequestRecords.SECRET;
import static io.github.genaistreams.wire.RequestRecords.avro;
import static io.github.genaistreams.wire.RequestRecords.bytes;
import static io.github.genaistreams.wire.RequestRecords.good;
import static io.github.genaistreams.wire.RequestRecords.json;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import io.github.genaistreams.wire.Decoded.Invalid;
import io.github.genaistreams.wire.Decoded.Valid;
import java.util.List;
import java.util.stream.Stream;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Records that name their item and are no request: the item gets a failed result. */
class InvalidRequestsTest {

    private final RequestDecoder<ResponsesRequest> decoder = RequestDecoder.responses();

    static Stream<Arguments> namesTheFieldOfAnInvalidRequest() {
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
    void namesTheFieldOfAnInvalidRequest(String fields, String field, String message) {
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
    void anAvroRequestWithFreeFormTextThatIsNotJsonIsInvalid() {
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
    void anAvroItemThatIsNotJsonIsInvalid() {
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

    private CallError error(String json) {
        return decodedInvalid(bytes(json)).error();
    }

    private Invalid<ResponsesRequest> decodedInvalid(byte[] value) {
        Decoded<ResponsesRequest> decoded = decoder.decode(value);
        assertThat(decoded).isInstanceOf(Invalid.class);
        return (Invalid<ResponsesRequest>) decoded;
    }
}

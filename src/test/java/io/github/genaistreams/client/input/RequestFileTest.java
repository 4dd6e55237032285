package io.github.genaistreams.client.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.client.input.RequestFile.Form;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestFileTest {

    private static final ResponsesRequest TEMPLATE = ResponsesRequest.builder()
            .model("template-model")
            .systemPrompt("be brief")
            .temperature(0.5)
            .buildUnchecked();

    @Test
    void takesEachLineThatIsNotBlankAsAPrompt() {
        var requests = read("\uFEFFfirst\r\n\r\n   \n  {second} \nthird", Form.PROMPTS);

        assertThat(requests).extracting(RequestFileTest::text).containsExactly("first", "  {second} ", "third");
        assertThat(requests).extracting(ResponsesRequest::index).containsExactly(0, 1, 2);
        assertThat(requests).allSatisfy(request -> {
            assertThat(request.model()).isEqualTo("template-model");
            assertThat(request.systemPrompt()).isEqualTo("be brief");
            assertThat(request.batchId()).isNull();
            assertThat(request.batchSize()).isNull();
        });
    }

    /** As old Macs write it, and as some spreadsheets still do. */
    @Test
    void aCarriageReturnEndsALine() {
        assertThat(read("first\rsecond\r\rthird\r", Form.PROMPTS))
                .extracting(RequestFileTest::text)
                .containsExactly("first", "second", "third");
        assertThat(read("{\"user_prompt\": \"a\"}\r{\"user_prompt\": \"b\"}\r", Form.JSON_LINES))
                .hasSize(2);
    }

    @Test
    void prefersWhatALineSetsToTheTemplate() {
        var requests = read("""
                {"user_prompt": "a", "model": "m", "temperature": 1.5}

                {"user_prompt": "b", "model": null, "response_format": {"type": "text"}}
                """, Form.JSON_LINES);

        assertThat(requests.get(0).model()).isEqualTo("m");
        assertThat(requests.get(0).temperature()).isEqualTo(1.5);
        assertThat(requests.get(1).model()).isEqualTo("template-model");
        assertThat(requests.get(1).index()).isEqualTo(1);
        assertThat(requests.get(1).responseFormat().path("type").asText()).isEqualTo("text");
    }

    @Test
    void readsAWholeBatchOnOneLineOrOnSeveral() {
        String oneLine = "{\"model\":\"m\",\"user_prompts\":[\"a\",\"b\"],\"max_retries\":2}";
        String lines = "\n{\r\n  \"model\": \"m\",\n  \"max_retries\": 2,\n  \"user_prompts\": [\n\"a\", \"b\"]\n}\n\n";

        var requests = read(oneLine, Form.WHOLE_BATCH);

        assertThat(requests).isEqualTo(read(lines, Form.WHOLE_BATCH));
        assertThat(requests).extracting(RequestFileTest::text).containsExactly("a", "b");
        assertThat(requests).extracting(ResponsesRequest::index).containsExactly(0, 1);
        assertThat(requests).allMatch(request -> request.model().equals("m") && request.maxRetries() == 2);
    }

    @Test
    void takesInputItemsAsAPrompt() {
        String items = "[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\",\"file_id\":\"f\"}]}]";

        var lines = read(
                "{\"user_prompt\":" + items + ",\"tool_choice\":\"auto\",\"metadata\":{\"a\":\"b\"}}", Form.JSON_LINES);
        var batch = read("{\"user_prompts\":[" + items + ",\"text\"]}", Form.WHOLE_BATCH);

        assertThat(lines.get(0).userPrompt()).isInstanceOf(UserPrompt.Items.class);
        assertThat(lines.get(0).toolChoice().textValue()).isEqualTo("auto");
        assertThat(lines.get(0).metadata()).containsEntry("a", "b");
        assertThat(batch.get(0).userPrompt()).isEqualTo(lines.get(0).userPrompt());
        assertThat(batch.get(1).userPrompt()).isEqualTo(UserPrompt.text("text"));
    }

    @Test
    void takesACustomIdBesideAPrompt() {
        String lines = """
                {"custom_id":"first","user_prompt":"a"}
                {"user_prompt":"b","custom_id":null}
                {"user_prompt":"c","custom_id":"third"}
                {"custom_id":"fourth","prompt":{"id":"pmpt_1"}}
                """;
        try (var file = new RequestFile(new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)), TEMPLATE)) {
            assertThat(file.form()).isEqualTo(Form.JSON_LINES);
            assertThat(file.list())
                    .hasSize(4)
                    .extracting(ResponsesRequest::model)
                    .containsOnly("template-model");
            assertThat(IntStream.range(0, 5).mapToObj(file::customId))
                    .containsExactly(
                            Optional.of("first"),
                            Optional.empty(),
                            Optional.of("third"),
                            Optional.of("fourth"),
                            Optional.empty());
        }
    }

    @Test
    void takesAnyLineAsAPromptOnRequest() {
        String lines = "{name} is a template\n\n[\"a\",\nname,prompt\n";
        try (var file =
                RequestFile.ofPrompts(new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)), TEMPLATE)) {
            assertThat(file.list())
                    .extracting(RequestFileTest::text)
                    .containsExactly("{name} is a template", "[\"a\",", "name,prompt");
        }
    }

    @Test
    void takesALineInBracketsThatIsNotJsonAsAPrompt() {
        assertThat(read("[Note] Be brief.\n[1] What is this?", Form.PROMPTS)).hasSize(2);
    }

    @Test
    void readsAnEmptyInputAsNoRequests() {
        assertThat(read(" \n\n", Form.PROMPTS)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    {"user_prompt":"a"};{"user_prompt":"b","index":1}   | line 2: `index` must not be given
                    {"user_prompt":"a","batch_id":"b"}                  | line 1: `batch_id` must not be given
                    {"user_prompts":["a"],"batch_size":1}               | `batch_size` must not be given
                    {"user_prompt":"a"};;{"user_promt":"b"}             | line 3: `user_promt` is not a known field
                    {"user_prompt":"a"};{"model":"m"}                   | line 2: `user_prompt` is missing
                    {"user_prompt":"a"};{"user_prompt":"b"              | line 2: the JSON object has no end
                    {"user_prompt":"a";{"user_prompt":"b"}              | line 2: this is not JSON
                    {"user_prompt":"a"};plain                           | line 2: this is not JSON
                    {"user_prompt":"a"};[1]                             | line 2: this must be a JSON object
                    {"user_prompt":"a","user_prompt":"b"}               | line 1: this is not JSON, repeats a field
                    {"user_prompt":"a"} {"user_prompt":"b"}             | line 1: there is more than one JSON object
                    {"user_prompt":"a","temperature":"hot"}             | line 1: `temperature` must be a finite number
                    {;"user_prompt":"a";}                               | line 1: a JSON object over several lines
                    {"user_prompts":["a"]};more                         | line 2: no lines may follow
                    {"user_prompts":["a",3]}                            | line 1: `user_prompts[1]` must be a string
                    {"user_prompts":[]}                                 | `user_prompts` must be a list
                    {"user_prompts":["a",[]]}                           | `user_prompts[1]` must be a string
                    {"user_prompt":"a","api_key":"k"}                   | `api_key` is a setting of the worker
                    {"user_prompts":["a"],"api_key":"k"}                | `api_key` is a setting of the worker
                    {"user_prompt":{"role":"user"}}                     | `user_prompt` must be a string or a list
                    {"user_prompts":["a"],"colour":"red"}               | `colour` is not a known field
                    {"user_prompt":"a"};{"user_prompts":["b"]}          | line 2: an object with `user_prompts` is a whole batch
                    [{"user_prompt":"a"}]                               | line 1: this is a JSON array
                    [{;"user_prompt":"a"}]                              | line 1: this is a JSON array
                    ["a",;"b"]                                          | line 1: this is a JSON array
                    [;"a"]                                              | line 1: this is a JSON array
                    {"user_prompt":"a","custom_id":7}                   | line 1: `custom_id` must be a string
                    {"user_prompt":"a","custom_id":" "}                 | line 1: `custom_id` must be a string
                    {"user_prompt":"a","custom_id":"x"};{"user_prompt":"b","custom_id":"x"} | line 2: `custom_id` "x" is already used in line 1
                    {"user_prompts":["a"],"custom_id":"x"}              | `custom_id` is not a known field
                    {"custom_id":"x","user_promt":"a"}                  | line 1: `user_promt` is not a known field
                    {"custom_id":"x"}                                   | line 1: `user_prompt`
                    {"custom_id":"x","url":"/v1/responses"}             | line 1: `method` must be POST
                    a;{"custom_id":"x","user_prompt":"b"}               | line 2: this is a request in JSON, but the first line is a prompt
                    a; {"custom_id":"x","method":"POST","body":{}}      | line 2: this is a request in JSON, but the first line is a prompt
                    a;b\\0c                                             | line 2: this is not text
                    {name} is a template                                | starts with {
                    """)
    void namesLineAndFieldOfAMistake(String input, String message) {
        assertThatThrownBy(() -> read(input.replace(';', '\n').replace("\\0", "\0"), null))
                .isInstanceOf(RequestFileException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
                    {"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{}}    | line 2: `url` must be /v1/responses
                    {"custom_id":"a","method":"POST","body":{}}                                 | line 2: `url` must be /v1/responses
                    {"custom_id":"a","method":"GET","url":"/v1/responses","body":{}}            | line 2: `method` must be POST
                    {"custom_id":" ","method":"POST","url":"/v1/responses","body":{}}           | line 2: `custom_id` must be a string
                    {"custom_id":7,"method":"POST","url":"/v1/responses","body":{}}             | line 2: `custom_id` must be a string
                    {"custom_id":"a","method":"POST","url":"/v1/responses"}                     | line 2: `body` must be an object
                    {"custom_id":"a","method":"POST","url":"/v1/responses","body":{},"x":1}     | line 2: `x` is not a field
                    {"user_prompt":"a"}                                                         | line 2: `user_prompt` is not a field
                    {"custom_id":"a","method":"POST","url":"/v1/responses","body":{"input":"a","stream":true}}     | line 2: body: `stream`
                    {"custom_id":"a","method":"POST","url":"/v1/responses","body":{"model":"m"}}                   | line 2: body: `input` must be
                    {"custom_id":"a","method":"POST","url":"/v1/responses","body":{"input":"a","temperature":"x"}} | line 2: body: `temperature`
                    {"custom_id":"first","method":"POST","url":"/v1/responses","body":{"input":"a"}} | line 2: `custom_id` "first" is already used in line 1
                    """)
    void namesLineAndFieldOfAMistakeInAFileForTheBatchApi(String second, String message) {
        String first =
                "{\"custom_id\":\"first\",\"method\":\"POST\",\"url\":\"/v1/responses\",\"body\":{\"input\":\"a\"}}";

        assertThatThrownBy(() -> read(first + "\n" + second, Form.OPENAI_BATCH))
                .isInstanceOf(RequestFileException.class)
                .hasMessageContaining(message);
    }

    @Test
    void namesTheLineThatIsNotUtf8() {
        byte[] latin1 = "good\nbad \u00e9\ngood".getBytes(StandardCharsets.ISO_8859_1);

        assertThatThrownBy(() -> new RequestFile(new ByteArrayInputStream(latin1), TEMPLATE).list())
                .isInstanceOf(RequestFileException.class)
                .hasMessageStartingWith("line 2: this is not UTF-8");
    }

    @Test
    void asksForAModelWhenNeitherLineNorTemplateHasOne() {
        var in = new ByteArrayInputStream("prompt".getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> new RequestFile(in, ResponsesRequest.builder().buildUnchecked()).list())
                .hasMessage("line 1: `model` is missing; give it a string");
    }

    private static String text(ResponsesRequest request) {
        return ((UserPrompt.Text) request.userPrompt()).text();
    }

    private static List<ResponsesRequest> read(String input, Form form) {
        try (var file = new RequestFile(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)), TEMPLATE)) {
            if (form != null) {
                assertThat(file.form()).isEqualTo(form);
            }
            return file.list();
        }
    }
}

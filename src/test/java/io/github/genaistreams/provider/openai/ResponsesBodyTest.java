package io.github.genaistreams.provider.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.genaistreams.model.ResponsesRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResponsesBodyTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    @Test
    void sendsWhatIsSetAndNothingElse() throws Exception {
        var least = ResponsesRequest.builder()
                .batchId("b")
                .model("m")
                .userPrompt("Hi")
                .build();
        assertThat(ResponsesBody.of(least)).isEqualTo(JSON.readTree("{\"model\":\"m\",\"input\":\"Hi\"}"));

        var most = least.toBuilder()
                .systemPrompt("Be kind")
                .maxOutputTokens(64)
                .temperature(0.5)
                .responseFormat(JSON.readTree("{\"type\":\"text\"}"))
                .build();
        assertThat(JSON.readTree(ResponsesBody.bytesOf(most))).isEqualTo(JSON.readTree("""
                                {"model":"m","instructions":"Be kind","input":"Hi","text":{"format":{"type":"text"}},
                                 "max_output_tokens":64,"temperature":0.5}"""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type':'text'} | {'format':{'type':'text'}}",
                "{'type':'json_object'} | {'format':{'type':'json_object'}}",
                // The Chat spelling
                "{'type':'json_schema','json_schema':{'name':'n','schema':{'a':1},'strict':false,'description':'d'}}"
                        + "| {'format':{'type':'json_schema','name':'n','schema':{'a':1},'strict':false,'description':'d'}}",
                "{'type':'json_schema','json_schema':{'schema':{}}}"
                        + "| {'format':{'type':'json_schema','schema':{},'name':'response','strict':true}}",
                "{'type':'json_schema','json_schema':{'name':null,'schema':{},'strict':null}}"
                        + "| {'format':{'type':'json_schema','schema':{},'name':'response','strict':true}}",
                // Flat
                "{'type':'json_schema','name':'n','schema':{},'strict':false}"
                        + "| {'format':{'type':'json_schema','name':'n','schema':{},'strict':false}}",
                "{'type':'json_schema','schema':{}}"
                        + "| {'format':{'type':'json_schema','schema':{},'name':'response'}}",
                // With its wrapper
                "{'format':{'type':'json_schema','name':'n','schema':{},'strict':false},'verbosity':'low'}"
                        + "| {'format':{'type':'json_schema','name':'n','schema':{},'strict':false},'verbosity':'low'}",
                "{'format':{'type':'json_object'}} | {'format':{'type':'json_object'}}",
            })
    void putsEverySpellingOfTheFormatIntoText(String responseFormat, String text) throws Exception {
        var given = JSON.readTree(responseFormat.replace('\'', '"'));
        var before = given.deepCopy();
        var request = ResponsesRequest.builder()
                .model("m")
                .userPrompt("json")
                .responseFormat(given)
                .build();

        assertThat(ResponsesBody.of(request).get("text")).isEqualTo(JSON.readTree(text.replace('\'', '"')));
        assertThat(given).as("the request is not changed").isEqualTo(before);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'type':'json_object'} | List them | List them Respond in JSON format.",
                "{'type':'json_object'} | List them as Json | List them as Json",
                "{'format':{'type':'json_object'}} | List them | List them Respond in JSON format.",
                "{'type':'text'} | List them | List them",
                "null | List them | List them",
            })
    void speaksOfJsonWhenTheApiInsists(String responseFormat, String prompt, String input) throws Exception {
        var request = ResponsesRequest.builder()
                .model("m")
                .userPrompt(prompt)
                .responseFormat(JSON.readTree(responseFormat.replace('\'', '"')))
                .build();

        assertThat(ResponsesBody.of(request).get("input").asText()).isEqualTo(input);
    }
}

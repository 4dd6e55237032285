package io.github.genaistreams.provider;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import io.github.genaistreams.provider.datalab.DocumentUrls;
import io.github.genaistreams.provider.openai.RequestUrls;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UrlHostsTest {

    private static final UrlHosts HOSTS = new UrlHosts(
            "x.url.hosts",
            List.of("Files.example.com.", "*.cdn.example.com", "own.internal:8443", "bücher.example", "192.0.2.7"));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://files.example.com/a.pdf",
                "http://FILES.example.com",
                "HTTPS://files.example.com.:443/a?b#c",
                "http://files.example.com:80/",
                "https://a.cdn.example.com/",
                "https://a.b.CDN.example.com/",
                "https://own.internal:8443/",
                "https://xn--bcher-kva.example/",
                "http://192.0.2.7/"
            })
    void allowsWhatIsListed(String address) {
        assertThat(HOSTS.refusal("file_url", address)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example/",
                "https://example.com/",
                "https://xfiles.example.com/",
                "https://files.example.com.evil.example/",
                "https://cdn.example.com/",
                "https://.cdn.example.com/",
                "https://xcdn.example.com/",
                "https://files.example.com:8443/",
                "http://files.example.com:443/",
                "https://own.internal/",
                "https://own.internal:84430/",
                "https://files.example.com@evil.example/",
                "https://files.example.com:443@evil.example/",
                "https://files.example.com;@evil.example/",
                "https://user:word@files.example.com/",
                "https://evil.example\\@files.example.com/",
                "https://evil.example\\.cdn.example.com/",
                "https://evil.example/\n.cdn.example.com/",
                "https://evil.example%2f.cdn.example.com/",
                "https://evil.example\uff0f.cdn.example.com/",
                "https://files.example.com\u3002evil.example/",
                "https:///evil.example/",
                "https:evil.example",
                "//files.example.com/a",
                "files.example.com/a",
                " https://files.example.com/",
                "ftp://files.example.com/a",
                "file:///etc/passwd",
                "http://3221225991/",
                "http://0xc0000207/",
                "http://192.0.519/",
                "http://[::ffff:192.0.2.7]/",
                "http://169.254.169.254/latest/meta-data",
                ""
            })
    void refusesWhatIsNotAndSaysWhichSettingSaysSo(String address) {
        assertThat(HOSTS.refusal("file_url", address)).hasValueSatisfying(error -> {
            assertThat(error.param()).isEqualTo("file_url");
            assertThat(error.message()).contains("`file_url`", "x.url.hosts").doesNotContain("evil");
            assertThat(error.isRetriable()).isFalse();
        });
    }

    @Test
    void allowsAllWhereNothingIsListed() {
        assertThat(new UrlHosts("x.url.hosts", List.of()).refusal("file_url", "http://169.254.169.254/"))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://files.example.com", "files.example.com/a", "*", "*.", "a b", "user@host", "host:0", ""})
    void refusesAnEntryThatIsNotAHost(String entry) {
        assertThatThrownBy(() -> new UrlHosts("x.url.hosts", List.of(entry)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    user_prompt | [{"role":"user","content":[{"type":"input_image","image_url":"https://evil.example/a.png"}]}] | user_prompt[0].content[0].image_url
                    user_prompt | [{"role":"user","content":[{"type":"input_file","file_url":"https://evil.example/a.pdf"}]}]    | user_prompt[0].content[0].file_url
                    user_prompt | [{"type":"image_url","image_url":{"url":"https://evil.example/a.png"}}]                        | user_prompt[0].image_url
                    prompt      | {"id":"p","variables":{"x":{"type":"input_image","image_url":"https://evil.example"}}}           | prompt.variables.x.image_url
                    tools       | [{"type":"mcp","server_url":"https://evil.example/sse"}]                                       | tools[0].server_url
                    extra_body  | {"tools":[{"type":"mcp","server_url":"https://evil.example/sse"}]}                             | extra_body.tools[0].server_url
                    user_prompt | [{"role":"user","content":[{"type":"input_image","image_url":"https://files.example.com/a"}]}] |
                    user_prompt | [{"role":"user","content":[{"type":"input_image","image_url":"data:image/png;base64,AAAA"}]}]  |
                    user_prompt | [{"role":"user","content":"See https://evil.example/ and tell"}]                               |
                    tools       | [{"type":"function","name":"f","parameters":{"properties":{"image_url":{"type":"string"}}}}]   |
                    """)
    void findsTheAddressesOfAPrompt(String field, String json, String found) throws Exception {
        var builder = ResponsesRequest.builder().model("m");
        switch (field) {
            case "user_prompt" -> builder.userPrompt(UserPrompt.of(tree(json)));
            case "prompt" -> builder.prompt(tree(json));
            case "tools" -> builder.tools(tree(json));
            default -> builder.extraBody(tree(json));
        }

        assertThat(RequestUrls.firstRefused(builder.buildUnchecked(), HOSTS).map(CallError::param))
                .isEqualTo(Optional.ofNullable(found));
    }

    @Test
    void findsTheAddressesOfADocument() {
        var builder = DocumentRequest.builder().fileUrl("https://files.example.com/a.pdf");
        assertThat(DocumentUrls.firstRefused(builder.buildUnchecked(), HOSTS)).isEmpty();

        assertThat(param(DocumentRequest.builder().fileUrl("https://evil.example/")))
                .isEqualTo("file_url");
        assertThat(param(builder.webhookUrl("https://evil.example/"))).isEqualTo("webhook_url");
        assertThat(param(DocumentRequest.builder()
                        .extraFields(JsonNodeFactory.instance.objectNode().put("file_url", "https://evil.example/"))))
                .isEqualTo("extra_fields.file_url");
    }

    private static String param(DocumentRequest.Builder builder) {
        return DocumentUrls.firstRefused(builder.buildUnchecked(), HOSTS)
                .orElseThrow()
                .param();
    }

    private static JsonNode tree(String json) throws Exception {
        return new ObjectMapper().readTree(json);
    }
}

package io.github.genaistreams.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.client.input.DocumentSource;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ResponsesRequest;
import java.net.URI;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a worker would refuse of a batch is refused when the batch is built, by the worker's own checks. */
class BatchBuildersTest {

    static Stream<Arguments> mistakesOfResponses() {
        return Stream.of(
                mistake("temperature is 5.0", request -> request.temperature(5.0)),
                mistake("top_p is -1.0", request -> request.topP(-1.0)),
                mistake("max_output_tokens is 1", request -> request.maxOutputTokens(1)),
                mistake("model is missing", request -> request.model(null)),
                mistake("max_retries is -1", request -> request.maxRetries(-1)),
                mistake("credential is not an alias", request -> request.credential("sk-secret key")));
    }

    private static Arguments mistake(String message, UnaryOperator<ResponsesRequest.Builder> mistake) {
        return Arguments.of(message, mistake);
    }

    @ParameterizedTest
    @MethodSource("mistakesOfResponses")
    void refusesWhatIsCommonToAllItems(String message, UnaryOperator<ResponsesRequest.Builder> mistake) {
        ResponsesRequest.Builder common =
                mistake.apply(ResponsesRequest.builder().model("gpt-4o-mini"));

        assertThatThrownBy(() -> ResponsesBatch.of(common, "a", "b"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void refusesNoPrompt() {
        assertThatThrownBy(() -> ResponsesBatch.of(ResponsesRequest.builder().model("m")))
                .hasMessageContaining("user_prompts");
    }

    @Test
    void refusesWhatIsCommonToAllDocuments() {
        List<DocumentSource> sources = List.of(DocumentSource.of(URI.create("https://example.org/a.pdf")));

        assertThatThrownBy(() -> DocumentsBatch.of(DocumentRequest.builder().maxPages(0), sources))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("max_pages");
        assertThat(DocumentsBatch.of(DocumentRequest.builder().maxPages(3), sources)
                        .sources())
                .hasSize(1);
    }

    @Test
    void takesWhatAWorkerTakes() {
        assertThat(ResponsesBatch.of(ResponsesRequest.builder().model("m").temperature(2.0), "a", "b")
                        .requests())
                .hasSize(2);
    }
}

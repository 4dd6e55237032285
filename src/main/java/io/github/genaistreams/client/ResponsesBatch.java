package io.github.genaistreams.client;

import io.github.genaistreams.check.ResponsesCheck;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A batch of prompts with common parameters.
 *
 * <pre>{@code
 * ResponsesBatch batch = ResponsesBatch.of(
 *         ResponsesRequest.builder().model("gpt-4o-mini").systemPrompt("Answer in one word.").maxRetries(3),
 *         "Name a river.", "Name a mountain.");
 * }</pre>
 *
 * @param common  every parameter except the prompt; its batch ID, index, size and prompt are ignored
 * @param prompts at least one, in the order of the results
 */
public record ResponsesBatch(ResponsesRequest common, List<UserPrompt> prompts) {

    /**
     * @throws IllegalArgumentException if there is no prompt, a prompt is blank, or a common parameter is invalid; the
     *     message names it
     */
    public ResponsesBatch {
        Objects.requireNonNull(common, "common");
        prompts = List.copyOf(prompts);
        if (prompts.isEmpty()) {
            throw new IllegalArgumentException("user_prompts is empty: give at least one prompt");
        }
        for (int i = 0; i < prompts.size(); i++) {
            if (prompts.get(i).isBlank()) {
                throw new IllegalArgumentException("user_prompts[" + i + "] is blank: give it a text");
            }
        }
        Stream<ResponsesRequest> requests = requests(common, prompts);
        ResponsesCheck.commonProblem(requests::iterator).ifPresent(problem -> {
            throw new IllegalArgumentException(problem.message());
        });
    }

    public static ResponsesBatch of(ResponsesRequest.Builder common, String... prompts) {
        return of(common, List.of(prompts));
    }

    public static ResponsesBatch of(ResponsesRequest.Builder common, List<String> prompts) {
        return new ResponsesBatch(
                common.buildUnchecked(), prompts.stream().map(UserPrompt::text).toList());
    }

    /** One request per prompt. */
    public List<ResponsesRequest> requests() {
        return requests(common, prompts).toList();
    }

    private static Stream<ResponsesRequest> requests(ResponsesRequest common, List<UserPrompt> prompts) {
        return IntStream.range(0, prompts.size()).mapToObj(index -> common.toBuilder()
                .index(index)
                .userPrompt(prompts.get(index))
                .buildUnchecked());
    }
}

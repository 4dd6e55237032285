package io.github.genaistreams.client.content;

import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Problem;
import java.util.List;

/**
 * One text per result, for a reader who needs only what the model wrote:
 *
 * <pre>
 *   a failed result                      ""
 *   any text                             the text of all messages, with nothing between
 *   no text, a refusal                   ""
 *   no text, tools were called           the whole response as JSON
 *   anything else                        ""
 * </pre>
 *
 * {@link ResponseView} distinguishes these cases.
 */
public final class ResponseTexts {

    private ResponseTexts() {}

    /** The text of one result. */
    public static String of(CallResult result) {
        if (!result.success()) {
            return "";
        }
        ResponseView response = ResponseView.of(result);
        String text = response.text();
        boolean onlyTools = text.isEmpty()
                && response.refusals().isEmpty()
                && !response.toolCalls().isEmpty();
        return onlyTools ? Problem.orMissing(result.rawResponse()).toString() : text;
    }

    /** The texts of several results, in the same order. */
    public static List<String> of(List<CallResult> results) {
        return results.stream().map(ResponseTexts::of).toList();
    }
}

package io.github.genaistreams.cli.output;

import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.wire.ResultShape;
import io.github.genaistreams.wire.Topics;
import java.io.PrintStream;

/** Results as JSON, written one by one. */
public interface JsonOutput {

    /** @param item the submitter's labels of the item */
    void print(CallResult result, ItemLabels item);

    /**
     * Call it after the last result.
     *
     * @param ofDocuments the kind of results, in case there were none
     */
    void end(boolean ofDocuments);

    /** One object per line, as on the topic. */
    static JsonOutput lines(PrintStream out) {
        return new JsonOutput() {
            @Override
            public void print(CallResult result, ItemLabels item) {
                out.println(ResultJson.line(result, item, ResultShape.NESTED));
            }

            @Override
            public void end(boolean ofDocuments) {}
        };
    }

    /**
     * One JSON value with all results, as a Python batch library returns it: a list of documents, or for responses an
     * object with the list {@code results} and the numbers of successes and failures.
     */
    static JsonOutput reference(PrintStream out) {
        return new JsonOutput() {
            private int succeeded;
            private int failed;

            @Override
            public void print(CallResult result, ItemLabels item) {
                boolean isFirst = succeeded + failed == 0;
                out.println(isFirst ? start(Topics.DOCUMENTS.equals(result.api())) : ",");
                out.print(ResultJson.line(result, item, ResultShape.FLAT));
                if (result.success()) {
                    succeeded++;
                } else {
                    failed++;
                }
            }

            private static String start(boolean ofDocuments) {
                return ofDocuments ? "[" : "{\"results\":[";
            }

            @Override
            public void end(boolean ofDocuments) {
                if (succeeded + failed == 0) {
                    out.print(start(ofDocuments));
                }
                out.println();
                out.println(
                        ofDocuments ? "]" : "],\"total_success\":%d,\"total_errors\":%d}".formatted(succeeded, failed));
            }
        };
    }
}

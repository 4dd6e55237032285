package io.github.genaistreams.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.output.ResultPrinter.Form;
import io.github.genaistreams.cli.output.ResultPrinter.Format;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResultPrinterTest {

    private static final ItemLabels UNNAMED = new ItemLabels(null, null, Map.of());

    private static final CallResult ANSWER = CallResult.builder(new ItemKey("b", 7), "responses")
            .success(true)
            .outputText("First\tline\nsecond \\ line\n")
            .build();

    private static final CallResult FAILURE = CallResult.builder(new ItemKey("b", 8), "responses")
            .error(new CallError("Slow\ndown", "rate_limit", "too_many", null, true, 429))
            .attempts(3)
            .build();

    @Test
    void anAnswerOfSeveralLinesGoesOnInIndentedLines() {
        assertThat(print(Format.TEXT, ANSWER, UNNAMED)).isEqualTo("   7  First\tline\n      second \\ line\n");
    }

    @Test
    void whatTheSubmitterHasSaidIsALineAboveAndOneLineWhateverItHolds() {
        ItemLabels item = new ItemLabels("id\n1", null, Map.of("trace", "x\ny" + "z".repeat(100)));

        assertThat(print(Format.TEXT, ANSWER, item))
                .startsWith("   7  id 1  trace=x y" + "z".repeat(70) + "…\n      First\tline\n");
    }

    @Test
    void eachResultIsOneLineOnRequest() {
        assertThat(print(Format.LINES, ANSWER, UNNAMED)).isEqualTo("7\tok\tFirst\\tline\\nsecond \\\\ line\\n\n");
        assertThat(print(Format.LINES, FAILURE, UNNAMED))
                .isEqualTo("8\tfailed\ttoo_many: Slow\\ndown (HTTP 429, 3 attempts)\n");
    }

    private static String print(Format format, CallResult result, ItemLabels item) {
        var out = new ByteArrayOutputStream();
        new ResultPrinter(new PrintStream(out, true, StandardCharsets.UTF_8), Form.of(format), Paint.OFF, 0)
                .print(result, item);
        return out.toString(StandardCharsets.UTF_8);
    }
}

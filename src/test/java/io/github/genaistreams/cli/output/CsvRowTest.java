package io.github.genaistreams.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CsvRowTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "=1+1",
                "=HYPERLINK(\"http://x\",\"y\")",
                "+cmd|'/C calc'!A0",
                "-2+3",
                "- a list",
                "@SUM(A1)",
                "\t=1",
                "\r=1",
                "\n=1",
                "-1 apple",
                "+",
                "-",
                "\uFF1D1+1"
            })
    void aCellThatASpreadsheetWouldRunBecomesAText(String cell) {
        assertThat(CsvRow.harmless(cell)).isEqualTo("'" + cell);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", " =1", "'=1", "42", "-42", "+3.5", "-1,234.50", "-1e-9", "-12 %", "a=b", "1-1"})
    void otherTextsAndNumbersStayAsTheyAre(String cell) {
        assertThat(CsvRow.harmless(cell)).isEqualTo(cell);
    }

    @Test
    void aLongRowOfDigitsTakesNoTimeAndNoStack() {
        String digits = "-" + "1,".repeat(1_000_000);

        assertThat(CsvRow.harmless(digits)).isEqualTo("'" + digits);
    }

    @Test
    void aTableIsReadBackAsWhatWasWritten() throws Exception {
        CallResult result = CallResult.builder(new ItemKey("b", 0), "responses")
                .success(true)
                .outputText("a \"b\", c\r\n\nd")
                .build();

        String table = CsvRow.head() + "\n" + CsvRow.of(result, null, null).line(false) + "\n";

        try (MappingIterator<Map<String, String>> rows = new CsvMapper()
                .readerForMapOf(String.class)
                .with(CsvSchema.emptySchema().withHeader())
                .readValues(table)) {
            assertThat(rows.next()).containsEntry("text", result.outputText()).containsEntry("index", "0");
            assertThat(rows.hasNext()).isFalse();
        }
    }

    @Test
    void eachTextOfARowIsLookedAtUnlessItIsToStayRaw() {
        CallResult result = CallResult.builder(new ItemKey("b", 3), "responses")
                .success(false)
                .outputText("=text")
                .error(new CallError("=message", "=type", "=code", null, false, 400))
                .finish("=finish")
                .model("=model")
                .attempts(2)
                .build();
        CsvRow row = CsvRow.of(result, "=id", "=name");

        assertThat(row.line(false))
                .isEqualTo(
                        "3,\"'=id\",\"'=name\",false,\"'=text\",\"'=type\",\"'=code\",\"'=message\",400,\"'=finish\","
                                + "\"'=model\",2,,,,");
        assertThat(row.line(true)).isEqualTo("3,=id,=name,false,=text,=type,=code,=message,400,=finish,=model,2,,,,");
    }
}

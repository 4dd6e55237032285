package io.github.genaistreams.cli.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import java.io.IOException;
import java.io.StringWriter;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AnswerTableTest {

    private static final AnswerTable.Form CSV = new AnswerTable.Form(true, false, List.of());
    private static final AnswerTable.Form RAW = new AnswerTable.Form(true, true, List.of());
    private static final AnswerTable.Form JSON = new AnswerTable.Form(false, false, List.of());

    @TempDir
    Path directory;

    @Test
    void answersStandBesideTheColumnsOfTheirRow() throws IOException {
        assertThat(joined(
                        "\uFEFFid;text\r\n1;\"a\r\nb\"\r\n2;\u4F60\r\n3;c\r\n",
                        CSV,
                        answer(0, "x;\"y\"\nz"),
                        failure(1)))
                .isEqualTo("\uFEFFid;text;answer;error;cost_usd\n"
                        + "1;\"a\r\nb\";\"x;\"\"y\"\"\nz\";;0.000012\n"
                        + "2;\u4F60;;too_many: Slow down (HTTP 429, 3 attempts);\n"
                        + "3;c;;no result;\n");
    }

    @Test
    void whatIsWrittenIsReadAgainAsItWas() throws IOException {
        String[] cells = {"a,b", "\"", "\r", "\n", "x\r\ny", " a ", "", "\u3042,\n\"\u3044\"", "\u2028", "'", "a\tb"};
        for (String cell : cells) {
            String written = joined("id,text\n1,x\n", RAW, answer(0, cell));

            Files.writeString(table(), written);
            try (var rows = new TableFile(table()).rows()) {
                assertThat(rows.next().text("answer")).isEqualTo(cell);
            }
        }
    }

    @Test
    void aCellThatASpreadsheetWouldRunIsMadeATextUnlessCellsAreToStay() throws IOException {
        String table = "id,text\n-1,=1+1\n+49 30,@x\n";

        assertThat(joined(table, CSV, answer(0, "=2"), answer(1, "- a")))
                .isEqualTo("id,text,answer,error,cost_usd\n-1,'=1+1,'=2,,0.000012\n'+49 30,'@x,'- a,,0.000012\n");
        assertThat(joined(table, RAW, answer(0, "\t=2"))).contains("-1,=1+1,\t=2,");
        assertThat(joined(table, JSON, answer(0, "=2"))).contains("\"text\":\"=1+1\",\"answer\":\"=2\"");
    }

    @Test
    void theChangedCellsAreCountedAndTheFirstIsNamed() throws IOException {
        try (var answers = new AnswerTable(read("id,text\n1,a\n2,=b\n"), CSV, new StringWriter())) {
            assertThat(answers.notice()).isEmpty();
            answers.print(answer(1, "=c"));

            assertThat(answers.notice().orElseThrow())
                    .contains("2 cells got a leading '")
                    .contains("(the first: row 3, column `text`)");
        }
    }

    @Test
    void aLineOfJsonKeepsItsValues() throws IOException {
        String table = "{\"id\":7,\"text\":\"a\",\"n\":1.50}\n{\"id\":8,\"text\":\"b\",\"more\":[null]}\n";

        assertThat(joined(table, JSON, answer(0, "x"), failure(1)))
                .isEqualTo(
                        "{\"id\":7,\"text\":\"a\",\"n\":1.50,\"answer\":\"x\",\"error\":null,\"cost_usd\":0.000012}\n"
                                + "{\"id\":8,\"text\":\"b\",\"more\":[null],\"answer\":null,"
                                + "\"error\":\"too_many: Slow down (HTTP 429, 3 attempts)\",\"cost_usd\":null}\n");
        assertThat(joined(table, CSV, answer(0, "x")))
                .startsWith("id,text,n,more,answer,error,cost_usd\n7,a,1.50,,x,,0.000012\n8,b,,[null],,no result,\n");
    }

    @Test
    void aStructuredAnswerBecomesColumns() throws IOException {
        var form = new AnswerTable.Form(true, false, List.of("text", "age", "tags", "error"));

        assertThat(joined(
                        "id,text\n1,a\n2,b\n3,c\n",
                        form,
                        answer(0, "{\"age\":41.50,\"text\":\"x\",\"tags\":[\"=p\"],\"error\":null}"),
                        answer(1, "no"),
                        failure(2)))
                .isEqualTo("id,text,text_2,age,tags,error,error_2,cost_usd\n"
                        + "1,a,x,41.50,\"[\"\"=p\"\"]\",,,0.000012\n"
                        + "2,b,,,,,the answer is not a JSON object,0.000012\n"
                        + "3,c,,,,,\"too_many: Slow down (HTTP 429, 3 attempts)\",\n");
        assertThat(joined(
                        "id,text\n1,a\n",
                        new AnswerTable.Form(false, false, List.of("age")),
                        answer(0, "{\"age\":41.50}")))
                .contains("\"age\":41.50,\"error\":null");
    }

    @Test
    void rowsThatWereNotSentAndItemsWithoutAResultAreInTheirPlace() throws IOException {
        var out = new StringWriter();
        Files.writeString(table(), "id,text\n1,\n2,b\n3,c\n4, \n5,e\n6,\n");
        var table = new Table(table(), new Table.Use(new PromptTemplate("{{text}}"), null, Integer.MAX_VALUE, true));

        try (var answers = new AnswerTable(table, CSV, out)) {
            answers.print(answer(1, "C"));
            answers.end();
        }

        assertThat(table.prompts()).containsExactly("b", "c", "e");
        assertThat(table.skipped()).isEqualTo(3);
        assertThat(out.toString()).isEqualTo("""
                        id,text,answer,error,cost_usd
                        1,,,no value in the column text,
                        2,b,,no result,
                        3,c,C,,0.000012
                        4, ,,no value in the column text,
                        5,e,,no result,
                        6,,,no value in the column text,
                        """);
    }

    @Test
    void anAnswerIsNotPutBesideARowThatHasChanged() throws IOException {
        for (String later : List.of("id,text\n1,a\n2,B\n", "id,text\n1,a\n")) {
            Table table = read("id,text\n1,a\n2,b\n");
            Files.writeString(table(), later);

            try (var answers = new AnswerTable(table, CSV, new StringWriter())) {
                answers.print(answer(0, "x"));
                assertThatThrownBy(() -> answers.print(answer(1, "y")))
                        .hasMessageContaining("has changed since this run began");
            }
        }
    }

    private String joined(String content, AnswerTable.Form form, CallResult... results) throws IOException {
        var out = new StringWriter();
        try (var answers = new AnswerTable(read(content), form, out)) {
            for (CallResult result : results) {
                answers.print(result);
            }
            answers.end();
        }
        return out.toString();
    }

    private Table read(String content) throws IOException {
        Files.writeString(table(), content);
        return new Table(table(), new Table.Use(new PromptTemplate("{{text}}"), null, Integer.MAX_VALUE, false));
    }

    private Path table() {
        return directory.resolve("table");
    }

    private static CallResult answer(int index, String text) {
        return CallResult.builder(new ItemKey("b", index), "responses")
                .success(true)
                .outputText(text)
                .cost(new BigDecimal("0.000012"))
                .build();
    }

    private static CallResult failure(int index) {
        return CallResult.builder(new ItemKey("b", index), "responses")
                .error(new CallError("Slow down", "rate_limit", "too_many", null, true, 429))
                .attempts(3)
                .build();
    }
}

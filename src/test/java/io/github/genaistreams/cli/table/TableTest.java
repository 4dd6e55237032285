package io.github.genaistreams.cli.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.cli.console.CliException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TableTest {

    @TempDir
    Path directory;

    @Test
    void aRowBecomesAPromptWithItsValuesAsTheyAre() throws IOException {
        Table table = read(
                "\uFEFFid, text ,note\r\n1,\"a \"\"b\"\", c\r\n\r\n{{id}}\",\"\"\r\n\r\n2,\u4F60\u597D \uD83D\uDE00,x\r\n",
                "{{ text }} / {{id}}!{{text}}",
                "id");

        assertThat(table.prompts())
                .containsExactly(
                        "a \"b\", c\r\n\r\n{{id}} / 1!a \"b\", c\r\n\r\n{{id}}",
                        "\u4F60\u597D \uD83D\uDE00 / 2!\u4F60\u597D \uD83D\uDE00");
        assertThat(table.id(1)).contains("2");
        assertThat(table.columns()).containsExactly("id", "text", "note");
    }

    @ParameterizedTest
    @ValueSource(strings = {"id;text\n1;a,b\n", "id\ttext\n1\ta,b\n", "text\n\"a,b\"\n", "\"id\",\"text\"\n1,\"a,b\""})
    void theHeadShowsWhatSeparatesCells(String content) throws IOException {
        assertThat(read(content, "{{text}}", null).prompts()).containsExactly("a,b");
    }

    @Test
    void aLineOfJsonIsARow() throws IOException {
        Table table = read(
                "{\"id\":7,\"text\":\"a\"}\n\n{\"text\":{\"b\":[1.50]},\"id\":8,\"more\":true}\n",
                "{{text}} {{id}}",
                "id");

        assertThat(table.prompts()).containsExactly("a 7", "{\"b\":[1.50]} 8");
        assertThat(table.columns()).containsExactly("id", "text", "more");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            ``                         | `is empty: its first row must have the names of the columns`
            id,text                    | `has no rows, only a head`
            id,text~~                  | `has no rows, only a head`
            id,body~1,a                | `--prompt: TABLE has no column ``text``. Its columns: ``id``, ``body``.`
            nr,text~1,a                | `--id: TABLE has no column ``id```
            id,text~1,a~2, ~3          | `TABLE, row 4 has 1 cell, but the header has 2 columns`
            id,text~1,a~2, ~~3,        | `2 rows have no value for the prompt: row 3, column ``text``; row 5, column ``text``. Fill`
            id,text~1,a~ ,b            | `1 row has no ID: row 3.`
            id,text~1,a~2,b~1,c~1,d    | `2 rows have an ID that another row has: row 2 and row 4; row 2 and row 5.`
            id,text,id~1,a,2           | `two columns have the name ``id```
            id,text,,~1,a,,            | `two columns have no name`
            id,text~1,"a               | `row 2: `
            id,text~1,a~2,"b"c         | `row 3: `
            [{"id":1,"text":"a"}]      | `is a JSON list: write one object per line`
            {"id":1,"text":"a"}~{"id"  | `line 2: this is not a JSON object`
            {"id":1,"text":"a"}~3      | `line 2: this must be a JSON object, like the first line`
            {"id":1,"body":"a"}        | `--prompt: TABLE has no column ``text```
            {"id":1,"text":"a"}~{"id":2,"text":null}~{"id":3} | `2 rows have no value for the prompt: line 2, column ``text``; line 3`
            """)
    void aTableThatCannotBeUsedIsRefusedWithTheRow(String content, String message) {
        assertThatThrownBy(() -> read(content.replace('~', '\n'), "{{text}}", "id"))
                .isInstanceOf(CliException.class)
                .hasMessageContaining(message.replace("``", "`").replace("TABLE", table().toString()));
    }

    @Test
    void bytesThatAreNoUtf8AreRefused() throws IOException {
        Files.write(table(), "id,text\n1,M\u00FCller\n".getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> new Table(table(), use("{{text}}", null))).hasMessageContaining("this is not UTF-8");

        Files.write(table(), "id,text\n1,a\n".getBytes(StandardCharsets.UTF_16LE));
        assertThatThrownBy(() -> new Table(table(), use("{{text}}", null))).hasMessageContaining("is not a text file");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            Summarise: {{text  | {{ at character 12 has no }}
            Summarise: {{ }}   | a column name is missing between {{ and }} at character 12
            Summarise: text    | does not name a column
            pmpt_123           | --stored-prompt
            """)
    void aTemplateThatWouldBeSentWronglyIsRefused(String template, String message) {
        assertThatThrownBy(() -> new PromptTemplate(template))
                .isInstanceOf(CliException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aSampleIsTheFirstRowsAndNotReadFurther() throws IOException {
        Files.writeString(table(), "id,text\n1,a\n2,b\n3\n");

        Table sample = new Table(table(), new Table.Use(new PromptTemplate("{{text}}"), null, 2, false));

        assertThat(sample.prompts()).containsExactly("a", "b");
    }

    private Table read(String content, String template, String id) throws IOException {
        Files.writeString(table(), content);
        return new Table(table(), use(template, id));
    }

    private static Table.Use use(String template, String id) {
        return new Table.Use(new PromptTemplate(template), id, Integer.MAX_VALUE, false);
    }

    private Path table() {
        return directory.resolve("table");
    }
}

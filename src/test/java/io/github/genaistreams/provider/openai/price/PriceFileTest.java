package io.github.genaistreams.provider.openai.price;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.model.Usage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PriceFileTest {

    @TempDir
    private Path directory;

    /** \t and \n stand for a tab and a line feed. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "model\\tinput\\tprice | , line 1: there is no column \"price\"; columns are separated by tabs",
                "model,input,output | , line 1: there is no column \"model,input,output\"; columns are separated by tabs",
                "model\\tinput\\tinput\\toutput | , line 1, column input: appears twice",
                "# p\\nmodel\\tinput | , line 2, column output: is missing",
                "'' | ' has no line with the column names'",
                "# as-of: May\\nmodel\\tinput\\toutput | , line 1: \"May\" is not a date; use the form 2026-08-21",
                "model\\tinput\\toutput\\n# as-of: 2026-01-01 | ', line 2: the date of the prices (as-of) must come"
                        + " before the line with the column names'",
                "model\\tinput\\toutput\\nm\\t1\\t2\\t3 | , line 2: there are 4 cells for 3 columns",
                "model\\tinput\\toutput\\n\\n\\t1\\t2 | , line 3, column model: must not be blank",
                "model\\tinput\\toutput\\nm\\t1\\t2\\nm\\t1\\t2 | ', line 3, column model: there is a row for m on the"
                        + " standard tier already'",
                "model\\ttier\\tinput\\toutput\\nm\\tflex\\t1\\t2\\nm\\tflex | ', line 3, column model: there is a row for m on"
                        + " the flex tier already'",
                "model\\tinput\\toutput\\tlong_input\\nm\\t1\\t2\\t3 | ', line 2, column long_ctx_over: must not be"
                        + " blank if the row has prices for a long context'",
                "model\\tinput\\toutput\\tlong_ctx_over\\nm\\t1\\t2\\t1k | ', line 2, column long_ctx_over: \"1k\" is not a"
                        + " number of tokens such as 272000'",
                "model\\ttier\\tinput\\toutput\\tbatch_input\\nm\\tflex\\t1\\t2\\t3 | ', line 2, column tier: batch prices"
                        + " belong in the row of the standard tier'",
            })
    void saysWhereAFileIsWrong(String content, String message) throws IOException {
        Path file = file(content.replace("\\t", "\t").replace("\\n", "\n"));

        assertThatThrownBy(() -> PriceTable.read(file))
                .isInstanceOf(PriceTableException.class)
                .hasMessage(file + message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1,25", "1.1234567", "1e3", "1000000", "$5", "free", ".5", "5.", "٣"})
    void refusesAnInvalidPrice(String price) throws IOException {
        Path file = file("model\toutput\tinput\nm\t1\t" + price + "\n");

        assertThatThrownBy(() -> PriceTable.read(file))
                .hasMessage(file + ", line 2, column input: \"" + price + "\" is not a price; use USD per 1,000,000"
                        + " tokens, below 1,000,000 and with at most 6 decimals, such as 1.25, or leave it blank");
    }

    @Test
    void namesAMissingFile() {
        Path file = directory.resolve("none.tsv");

        assertThatThrownBy(() -> PriceTable.read(file)).hasMessage(file + " does not exist");
    }

    @Test
    void namesAFileThatIsNotUtf8() throws IOException {
        Path file = directory.resolve("latin.tsv");
        Files.write(file, "# für\nmodel\tinput\toutput\n".getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(() -> PriceTable.read(file)).hasMessage(file + " is not UTF-8 text");
    }

    @Test
    void toleratesWhatEditorsDo() throws IOException {
        Path file = file("\uFEFFmodel\tinput\toutput\r\n\r\n m \t 1 \t2\r\n");

        assertThat(PriceTable.read(file)
                        .cost("m", null, new Usage(1, Map.of(), 1, Map.of(), 2))
                        .known())
                .isPresent();
    }

    @Test
    void readsTheShippedFileAsAFile() throws IOException {
        Path file = directory.resolve("prices.tsv");
        try (InputStream shipped = PriceTable.class.getResourceAsStream("prices.tsv")) {
            Files.copy(shipped, file);
        }

        assertThat(PriceTable.read(file)
                        .cost("o1", null, new Usage(1, Map.of(), 1, Map.of(), 2))
                        .known())
                .isPresent();
    }

    private Path file(String content) throws IOException {
        return Files.writeString(directory.resolve("my.tsv"), content);
    }
}

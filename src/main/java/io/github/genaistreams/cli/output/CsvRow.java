package io.github.genaistreams.cli.output;

import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import io.github.genaistreams.client.content.DocumentContents;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.wire.Topics;
import java.math.BigDecimal;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A result as a row of a table, according to RFC 4180. */
@JsonPropertyOrder({
    "index",
    "custom_id",
    "file_name",
    "success",
    "text",
    "error_type",
    "error_code",
    "error_message",
    "http_status",
    "finish",
    "model",
    "attempts",
    "input_tokens",
    "output_tokens",
    "page_count",
    "cost"
})
public record CsvRow(
        int index,
        @Nullable String customId,
        @Nullable String fileName,
        boolean success,
        @Nullable String text,
        @Nullable String errorType,
        @Nullable String errorCode,
        @Nullable String errorMessage,
        @Nullable Integer httpStatus,
        @Nullable String finish,
        @Nullable String model,
        int attempts,
        @Nullable Long inputTokens,
        @Nullable Long outputTokens,
        @Nullable Integer pageCount,
        @Nullable BigDecimal cost) {

    /** Start of a formula. Spreadsheets in Chinese, Japanese or Korean also accept the full-width characters. */
    private static final Pattern FORMULA = Pattern.compile("[=+@\\-\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]");

    private static final int MAX_NUMBER_LENGTH = 40;
    private static final Pattern NUMBER = Pattern.compile("[+-]?\\d+([.,]\\d+)*([eE][+-]?\\d+)?\\s?%?");

    private static final CsvMapper MAPPER = CsvMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();
    private static final ObjectWriter WRITER = MAPPER.writer(MAPPER.schemaFor(CsvRow.class));

    static CsvRow of(CallResult result, @Nullable String customId, @Nullable String fileName) {
        CallError error = result.error();
        Usage usage = result.usage();
        return new CsvRow(
                result.index(),
                customId,
                fileName,
                result.success(),
                result.api().equals(Topics.DOCUMENTS) ? DocumentContents.of(result) : result.outputText(),
                error == null ? null : error.type(),
                error == null ? null : error.code(),
                error == null ? null : error.message(),
                error == null ? null : error.httpStatus(),
                result.finish(),
                result.model(),
                result.attempts(),
                usage == null ? null : usage.inputTokens(),
                usage == null ? null : usage.outputTokens(),
                result.pageCount(),
                result.cost());
    }

    private CsvRow harmless() {
        return new CsvRow(
                index,
                orNull(customId),
                orNull(fileName),
                success,
                orNull(text),
                orNull(errorType),
                orNull(errorCode),
                orNull(errorMessage),
                httpStatus,
                orNull(finish),
                orNull(model),
                attempts,
                inputTokens,
                outputTokens,
                pageCount,
                cost);
    }

    private static @Nullable String orNull(@Nullable String cell) {
        return cell == null ? null : harmless(cell);
    }

    /**
     * A text from a model, a server or a file must not run as a formula in a spreadsheet. A quote turns such a cell
     * into text, as OWASP recommends. A number is a number in every spreadsheet.
     */
    public static String harmless(String cell) {
        return FORMULA.matcher(cell).lookingAt() && !isNumber(cell) ? "'" + cell : cell;
    }

    private static boolean isNumber(String cell) {
        return cell.length() <= MAX_NUMBER_LENGTH && NUMBER.matcher(cell).matches();
    }

    /** The names of the columns. */
    static String head() {
        return String.join(",", MAPPER.schemaFor(CsvRow.class).getColumnNames());
    }

    /**
     * The row without a line ending.
     *
     * @param raw whether cells stay unchanged, even those that a spreadsheet would run as a formula
     */
    String line(boolean raw) {
        try {
            String line = WRITER.writeValueAsString(raw ? this : harmless());
            return line.substring(0, line.length() - 1);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }
}

package io.github.genaistreams.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.BatchNote;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ResponseDelta;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.model.Waiting;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The files are the contract; the records must not drift from them. */
class SchemaTest {

    private static final Map<String, Class<?>> MIRRORS = Map.ofEntries(
            Map.entry("ResponsesRequest", ResponsesRequest.class),
            Map.entry("ResponsesRetry", RetryRecord.class),
            Map.entry("DocumentRequest", DocumentRequest.class),
            Map.entry("DocumentsRetry", RetryRecord.class),
            Map.entry("ResponseDelta", ResponseDelta.class),
            Map.entry("BatchStatus", BatchStatus.class),
            Map.entry("BatchControl", BatchControl.class),
            Map.entry("BatchNote", BatchNote.class),
            Map.entry("Waiting", Waiting.class),
            Map.entry("CallResult", CallResult.class),
            Map.entry("CallError", CallError.class),
            Map.entry("Usage", Usage.class),
            Map.entry("JournalEntry", JournalEntry.class),
            Map.entry("JournalHeader", JournalEntry.Header.class),
            Map.entry("JournalJob", JournalEntry.Job.class),
            Map.entry("JournalEarlier", JournalEntry.Earlier.class));

    static Stream<Schema> files() {
        try (Stream<Path> files = Files.list(Path.of("schemas"))) {
            return files
                    .filter(file -> file.toString().endsWith(".avsc"))
                    .sorted()
                    .map(file ->
                            SchemaFiles.current(file.getFileName().toString().replace(".avsc", "")))
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Stream<Schema> records() {
        return files().flatMap(SchemaTest::recordsIn);
    }

    @ParameterizedTest
    @MethodSource("records")
    void everyRecordAndFieldSaysWhatItIs(Schema schema) {
        assertThat(schema.getDoc()).as(schema.getName()).isNotBlank();
        assertThat(schema.getNamespace()).isEqualTo("io.github.genaistreams");
        for (Schema.Field field : schema.getFields()) {
            assertThat(field.doc()).as(schema.getName() + "." + field.name()).isNotBlank();
        }
    }

    @ParameterizedTest
    @MethodSource("records")
    void fieldsAreTheComponentsOfTheJavaRecord(Schema schema) {
        var snakeCase = new PropertyNamingStrategies.SnakeCaseStrategy();
        List<String> components = Arrays.stream(MIRRORS.get(schema.getName()).getRecordComponents())
                .map(RecordComponent::getName)
                .map(snakeCase::translate)
                .toList();

        assertThat(schema.getFields()).extracting(Schema.Field::name).containsExactlyElementsOf(components);
    }

    @ParameterizedTest
    @MethodSource("records")
    void aFieldThatMayBeNullPutsNullFirstAndByDefault(Schema schema) {
        for (Schema.Field field : schema.getFields()) {
            if (field.schema().isNullable()) {
                assertThat(field.schema().getTypes().get(0).getType()).isEqualTo(Schema.Type.NULL);
                assertThat(field.hasDefaultValue()).as(field.name()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("records")
    void aPrimitiveOfTheJavaRecordIsNeverNull(Schema schema) {
        for (RecordComponent component : MIRRORS.get(schema.getName()).getRecordComponents()) {
            String name = new PropertyNamingStrategies.SnakeCaseStrategy().translate(component.getName());
            boolean nullable = schema.getField(name).schema().isNullable();

            assertThat(nullable && component.getType().isPrimitive()).as(name).isFalse();
            assertThat(!nullable
                            && List.of(Integer.class, Double.class, Boolean.class)
                                    .contains(component.getType()))
                    .as(name)
                    .isFalse();
        }
    }

    @Test
    void aRecordIsTheSameInEveryFileThatHoldsIt() {
        records().forEach(schema -> records()
                .filter(other -> other.getFullName().equals(schema.getFullName()))
                .forEach(other -> assertThat(other.toString()).isEqualTo(schema.toString())));
    }

    @Test
    void symbolsOfTheStateAreTheConstantsInOrder() {
        Schema journal = files().filter(s -> s.getName().equals("JournalEntry"))
                .findFirst()
                .orElseThrow();

        assertThat(journal.getField("state").schema().getEnumSymbols())
                .containsExactlyElementsOf(Arrays.stream(JournalEntry.State.values())
                        .map(Enum::name)
                        .toList());
    }

    private static Stream<Schema> recordsIn(Schema schema) {
        return switch (schema.getType()) {
            case RECORD ->
                Stream.concat(
                        Stream.of(schema), schema.getFields().stream().flatMap(field -> recordsIn(field.schema())));
            case UNION -> schema.getTypes().stream().flatMap(SchemaTest::recordsIn);
            case ARRAY -> recordsIn(schema.getElementType());
            case MAP -> recordsIn(schema.getValueType());
            default -> Stream.empty();
        };
    }
}

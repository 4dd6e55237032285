package io.github.genaistreams.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.cli.console.Cli;
import java.lang.reflect.Field;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;

/** picocli sets these fields, which NullAway cannot see. */
class CommandFieldsTest {

    @Test
    void saysOfEachOptionThatMayBeMissingThatItMayBeNull() {
        assertThat(commands(GenAiCommand.program(Cli.ofProcess())))
                .flatExtracting(command -> command.getCommandSpec().args())
                .hasSizeGreaterThan(200)
                .filteredOn(CommandFieldsTest::mayBeNull)
                .extracting(ArgSpec::userObject)
                .isNotEmpty()
                .allSatisfy(field -> assertThat(((Field) field).getAnnotatedType())
                        .as("%s", field)
                        .matches(type -> type.isAnnotationPresent(Nullable.class)));
    }

    private static boolean mayBeNull(ArgSpec arg) {
        return arg.userObject() instanceof Field field
                && !field.getType().isPrimitive()
                && !arg.required()
                && arg.defaultValue() == null
                && arg.initialValue() == null;
    }

    private static Stream<CommandLine> commands(CommandLine command) {
        return Stream.concat(
                Stream.of(command), command.getSubcommands().values().stream().flatMap(CommandFieldsTest::commands));
    }
}

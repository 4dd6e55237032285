package io.github.genaistreams.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.genaistreams.cli.command.GenAiCommand;
import io.github.genaistreams.cli.console.Cli;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The examples of the help are commands that can be pasted. */
class HelpExamplesTest {

    @Test
    void canBePasted() {
        List<CommandLine> all = all(GenAiCommand.program(Cli.ofProcess())).toList();

        assertThat(all).hasSizeGreaterThan(20).allSatisfy(command -> {
            String examples = Stream.of(command.getCommandSpec().usageMessage().footer())
                    .filter(line -> line.startsWith("  "))
                    .collect(Collectors.joining("\n"));
            Shell.commands(examples).forEach(HelpExamplesTest::check);
        });
    }

    private static Stream<CommandLine> all(CommandLine command) {
        return Stream.concat(
                Stream.of(command),
                command.getSubcommands().values().stream().distinct().flatMap(HelpExamplesTest::all));
    }

    private static void check(Shell.Command command) {
        if (command.nested() != null) {
            check(command.nested());
        }
        if (command.name().equals("genai") && !command.words().contains("COMMAND")) {
            assertThatCode(() -> GenAiCommand.program(Cli.ofProcess()).parseArgs(command.arguments()))
                    .as(String.join(" ", command.words()))
                    .doesNotThrowAnyException();
        } else {
            assertThat(command.name()).isIn("", "genai", "jq", "curl", "printf", "sort", "uniq");
        }
    }
}

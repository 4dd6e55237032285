package io.github.genaistreams.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.cli.GenAi;
import io.github.genaistreams.docs.DocPage.Block;
import io.github.genaistreams.docs.Shell.Command;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/** Runs the commands of a block in this process: {@code bin/genai} and {@code printf}, with variables, in a directory. */
final class ShellRun {

    private final Path dir;
    private final GenAi genai;
    private final Map<String, String> variables = new HashMap<>();
    private final StringBuilder printed = new StringBuilder();

    ShellRun(Path dir, GenAi genai, Map<String, String> environment) {
        this.dir = dir;
        this.genai = genai;
        environment.forEach(genai::with);
        write("prompts.txt", "Name a river.\nName a mountain.\n");
    }

    /** What went to stdout and not to a file. */
    String printed() {
        return printed.toString();
    }

    void run(Block block, Command command) {
        if (command.words().isEmpty()) {
            command.variables()
                    .forEach((name, value) -> variables.put(
                            name,
                            command.nested() == null
                                    ? value
                                    : value.replace(
                                            "$()",
                                            outputOf(block, command.nested()).strip())));
            return;
        }
        String output = outputOf(block, command);
        if (command.output() == null) {
            printed.append(output);
        } else {
            write(command.output(), output);
        }
    }

    private String outputOf(Block block, Command command) {
        String[] arguments = Stream.of(command.arguments()).map(this::inPlace).toArray(String[]::new);
        return switch (command.name()) {
            case "bin/genai" -> {
                var outcome = genai.run(arguments);
                assertThat(outcome.status())
                        .as("%s: genai %s: %s", block, String.join(" ", arguments), outcome.err())
                        .isZero();
                yield outcome.out();
            }
            case "printf" -> arguments[0].replace("\\n", "\n");
            default -> throw new AssertionError(block + ": no test can run " + command.name());
        };
    }

    /** With the value of a variable, and with the place of a file. */
    private String inPlace(String word) {
        if (word.startsWith("$")) {
            return variables.get(word.substring(1));
        }
        Path file = dir.resolve(word.replace('\n', ' '));
        boolean isFile = word.endsWith(".txt") && Files.exists(file) || word.matches("\\w+\\.(csv|json)");
        return isFile ? file.toString() : word;
    }

    private void write(String name, String text) {
        try {
            Files.writeString(dir.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

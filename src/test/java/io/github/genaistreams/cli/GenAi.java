package io.github.genaistreams.cli;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.StopSignal;
import io.github.genaistreams.cli.console.Terminal;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs the program inside the test, with an environment of its own. */
public final class GenAi {

    private final Map<String, String> environment = new HashMap<>();
    private String stdin = "";
    private Terminal terminal = Terminal.NONE;
    private StopSignal stop = StopSignal.manual();

    /** What came of it. */
    public record Outcome(int status, String out, String err) {

        public List<String> lines() {
            return out.lines().toList();
        }
    }

    public GenAi with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    public GenAi stdin(String text) {
        stdin = text;
        return this;
    }

    public GenAi on(Terminal terminal) {
        this.terminal = terminal;
        return this;
    }

    public GenAi stoppedBy(StopSignal stop) {
        this.stop = stop;
        return this;
    }

    public Outcome run(String... arguments) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var cli = new Cli(
                new ByteArrayInputStream(stdin.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                terminal,
                environment,
                stop);
        int status = Main.run(cli, arguments);
        return new Outcome(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }
}

package io.github.genaistreams.cli.console;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A question to the user at the terminal. {@link Terminal#canAsk} tells whether there is one. */
public final class Question {

    private Question() {}

    /**
     * Waits for a line.
     *
     * @return the answer without blanks around it; empty if there is none, or a stop was requested first
     */
    public static Optional<String> ask(Cli cli, String question) {
        cli.err().print(question + " ");
        cli.err().flush();
        var answer = new CompletableFuture<Optional<String>>();
        cli.stop().onRequest(() -> answer.complete(Optional.empty()));
        // A read from a terminal cannot be interrupted, so a request to stop leaves the thread behind.
        var reader = new Thread(() -> answer.complete(line(cli)), "genai-question");
        reader.setDaemon(true);
        reader.start();
        return answer.join();
    }

    private static Optional<String> line(Cli cli) {
        try {
            return Optional.ofNullable(new BufferedReader(new InputStreamReader(cli.in(), UTF_8)).readLine())
                    .map(String::strip);
        } catch (IOException e) {
            return Optional.empty();
        }
    }
}

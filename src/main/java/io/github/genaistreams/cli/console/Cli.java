package io.github.genaistreams.cli.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The environment of a command: streams, terminal, environment variables, requests to stop. Commands use no other, so a
 * test can run them in its own process.
 *
 * @param in          stdin
 * @param out         stdout: results and machine output only
 * @param err         stderr: everything for the user
 * @param environment environment variables
 */
public record Cli(
        InputStream in,
        PrintStream out,
        PrintStream err,
        Terminal terminal,
        Map<String, String> environment,
        StopSignal stop) {

    private static final ObjectMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .build();

    /** This process. */
    public static Cli ofProcess() {
        return ofProcess(new StandardOutput());
    }

    /** This process, with a stdout that knows at the end whether everything was written. */
    public static Cli ofProcess(StandardOutput out) {
        return new Cli(
                System.in,
                utf8(new BufferedOutputStream(out)),
                utf8(System.err),
                Terminal.detect(System.getenv()),
                System.getenv(),
                StopSignal.ofProcess());
    }

    /** Independent of the platform's character set, because answers of a model are Unicode and JSON is UTF-8. */
    private static PrintStream utf8(OutputStream stream) {
        return new PrintStream(stream, true, StandardCharsets.UTF_8);
    }

    /** One line of JSON on stdout; records become objects with snake_case names. */
    public void printJson(Object value) {
        try {
            out.println(JSON.writeValueAsString(value));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /** An environment variable; null if it is not set or blank. */
    public @Nullable String env(String name) {
        String value = environment.get(name);
        return value == null || value.isBlank() ? null : value.strip();
    }
}

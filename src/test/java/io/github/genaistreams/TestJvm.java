package io.github.genaistreams;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Another JVM, with the classes of this one and none of the settings in its environment. */
public final class TestJvm {

    private TestJvm() {}

    /**
     * @param options of the JVM
     * @param main    its class
     */
    public static ProcessBuilder of(List<String> options, Class<?> main, String... arguments) {
        return of(System.getProperty("java.class.path"), options, main, arguments);
    }

    /** The same, with another class path. */
    public static ProcessBuilder of(String classPath, List<String> options, Class<?> main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // It ends before a second compiler and a collector's own threads pay.
        command.add("-XX:TieredStopAtLevel=1");
        command.add("-XX:+UseSerialGC");
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, main.getName()));
        command.addAll(Arrays.asList(arguments));
        var builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(name -> name.startsWith("GENAI_") || name.startsWith("OPENAI_"));
        return builder;
    }
}

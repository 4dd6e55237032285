package io.github.genaistreams.cli;

import io.github.genaistreams.TestJvm;
import java.io.File;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** The program as a process of its own, without settings of this one's environment. */
public final class ChildProcess {

    private ChildProcess() {}

    public static ProcessBuilder of(String... arguments) {
        return TestJvm.of(withoutTests(System.getProperty("java.class.path")), List.of(), Main.class, arguments);
    }

    /** As a user has it: the tests' own log configuration is not for it. */
    private static String withoutTests(String classPath) {
        return Arrays.stream(classPath.split(File.pathSeparator))
                .filter(entry -> !entry.endsWith("test-classes"))
                .collect(Collectors.joining(File.pathSeparator));
    }
}

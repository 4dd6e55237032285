package io.github.genaistreams.e2e;

import io.github.genaistreams.PackagedProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A worker as a process of its own, as {@code bin/genai worker} starts it; its log goes to a file. */
final class WorkerProcess implements AutoCloseable {

    private final Process process;
    private final Path log;

    private WorkerProcess(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /**
     * @param settings worker settings by key, given as system properties
     * @param jvm      further JVM arguments
     */
    static WorkerProcess start(Path log, Map<String, String> settings, String... jvm) {
        List<String> options = new ArrayList<>(List.of(jvm));
        settings.forEach((key, value) -> options.add("-Dgenai." + key + "=" + value));
        try {
            Process process = PackagedProgram.of(options, "worker")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            return new WorkerProcess(process, log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs another command of the program to its end; stdout goes to a file. Returns the exit status. */
    static int run(Path out, String jvm, String... arguments) {
        try {
            return PackagedProgram.of(List.of(jvm), arguments)
                    .redirectOutput(out.toFile())
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start()
                    .waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** SIGKILL: no time to say goodbye. */
    void kill() {
        process.destroyForcibly();
        awaitExit(Duration.ofSeconds(10));
    }

    /** Sends it a signal by its name. */
    void signal(String name) {
        try {
            int status = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                    .inheritIO()
                    .start()
                    .waitFor();
            if (status != 0) {
                throw new AssertionError("kill -" + name + " ended with " + status);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** SIGTERM, then waits; returns the exit status. */
    int terminate(Duration patience) {
        process.destroy();
        return awaitExit(patience);
    }

    int awaitExit(Duration patience) {
        try {
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new AssertionError("The worker did not end within " + patience + ":\n" + log());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** Bytes of its memory that are in RAM, heap and all else; 0 where the system does not tell. */
    long residentBytes() {
        try {
            return Files.readAllLines(Path.of("/proc/" + process.pid() + "/status")).stream()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            return 0;
        }
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /** Everything logged so far, by all processes that log to this file. */
    String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void awaitLog(String text, Duration patience) {
        Awaitility.await()
                .atMost(patience)
                .failFast("the worker ended, see its log", () -> !isAlive() && !log().contains(text))
                .until(() -> log().contains(text));
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}

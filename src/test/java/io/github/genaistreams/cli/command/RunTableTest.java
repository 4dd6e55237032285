package io.github.genaistreams.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.genaistreams.PackagedProgram;
import io.github.genaistreams.cli.GenAi;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.SandboxSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A table goes in, and the same table with answers comes out. */
class RunTableTest {

    @TempDir
    private Path directory;

    @Test
    void theSameTableAgainIsTheSameFileWithoutACall() throws Exception {
        Path table = Files.writeString(
                directory.resolve("people.csv"),
                "\uFEFFnr,text\r\na,\"One, \"\"two\"\"\r\nthree\"\r\nb,\u4F60\u597D\r\nc,\r\nd,=1+1\r\n");
        Path answers = directory.resolve("answers.csv");
        try (var sandbox = ApiSandbox.start(SandboxSettings.DEFAULTS)) {
            String[] run = {
                "run",
                "responses",
                "-m",
                "m",
                "--data-dir",
                directory.resolve("data").toString(),
                "--input",
                table.toString(),
                "--prompt",
                "Say {{text}}",
                "--id",
                "nr",
                "--skip-empty",
                "--out",
                answers.toString()
            };

            var first = genai(sandbox).run(run);

            assertThat(first.status()).as(first.err()).isZero();
            assertThat(first.out()).isEmpty();
            assertThat(first.err())
                    .contains(
                            "its ID is derived from the rows",
                            "1 row without a value",
                            "(the first: row 5, column `text`)");
            String written = Files.readString(answers);
            assertThat(written)
                    .startsWith("\uFEFFnr,text,answer,error,cost_usd\na,\"One, \"\"two\"\"\r\nthree\",")
                    .contains("\nb,\u4F60\u597D,", "\nc,,,no value in the column text,\n", "\nd,'=1+1,")
                    .containsSubsequence("three", "\nb,", "\nc,", "\nd,");
            String batch = first.err().replaceAll("(?s).*batch (table-\\w+), 3 requests.*", "$1");
            assertThat(sandbox.stats().callsOf(batch)).isEqualTo(3);
            Files.writeString(answers, "another");

            var second = genai(sandbox).run(run);

            assertThat(second.status()).as(second.err()).isZero();
            assertThat(second.err()).contains("continuing: 3 of 3 requests submitted before");
            assertThat(Files.readString(answers)).isEqualTo(written);
            assertThat(sandbox.stats().callsOf(batch)).isEqualTo(3);
        }
    }

    @Test
    @Tag("long")
    void aLargeTableThatWasKilledIsTheSameFileAsOneThatWasNot() throws Exception {
        int rows = 50_000;
        String[] texts = {"plain %d", "\"two\r\nlines %d\"", "\u4F60\u597D %d", "\"\"\"%d\"\", quoted\"", "=1+%d"};
        String content = IntStream.range(0, rows)
                .mapToObj(i -> "r%d,%s\r\n".formatted(i, texts[i % texts.length].formatted(i)))
                .collect(Collectors.joining("", "nr,text\r\n", ""));
        Path table = Files.writeString(directory.resolve("people.csv"), content);
        Path answers = directory.resolve("answers.csv");
        try (var sandbox = ApiSandbox.start(SandboxSettings.DEFAULTS)) {
            String[] run = {
                "run",
                "responses",
                "-m",
                "m",
                "--slots",
                "200",
                "--data-dir",
                directory.resolve("data").toString(),
                "--input",
                table.toString(),
                "--prompt",
                "Say {{text}}",
                "--id",
                "nr",
                "--out",
                answers.toString()
            };
            Files.writeString(answers, "earlier");
            Process killed = start(sandbox, directory.resolve("out.txt"), run);
            Path part = directory.resolve("answers.csv.part");
            await().atMost(Duration.ofMinutes(5)).until(() -> Files.exists(part) && Files.size(part) > 1_000_000);
            killed.destroyForcibly().waitFor();
            assertThat(answers).hasContent("earlier");

            var second = genai(sandbox).run(run);
            assertThat(second.status()).as(second.err()).isZero();
            String written = Files.readString(answers);
            var third = genai(sandbox).run(run);

            assertThat(third.status()).as(third.err()).isZero();
            assertThat(Files.readString(answers).equals(written)).isTrue();
            assertThat(part).doesNotExist();
            List<String> ids = written.lines()
                    .filter(line -> line.matches("r\\d+,.*"))
                    .map(line -> line.substring(0, line.indexOf(',')))
                    .toList();
            assertThat(ids)
                    .isEqualTo(IntStream.range(0, rows).mapToObj(i -> "r" + i).toList());
        }
    }

    private static GenAi genai(ApiSandbox sandbox) {
        return new GenAi().with("OPENAI_API_KEY", "key").with("OPENAI_BASE_URL", sandbox.baseUrl());
    }

    private Process start(ApiSandbox sandbox, Path out, String... arguments) throws IOException {
        var process = PackagedProgram.of(arguments);
        process.environment().put("OPENAI_API_KEY", "key");
        process.environment().put("OPENAI_BASE_URL", sandbox.baseUrl());
        return process.redirectOutput(out.toFile())
                .redirectError(directory.resolve("err.txt").toFile())
                .start();
    }
}

package io.github.genaistreams.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.cli.GenAi;
import io.github.genaistreams.embedded.LocalKafka;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** genai data, where no broker is needed; {@link LocalPlaceTest} has the rest. */
class DataCommandTest {

    @TempDir
    private Path data;

    private Path api;

    @BeforeEach
    void aRunHasLeftData() throws IOException {
        api = data.resolve("api");
        LocalKafka.whileUnused(api.resolve("broker"), () -> write("broker/kafka/genai.results-0/0.log"));
        write("state/worker/store");
        write("state-documents/page.png");
    }

    @Test
    void onlyWhatRunsHaveMadeIsDeleted() {
        write("deleted/broker/kafka/0.log");
        write("notes.txt");
        Path foreign = data.resolve("sandbox/broker/Main.java");
        write("../sandbox/broker/Main.java");

        var deleted = genai("data", "--delete", "api", "--yes");

        assertThat(deleted.status()).as(deleted.err()).isZero();
        assertThat(deleted.err()).contains("deleted: " + api);
        assertThat(api).isDirectoryNotContaining("glob:**/{broker,state,state-documents,deleted}");
        assertThat(api.resolve("notes.txt")).exists();
        var unknown = genai("data", "--delete", "sandbox", "--yes");
        assertThat(unknown.status()).isEqualTo(2);
        assertThat(unknown.err()).contains("There is no data sandbox");
        assertThat(foreign).exists();
        assertThat(genai("data").err()).contains("No run on this machine has left data in " + data);
    }

    @Test
    void aScriptHasToSayYes() {
        var refused = genai("data", "--delete", "api");

        assertThat(refused.status()).isEqualTo(2);
        assertThat(refused.err()).contains("Add --yes to delete " + api);
        assertThat(api.resolve("state/worker/store")).exists();
        assertThat(genai("data", "--yes").err()).contains("--yes needs --delete NAME");
    }

    @Test
    void whatIsInUseIsNotDeleted() {
        LocalKafka.whileUnused(api.resolve("broker"), () -> {
            var refused = genai("data", "--delete", "api", "--yes");

            assertThat(refused.status()).isEqualTo(2);
            assertThat(refused.err()).contains("uses " + api);
        });
        assertThat(api.resolve("state/worker/store")).exists();
        assertThat(api.resolve("broker/kafka/genai.results-0/0.log")).exists();
    }

    private void write(String file) {
        try {
            Path path = api.resolve(file).normalize();
            Files.createDirectories(path.getParent());
            Files.writeString(path, "content");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private GenAi.Outcome genai(String... arguments) {
        return new GenAi().with("GENAI_DATA_DIR", data.toString()).run(arguments);
    }
}

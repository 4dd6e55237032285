package io.github.genaistreams.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectoryStoreTest {

    @TempDir
    Path dir;

    @Test
    void keepsContentUnderItsHashFromMemoryAndFromAFile() throws Exception {
        var store = new DirectoryStore(dir.resolve("store"));
        Path file = Files.writeString(dir.resolve("file"), "hello");

        String fromMemory = store.put("hello".getBytes(UTF_8));

        assertThat(fromMemory).isEqualTo("sha256/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
        assertThat(store.put(file)).isEqualTo(fromMemory);
        assertThat(Files.readString(store.fetch(fromMemory).file())).isEqualTo("hello");
        assertThat(files()).hasSize(1);
    }

    @Test
    void marksContentThatIsPutAgainAsInUse() throws Exception {
        var store = new DirectoryStore(dir.resolve("store"));
        Path place = store.fetch(store.put("hello".getBytes(UTF_8))).file();
        Files.setLastModifiedTime(place, FileTime.from(Instant.EPOCH));

        store.put("hello".getBytes(UTF_8));

        assertThat(Files.getLastModifiedTime(place).toInstant()).isAfter(Instant.EPOCH);
    }

    @Test
    void keepsOneOfManyThatComeAtOnce() throws Exception {
        var store = new DirectoryStore(dir.resolve("store"));

        List<String> references = IntStream.range(0, 50)
                .parallel()
                .mapToObj(i -> store.put(new byte[100_000]))
                .distinct()
                .toList();

        assertThat(references).hasSize(1);
        assertThat(files()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "../../etc/passwd", "sha256/..", "sha256/ABC", "/etc/passwd", "md5/0"})
    void takesNoOtherNamesThanItsOwn(String reference) {
        assertThatThrownBy(() -> new DirectoryStore(dir).fetch(reference))
                .isInstanceOfSatisfying(DocumentStoreException.class, e -> assertThat(e.isRetriable())
                        .isFalse());
    }

    @Test
    void saysWhatIsMissingAndWhetherItMayComeBack() throws Exception {
        var store = new DirectoryStore(dir.resolve("store"));
        String reference = "sha256/" + "0".repeat(64);

        assertThatThrownBy(() -> store.fetch(reference))
                .hasMessageContaining("does not exist")
                .isInstanceOfSatisfying(DocumentStoreException.class, e -> assertThat(e.isRetriable())
                        .isTrue());
        Files.createDirectories(store.root());
        assertThatThrownBy(() -> store.fetch(reference))
                .hasMessageContaining("has no " + reference)
                .isInstanceOfSatisfying(DocumentStoreException.class, e -> assertThat(e.isRetriable())
                        .isFalse());
    }

    @Test
    void noticesContentThatHasChanged() throws Exception {
        var store = new DirectoryStore(dir.resolve("store"));
        String reference = store.put("hello".getBytes(UTF_8));
        Files.writeString(store.fetch(reference).file(), "jello");

        assertThatThrownBy(() -> store.fetch(reference)).hasMessageContaining("other content");
    }

    @Test
    void followsNoLinkOutOfItself() throws Exception {
        var store = new DirectoryStore(dir.resolve("store"));
        String reference = store.put("hello".getBytes(UTF_8));
        Path place = store.fetch(reference).file();
        Path elsewhere = Files.writeString(dir.resolve("elsewhere"), "hello");
        Files.delete(place);
        Files.createSymbolicLink(place, elsewhere);

        assertThatThrownBy(() -> store.fetch(reference)).isInstanceOf(DocumentStoreException.class);
    }

    @Test
    void saysWhatToDoWhenItCannotWrite() throws Exception {
        Path file = Files.writeString(dir.resolve("a file"), "");

        assertThatThrownBy(() -> new DirectoryStore(file).put(new byte[1]))
                .hasMessageContaining("make room there")
                .isInstanceOfSatisfying(DocumentStoreException.class, e -> assertThat(e.isRetriable())
                        .isTrue());
    }

    private List<Path> files() throws Exception {
        try (var walk = Files.walk(dir.resolve("store"))) {
            return walk.filter(Files::isRegularFile).toList();
        }
    }
}

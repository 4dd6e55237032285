package io.github.genaistreams.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.jimfs.Configuration;
import com.google.common.jimfs.Jimfs;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectoryStoreTest {

    @TempDir
    Path dir;

    @Test
    void deletesWhatAKilledProcessHasLeftButNotWhatOneMayBeWriting() throws Exception {
        Path left = Files.createFile(dir.resolve(".unfinished-left"));
        Files.setLastModifiedTime(left, FileTime.from(Instant.now().minusSeconds(25 * 3_600)));
        Path recent = Files.createFile(dir.resolve(".unfinished-recent"));

        new DirectoryStore(dir).put(new byte[] {1});

        assertThat(left).doesNotExist();
        assertThat(recent).exists();
    }

    /** As another user's document is: to be read, but not to be touched. */
    @Test
    void takesWhatIsThereAlreadyAndBelongsToAnotherUser() throws Exception {
        Path others = Stream.of("/etc/hostname", "/proc/version", "/proc/sys/kernel/ostype")
                .map(Path::of)
                .filter(file -> Files.isReadable(file) && !canBeTouched(file))
                .findFirst()
                .orElse(null);
        assumeTrue(others != null, "this user may touch every file");
        byte[] content = Files.readAllBytes(others);
        String reference = new DirectoryStore(dir.resolve("elsewhere")).put(content);
        String hash = ContentHash.in(reference);
        Path root = dir.resolve("store");
        Path place = root.resolve(hash.substring(0, 2)).resolve(hash.substring(2));
        Files.createDirectories(place.getParent());
        Files.createSymbolicLink(place, others);

        assertThat(new DirectoryStore(root).put(content)).isEqualTo(reference);

        try (Stream<Path> files = Files.list(root)) {
            assertThat(files).containsExactly(place.getParent());
        }
    }

    private static boolean canBeTouched(Path file) {
        try {
            Files.setLastModifiedTime(file, Files.getLastModifiedTime(file));
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    /** Of the rights that the process gives to what it creates, none is taken away: a common group may go on writing. */
    @Test
    void whatItCreatesHasTheRightsOfAnyFileAndDirectory() throws Exception {
        assumeTrue(Files.getFileStore(dir).supportsFileAttributeView("posix"));
        Path usualFile = dir.resolve("usual");
        Files.newOutputStream(usualFile).close();
        Path usualDirectory = Files.createDirectory(dir.resolve("usual.d"));
        Path root = dir.resolve("store");

        String hash = ContentHash.in(new DirectoryStore(root).put(new byte[] {1}));

        Path place = root.resolve(hash.substring(0, 2)).resolve(hash.substring(2));
        assertThat(Files.getPosixFilePermissions(place)).isEqualTo(Files.getPosixFilePermissions(usualFile));
        assertThat(List.of(root, place.getParent())).allSatisfy(made -> assertThat(Files.getPosixFilePermissions(made))
                .isEqualTo(Files.getPosixFilePermissions(usualDirectory)));
    }

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

        assertThatThrownBy(() -> store.fetch(reference)).hasMessageContaining("content that does not match");
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
                .hasMessageContaining("free space there")
                .isInstanceOfSatisfying(DocumentStoreException.class, e -> assertThat(e.isRetriable())
                        .isTrue());
    }

    @Test
    void aFullDiskTakesNothingAndKeepsNoPartOfItUntilThereIsRoom() throws Exception {
        var small = Configuration.unix().toBuilder().setMaxSize(1 << 20).build();
        try (FileSystem disk = Jimfs.newFileSystem(small)) {
            Path root = disk.getPath("/store");
            DirectoryStore store = new DirectoryStore(root);
            Path other = Files.write(disk.getPath("/other"), new byte[700_000]);

            assertThatThrownBy(() -> store.put(new byte[600_000]))
                    .hasMessageContaining("/store cannot store a document", "free space there")
                    .isInstanceOfSatisfying(DocumentStoreException.class, e -> assertThat(e.isRetriable())
                            .isTrue());
            assertThat(root).isEmptyDirectory();

            Files.delete(other);
            try (DocumentStore.Fetched kept = store.fetch(store.put(new byte[600_000]))) {
                assertThat(Files.size(kept.file())).isEqualTo(600_000);
            }
        }
    }

    @Test
    void aDiskThatMayOnlyBeReadSaysSo() {
        Path readOnly = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules/store");

        assertThatThrownBy(() -> new DirectoryStore(readOnly).put(new byte[1]))
                .hasMessageContaining("cannot store a document", "allow this user to write to it")
                .isInstanceOfSatisfying(DocumentStoreException.class, e -> assertThat(e.isRetriable())
                        .isTrue());
    }

    private List<Path> files() throws Exception {
        try (var walk = Files.walk(dir.resolve("store"))) {
            return walk.filter(Files::isRegularFile).toList();
        }
    }
}

package io.github.genaistreams.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How {@code schemas/} may change. Each schema reads and is read by all of its earlier versions. A changed one is released by a line
 * of its own in {@code schemas/released.txt}, which is only ever added to, and by its earlier version in {@code schemas/older}. The schema
 * of a retry changes with that of its request.
 */
class SchemaEvolutionTest {

    private static final Path SCHEMAS = SchemaFiles.DIRECTORY;

    /** Of a worker's own state, which no earlier version ever reads, and of notes, of which it leaves out what it does not know. */
    private static final Set<String> ONLY_READ_LATER = Set.of("journal-entry", "batch-note");

    /** One version of a schema. */
    record Release(String name, int version, String fingerprint) {

        static Release parse(String line) {
            String[] parts = line.split(" ");
            return new Release(parts[0], Integer.parseInt(parts[1]), parts[2]);
        }

        Schema older() {
            return SchemaFiles.older(name, version);
        }

        @Override
        public String toString() {
            return name + " " + version + " " + fingerprint;
        }
    }

    static Stream<Release> released() throws IOException {
        return Files.readAllLines(SCHEMAS.resolve("released.txt")).stream()
                .filter(line -> !line.startsWith("#"))
                .map(Release::parse);
    }

    static List<Release> earlier() throws IOException {
        Map<String, Integer> last = new TreeMap<>();
        released().forEach(release -> last.merge(release.name(), release.version(), Math::max));
        return released()
                .filter(release -> release.version() < last.get(release.name()))
                .toList();
    }

    @Test
    void everySchemaIsReleasedAsItIs() throws IOException {
        Map<String, Release> latest = new TreeMap<>();
        released().forEach(release -> {
            Release before = latest.put(release.name(), release);
            assertThat(release.version()).as(release.toString()).isEqualTo(before == null ? 1 : before.version() + 1);
        });

        List<String> wanted = new ArrayList<>();
        try (Stream<Path> files = Files.list(SCHEMAS)) {
            files.filter(file -> file.toString().endsWith(".avsc")).sorted().forEach(file -> {
                String name = file.getFileName().toString().replace(".avsc", "");
                Release known = latest.get(name);
                String now = fingerprint(SchemaFiles.current(name));
                if (known == null || !known.fingerprint().equals(now)) {
                    wanted.add(new Release(name, known == null ? 1 : known.version() + 1, now).toString());
                }
            });
        }
        assertThat(wanted)
                .as("add these lines to schemas/released.txt, and the version before to schemas/older")
                .isEmpty();
    }

    @ParameterizedTest
    @MethodSource("earlier")
    void anEarlierVersionIsKeptAndReadsAndIsReadByTheCurrentOne(Release release) {
        Schema current = SchemaFiles.current(release.name());

        assertThat(fingerprint(release.older())).isEqualTo(release.fingerprint());
        assertThat(hindrances(current, release.older())).isEmpty();
        if (!ONLY_READ_LATER.contains(release.name())) {
            assertThat(hindrances(release.older(), current)).isEmpty();
        }
    }

    @Test
    void nothingElseIsKept() throws IOException {
        try (Stream<Path> files = Files.list(SCHEMAS.resolve("older"))) {
            assertThat(files)
                    .containsExactlyInAnyOrderElementsOf(earlier().stream()
                            .filter(release -> !release.name().endsWith("-retry"))
                            .map(release -> SchemaFiles.olderFile(release.name(), release.version()))
                            .toList());
        }
    }

    @ParameterizedTest
    @MethodSource("earlier")
    void aRecordOfAnEarlierVersionIsKnownByItsFingerprint(Release release) {
        byte[] header = SingleObject.header(RecordSchema.fingerprint(release.older()));
        List<Consumer<byte[]>> readers = new ArrayList<>(List.of(JournalCodec::decode));
        List.of(
                        Codecs.RESPONSES_REQUEST,
                        Codecs.RESPONSES_RETRY,
                        Codecs.DOCUMENT_REQUEST,
                        Codecs.DOCUMENT_RETRY,
                        Codecs.CALL_RESULT,
                        Codecs.RESPONSE_DELTA,
                        Codecs.BATCH_STATUS,
                        Codecs.BATCH_NOTE,
                        Codecs.BATCH_CONTROL)
                .forEach(codec -> readers.add(codec::decode));

        // Each of them says what is wrong with a record without a value; all but one, that they do not know the schema.
        assertThat(readers.stream()
                        .map(reader -> failure(reader, header))
                        .filter(reason -> !reason.contains("fingerprint")))
                .hasSize(1);
    }

    private static String failure(Consumer<byte[]> reader, byte[] bytes) {
        try {
            reader.accept(bytes);
            return "";
        } catch (WireException e) {
            return e.getMessage();
        }
    }

    private static List<String> hindrances(Schema reader, Schema writer) {
        return SchemaCompatibility.checkReaderWriterCompatibility(reader, writer)
                .getResult()
                .getIncompatibilities()
                .stream()
                .map(Object::toString)
                .toList();
    }

    private static String fingerprint(Schema schema) {
        return HexFormat.of().toHexDigits(RecordSchema.fingerprint(schema));
    }
}

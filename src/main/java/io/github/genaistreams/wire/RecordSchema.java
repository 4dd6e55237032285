package io.github.genaistreams.wire;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;

/**
 * A bundled schema with its earlier versions, which records may still have. Immutable.
 *
 * @param current  the schema for writing, to which older records are resolved
 * @param versions every readable schema by its CRC-64-AVRO fingerprint, {@code current} included
 */
record RecordSchema(Schema current, Map<Long, Schema> versions) {

    RecordSchema {
        versions = Map.copyOf(versions);
    }

    /** Reads {@code /schemas/<name>.avsc} of this jar, and {@code /schemas/older/<name>.v1.avsc} and so on. */
    static RecordSchema bundled(String name) {
        Schema current = load(name, List.of()).orElseThrow();
        Map<Long, Schema> versions = new HashMap<>();
        versions.put(fingerprint(current), current);
        Optional<Schema> older = Optional.of(current);
        for (int version = 1; older.isPresent(); version++) {
            older = load("older/" + name + ".v" + version, List.of());
            older.ifPresent(schema -> versions.put(fingerprint(schema), schema));
        }
        return new RecordSchema(current, versions);
    }

    /**
     * The schema of a record that contains a request: {@code /schemas/<name>.avsc} refers to the request's schema by
     * name, so each version of the request is a version of this schema.
     */
    static RecordSchema around(RecordSchema request, String name) {
        Map<Long, Schema> versions = new HashMap<>();
        request.versions().values().forEach(version -> {
            Schema around = load(name, List.of(version)).orElseThrow();
            versions.put(fingerprint(around), around);
        });
        return new RecordSchema(load(name, List.of(request.current())).orElseThrow(), versions);
    }

    static long fingerprint(Schema schema) {
        return SchemaNormalization.parsingFingerprint64(schema);
    }

    byte[] header() {
        return SingleObject.header(fingerprint(current));
    }

    /** The schema that a record was written with; throws {@link WireException} if it is unknown. */
    Schema of(long fingerprint) {
        Schema written = versions.get(fingerprint);
        if (written == null) {
            throw new WireException("no known schema has the fingerprint "
                    + HexFormat.of().toHexDigits(fingerprint)
                    + "; use a schema from the schemas directory of this version");
        }
        return written;
    }

    /**
     * Empty if the file is missing.
     *
     * @param known schemas that it may refer to
     */
    private static Optional<Schema> load(String name, List<Schema> known) {
        String path = "/schemas/" + name + ".avsc";
        try (InputStream in = RecordSchema.class.getResourceAsStream(path)) {
            return in == null
                    ? Optional.empty()
                    : Optional.of(new Schema.Parser().addTypes(known).parse(in));
        } catch (IOException e) {
            throw new UncheckedIOException(path, e);
        }
    }
}

package io.github.genaistreams.wire;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaNormalization;

/**
 * A bundled schema with the versions before it that records may still be written in. Immutable.
 *
 * @param current  the schema that is written and that older records are resolved to
 * @param versions every readable schema by its CRC-64-AVRO fingerprint, {@code current} among them
 */
record RecordSchema(Schema current, Map<Long, Schema> versions) {

    RecordSchema {
        versions = Map.copyOf(versions);
    }

    /**
     * Reads {@code /schemas/<name>.avsc} of this jar.
     *
     * @param older file names, without ending, of earlier versions: {@code older/journal-entry.v1}
     */
    static RecordSchema bundled(String name, String... older) {
        Schema current = load(name);
        Map<Long, Schema> versions = new HashMap<>();
        versions.put(fingerprint(current), current);
        for (String version : older) {
            Schema schema = load(version);
            versions.put(fingerprint(schema), schema);
        }
        return new RecordSchema(current, versions);
    }

    static long fingerprint(Schema schema) {
        return SchemaNormalization.parsingFingerprint64(schema);
    }

    byte[] header() {
        return SingleObject.header(fingerprint(current));
    }

    /** The schema that a record was written in; throws {@link WireException} if it is none of these. */
    Schema of(long fingerprint) {
        Schema written = versions.get(fingerprint);
        if (written == null) {
            throw new WireException("no schema known with fingerprint "
                    + HexFormat.of().toHexDigits(fingerprint)
                    + "; write with a schema of this version's schemas directory");
        }
        return written;
    }

    private static Schema load(String name) {
        String path = "/schemas/" + name + ".avsc";
        try (InputStream in = RecordSchema.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IllegalStateException("missing from the jar: " + path);
            }
            return new Schema.Parser().parse(in);
        } catch (IOException e) {
            throw new UncheckedIOException(path, e);
        }
    }
}

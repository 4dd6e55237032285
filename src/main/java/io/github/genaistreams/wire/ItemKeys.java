package io.github.genaistreams.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.github.genaistreams.model.ItemKey;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Keys of results and retries: {@code {"batch_id":"b","index":3}}. One key has one spelling, byte for byte, so
 * equal keys have equal bytes. Safe for any number of threads.
 */
public final class ItemKeys {

    private static final ObjectReader READER = Mappers.JSON.readerFor(ItemKey.class);
    private static final ObjectWriter WRITER = Mappers.JSON.writerFor(ItemKey.class);

    private ItemKeys() {}

    /** The key's bytes. */
    public static byte[] encode(ItemKey key) {
        String batchId = Objects.requireNonNull(key, "key").batchId();
        if (isPlain(batchId)) {
            // Built by hand: it is called several times for each item, and this takes a tenth of the time.
            return ("{\"batch_id\":\"" + batchId + "\",\"index\":" + key.index() + '}').getBytes(ISO_8859_1);
        }
        try {
            return JsonText.utf8(WRITER, key);
        } catch (IOException e) {
            throw new WireException("cannot write the item key: " + e.getClass().getSimpleName());
        }
    }

    /** Whether it is ASCII without characters that JSON escapes. */
    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~' || c == '"' || c == '\\') {
                return false;
            }
        }
        return true;
    }

    /** The key that the bytes hold; empty if there is none, as in a record that another program wrote. */
    public static Optional<ItemKey> find(byte @Nullable [] bytes) {
        try {
            return bytes == null ? Optional.empty() : Optional.of(decode(bytes));
        } catch (WireException e) {
            return Optional.empty();
        }
    }

    /**
     * The key that the bytes hold.
     *
     * @param bytes a record's key
     * @throws WireException if they are not an item key
     */
    public static ItemKey decode(byte[] bytes) {
        try {
            ItemKey key = READER.readValue(Objects.requireNonNull(bytes, "bytes"));
            if (key == null) {
                throw new WireException("not an item key: it is null");
            }
            return key;
        } catch (IOException e) {
            throw new WireException("not an item key: " + RecordFault.of(e).sentence());
        }
    }
}

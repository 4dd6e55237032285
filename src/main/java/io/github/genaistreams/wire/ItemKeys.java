package io.github.genaistreams.wire;

import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.github.genaistreams.model.ItemKey;
import java.io.IOException;
import java.util.Objects;

/**
 * Keys of results and retries: {@code {"batch_id":"b","index":3}}. One key has one spelling, byte for byte, so
 * equal keys have equal bytes. Safe for any number of threads.
 */
public final class ItemKeys {

    private static final ObjectReader READER = Mappers.JSON.readerFor(ItemKey.class);
    private static final ObjectWriter WRITER = Mappers.JSON.writerFor(ItemKey.class);

    private ItemKeys() {}

    /** The key's bytes; {@code key} is not null. */
    public static byte[] encode(ItemKey key) {
        try {
            return JsonText.utf8(WRITER, Objects.requireNonNull(key, "key"));
        } catch (IOException e) {
            throw new WireException("cannot write the item key: " + e.getClass().getSimpleName());
        }
    }

    /**
     * The key that the bytes hold.
     *
     * @param bytes a record's key, not null
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
            throw new WireException("not an item key: " + Fault.of(e).sentence());
        }
    }
}

package io.github.genaistreams.wire;

import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import io.github.genaistreams.model.ItemKey;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;

/**
 * Keys of results and retries: {@code {"batch_id":"b","index":3}}. One key has one spelling, byte for byte, so
 * equal keys have equal bytes. Safe for any number of threads.
 */
public final class ItemKeys {

    private static final ObjectReader READER = Mappers.JSON.readerFor(ItemKey.class);
    private static final ObjectWriter WRITER = Mappers.JSON.writerFor(ItemKey.class);

    private ItemKeys() {}

    /** Why these name no item, naming the field; empty if they do. */
    public static Optional<String> fault(String batchId, int index) {
        if (batchId == null) {
            return Optional.of("`batch_id` is missing");
        }
        if (batchId.isBlank()) {
            return Optional.of("`batch_id` is blank");
        }
        if (batchId.length() > RequestDecoder.MAX_BATCH_ID_LENGTH) {
            return Optional.of("`batch_id` is longer than " + RequestDecoder.MAX_BATCH_ID_LENGTH + " characters");
        }
        if (!JsonText.isWellFormed(batchId)) {
            return Optional.of("`batch_id` has half of a surrogate pair");
        }
        return index < 0 ? Optional.of("`index` is negative; items are counted from 0") : Optional.empty();
    }

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

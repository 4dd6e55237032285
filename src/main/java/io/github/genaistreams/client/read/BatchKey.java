package io.github.genaistreams.client.read;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.ItemKeys;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Decides by a record's key alone whether the record may belong to a batch, so that a reader of a shared topic need not
 * parse other records. Keys of this program have one spelling; any other key may belong to the batch. Immutable.
 */
public final class BatchKey {

    private static final byte[] ANY_BATCH = "{\"batch_id\":\"".getBytes(StandardCharsets.UTF_8);

    private final byte[] start;

    public BatchKey(String batchId) {
        byte[] first = ItemKeys.encode(new ItemKey(batchId, 0));
        this.start = Arrays.copyOf(first, first.length - "0}".length());
    }

    /** False only if the key names another batch. With a null or foreign key, the value of the record must be parsed. */
    public boolean mayMatch(byte[] key) {
        return key == null || startsWith(key, start) || !startsWith(key, ANY_BATCH) || hasEscape(key);
    }

    private static boolean startsWith(byte[] key, byte[] start) {
        return key.length >= start.length && Arrays.equals(key, 0, start.length, start, 0, start.length);
    }

    /** Whether a key has an escape. Another program may write the same ID with escapes. */
    private static boolean hasEscape(byte[] key) {
        for (byte b : key) {
            if (b == '\\') {
                return true;
            }
        }
        return false;
    }
}

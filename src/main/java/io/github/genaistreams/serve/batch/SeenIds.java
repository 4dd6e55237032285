package io.github.genaistreams.serve.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.Sha256;
import java.security.MessageDigest;
import java.util.Arrays;

/**
 * A set of texts. A file may have millions of custom IDs, so it holds only eight bytes of the SHA-256 of each. For a
 * million texts, the probability that two are taken for the same is 1 in 37 million. For one thread.
 */
final class SeenIds {

    private static final long FREE = 0;

    private final MessageDigest digest = Sha256.digest();
    private long[] table = new long[1_024];
    private int size;

    /** Whether the text is new. */
    boolean add(String text) {
        byte[] hash = digest.digest(text.getBytes(UTF_8));
        long key = java.nio.ByteBuffer.wrap(hash).getLong();
        if (!put(table, key == FREE ? 1 : key)) {
            return false;
        }
        if (++size > table.length / 2) {
            long[] larger = new long[table.length * 2];
            Arrays.stream(table).filter(held -> held != FREE).forEach(held -> put(larger, held));
            table = larger;
        }
        return true;
    }

    private static boolean put(long[] table, long key) {
        int at = (int) key & table.length - 1;
        while (table[at] != FREE) {
            if (table[at] == key) {
                return false;
            }
            at = at + 1 & table.length - 1;
        }
        table[at] = key;
        return true;
    }
}

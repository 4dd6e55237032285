package io.github.genaistreams.client;

import io.github.genaistreams.model.ItemRules;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Batch IDs: created here, or given by the caller and checked. */
final class BatchIds {

    private static final int MAX_LENGTH = ItemRules.MAX_BATCH_ID_LENGTH;

    /** Crockford's base 32: no letters that look like digits. */
    private static final String ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

    private static final int RANDOM_LETTERS = 8;
    private static final DateTimeFormatter SECOND =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);
    private static final SecureRandom RANDOM = new SecureRandom();

    private BatchIds() {}

    /** The ID sorts by {@code now} (to the second, UTC). 40 random bits distinguish batches of the same second. */
    static String create(Instant now) {
        var id = new StringBuilder(SECOND.format(now)).append('-');
        RANDOM.ints(RANDOM_LETTERS, 0, ALPHABET.length())
                .mapToObj(ALPHABET::charAt)
                .forEach(id::append);
        return id.toString();
    }

    /** @throws IllegalArgumentException if this is not a valid batch ID */
    static String check(String batchId) {
        if (batchId == null || batchId.isBlank()) {
            throw new IllegalArgumentException("a batch ID must not be blank");
        }
        if (batchId.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("a batch ID must have at most %d characters, but has %d: %s…"
                    .formatted(MAX_LENGTH, batchId.length(), batchId.substring(0, 40)));
        }
        if (!StandardCharsets.UTF_8.newEncoder().canEncode(batchId)) {
            throw new IllegalArgumentException("a batch ID must not contain an unpaired surrogate");
        }
        return batchId;
    }
}

package io.github.genaistreams.serve.batch;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes IDs in OpenAI's form, which sort by the time of their creation. Thread-safe. */
final class Ids {

    private static final int RANDOM_BYTES = 10;

    static final String BATCH = "batch_";

    /** Prefix of a response's ID. No provider's IDs start like this. */
    static final String RESPONSE = "resp_genai_";

    private static final Pattern OURS = Pattern.compile("(" + BATCH + "|" + RESPONSE + ")[0-9a-f]{32}");

    private final SecureRandom random = new SecureRandom();

    /** @param prefix such as {@code batch_} */
    String create(String prefix, long millis) {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        return prefix + "%012x".formatted(millis) + HexFormat.of().formatHex(bytes);
    }

    /** Whether the ID of a batch or a response has the form that this server gives. */
    static boolean isOurs(String batchId) {
        return OURS.matcher(batchId).matches();
    }

    /** Whether the ID of a response has the form that this server gives; false for null. */
    static boolean isOurResponse(@Nullable String id) {
        return id != null && id.startsWith(RESPONSE);
    }
}

package io.github.genaistreams.serve.batch;

import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** Makes IDs in OpenAI's form, which sort by the time of their creation. Thread-safe. */
final class Ids {

    private static final int RANDOM_BYTES = 10;

    private static final Pattern RESPONSE = Pattern.compile("resp_[0-9a-f]{32}");

    private final SecureRandom random = new SecureRandom();

    /** @param prefix such as {@code batch_} */
    String create(String prefix, long millis) {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        return prefix + "%012x".formatted(millis) + HexFormat.of().formatHex(bytes);
    }

    /** Whether a response has an ID of ours. Those of OpenAI are longer. */
    static boolean isOurResponse(String id) {
        return id != null && RESPONSE.matcher(id).matches();
    }
}

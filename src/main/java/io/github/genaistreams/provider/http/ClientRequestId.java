package io.github.genaistreams.provider.http;

import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Sha256;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The value of the header {@code X-Client-Request-Id}: {@code <batch>/<index>/<attempt>/<nonce>}. OpenAI logs it, so
 * their support can find a call that timed out. It must be ASCII, at most 512 characters, and unique per HTTP request
 * (https://platform.openai.com/docs/api-reference/debugging-requests).
 *
 * @param batch   the batch ID; the header has it percent-encoded. If that is too long, the digest of the ID,
 *     {@code sha256:<hex>}, which differs from every encoded batch ID
 * @param index   the item's index in the batch
 * @param attempt the attempt's number, from 1
 * @param nonce   makes the value unique: an attempt may be made twice after a crash
 */
public record ClientRequestId(String batch, int index, int attempt, String nonce) {

    public static final String HEADER = "X-Client-Request-Id";

    static final int MAX_LENGTH = 512;

    private static final HexFormat HEX = HexFormat.of().withUpperCase();
    private static final String DIGEST = "sha256:";
    private static final Pattern DIGEST_FORM = Pattern.compile(DIGEST + "[0-9a-f]{64}");

    /** Leaves room for two numbers, the nonce and three slashes. */
    private static final int MAX_BATCH_LENGTH = MAX_LENGTH - 64;

    private static final Pattern FORM = Pattern.compile("([^/]+)/(-?\\d{1,10})/(-?\\d{1,10})/([0-9a-f]{1,32})");

    public ClientRequestId {
        Objects.requireNonNull(batch, "batch");
        Objects.requireNonNull(nonce, "nonce");
    }

    /** A new value each time, even for the same arguments. */
    public static ClientRequestId of(ItemKey item, int attempt) {
        String batchId = item.batchId();
        boolean fits = encode(batchId).length() <= MAX_BATCH_LENGTH && !isDigest(batchId);
        String batch = fits ? batchId : digest(batchId);
        String nonce = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
        return new ClientRequestId(batch, item.index(), attempt, nonce);
    }

    /** {@link #batch()} of this batch's calls: its ID, or the digest of it. For a search in a log. */
    public static String labelOf(String batchId) {
        return of(new ItemKey(batchId, 0), 1).batch();
    }

    /** The header's value. */
    public String format() {
        // The colon of a batch ID is percent-encoded, so only a digest has this form.
        String encoded = isDigest(batch) ? batch : encode(batch);
        return encoded + "/" + index + "/" + attempt + "/" + nonce;
    }

    /** Parses a header's value. Empty if there is none, or if it was not made here. */
    public static Optional<ClientRequestId> parse(@Nullable String header) {
        if (header == null) {
            return Optional.empty();
        }
        Matcher form = FORM.matcher(header);
        if (!form.matches()) {
            return Optional.empty();
        }
        try {
            return Optional.of(new ClientRequestId(
                    decode(form.group(1)),
                    Integer.parseInt(form.group(2)),
                    Integer.parseInt(form.group(3)),
                    form.group(4)));
        } catch (IllegalArgumentException | IndexOutOfBoundsException notOurs) {
            return Optional.empty();
        }
    }

    private static boolean isDigest(String batch) {
        return batch.startsWith(DIGEST) && DIGEST_FORM.matcher(batch).matches();
    }

    private static String digest(String batchId) {
        return DIGEST + HexFormat.of().formatHex(Sha256.of(batchId.getBytes(StandardCharsets.UTF_8)));
    }

    /** Percent-encoding of everything but RFC 3986's unreserved characters. */
    private static String encode(String text) {
        if (isUnreserved(text)) {
            return text;
        }
        var encoded = new StringBuilder(text.length() + 16);
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            if (isUnreserved(b)) {
                encoded.append((char) b);
            } else {
                encoded.append('%').append(HEX.toHexDigits(b));
            }
        }
        return encoded.toString();
    }

    private static boolean isUnreserved(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isUnreserved(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isUnreserved(int b) {
        return b >= 'a' && b <= 'z'
                || b >= 'A' && b <= 'Z'
                || b >= '0' && b <= '9'
                || b == '-'
                || b == '_'
                || b == '.'
                || b == '~';
    }

    private static String decode(String text) {
        byte[] bytes = new byte[text.length()];
        int length = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                bytes[length++] = (byte) HexFormat.fromHexDigits(text, i + 1, i + 3);
                i += 2;
            } else if (c < 128) {
                bytes[length++] = (byte) c;
            } else {
                throw new IllegalArgumentException("not ASCII");
            }
        }
        return new String(bytes, 0, length, StandardCharsets.UTF_8);
    }
}

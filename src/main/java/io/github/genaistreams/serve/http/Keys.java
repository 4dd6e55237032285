package io.github.genaistreams.serve.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.genaistreams.model.Sha256;
import io.github.genaistreams.serve.http.Caller.Role;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys of a key file. The file has the SHA-256 of each key, never the key itself:
 *
 * <pre>
 * [{"name": "team-a", "sha256": "9f86…", "role": "submit", "credential": "default", "budget_per_day_usd": 20}]
 * </pre>
 *
 * <p>Several keys may have the same name, so that a key can be replaced without an interruption. The file is read again
 * when it has changed. If the new version has a mistake, the mistake is logged, and the previous keys stay valid. A key
 * is compared with every hash in constant time. Thread-safe.
 */
public final class Keys {

    private static final Logger LOG = LoggerFactory.getLogger(Keys.class);

    private static final String PREFIX = "sk-genai-";
    private static final int KEY_BYTES = 32;
    private static final Set<String> FIELDS = Set.of("name", "sha256", "role", "credential", "budget_per_day_usd");
    private static final long LOOK_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final Path file;
    private final WrongKeys failures;
    private List<Known> known;
    private FileTime changed;
    private long looked;

    private record Known(Caller caller, byte[] sha256) {}

    /**
     * @throws IllegalArgumentException if the file cannot be used; the message says what to change, without content of
     *     the file
     */
    public Keys(Path file) {
        this.file = file;
        this.failures = new WrongKeys();
        this.known = read(file);
        this.changed = changedAt();
        this.looked = System.nanoTime();
    }

    /** A new key. It is not stored anywhere. */
    public static String create() {
        byte[] bytes = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(bytes);
        return PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** The form of a key in the key file. */
    public static String sha256(String key) {
        return HexFormat.of().formatHex(hash(key));
    }

    /**
     * The owner of a request's key.
     *
     * @param authorization the request's header; null if it is missing
     * @param address       the client's address
     * @throws ApiException 401 if the key is missing or unknown, 429 after too many unknown keys
     */
    Caller caller(@Nullable String authorization, String address) {
        String given = authorization == null ? "" : authorization.strip();
        if (!given.regionMatches(true, 0, "Bearer ", 0, 7)) {
            throw ApiException.refused(
                    401,
                    "You didn't provide an API key. Send it in the Authorization header: Authorization: Bearer KEY.");
        }
        byte[] hash = hash(given.substring(7).strip());
        Caller found = null;
        for (Known key : current()) {
            // Compares with all keys, so that the time does not reveal which one matches.
            if (MessageDigest.isEqual(hash, key.sha256())) {
                found = key.caller();
            }
        }
        if (found != null) {
            return found;
        }
        if (failures.isTooMany(address, System.nanoTime())) {
            throw ApiException.tooMany(
                    "invalid_request_error", "too_many_failures", "Too many requests with a wrong API key.");
        }
        throw ApiException.refused(
                401, "invalid_api_key", "Incorrect API key provided. This server does not have this key.");
    }

    private synchronized List<Known> current() {
        long now = System.nanoTime();
        if (now - looked < LOOK_AGAIN_NANOS) {
            return known;
        }
        looked = now;
        FileTime at = changedAt();
        if (!at.equals(changed)) {
            changed = at;
            try {
                known = read(file);
                LOG.info("{} keys read from {}", known.size(), file);
            } catch (IllegalArgumentException e) {
                LOG.error("The keys were not read again, and the previous keys stay valid: {}", e.getMessage());
            }
        }
        return known;
    }

    private FileTime changedAt() {
        try {
            return Files.getLastModifiedTime(file);
        } catch (IOException e) {
            return FileTime.fromMillis(0);
        }
    }

    private static List<Known> read(Path file) {
        JsonNode tree;
        try {
            tree = MAPPER.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(file + " is not JSON (line "
                    + (e.getLocation() == null ? "?" : e.getLocation().getLineNr()) + ")");
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be read: " + e.getMessage());
        }
        if (tree == null || !tree.isArray()) {
            throw new IllegalArgumentException(file + " must be a JSON array with an object for each key");
        }
        List<Known> keys = new ArrayList<>();
        Set<String> hashes = new HashSet<>();
        for (JsonNode key : tree) {
            String where = file + ", key " + (keys.size() + 1);
            Known read = key(key, where);
            if (!hashes.add(HexFormat.of().formatHex(read.sha256()))) {
                throw new IllegalArgumentException(where + ": `sha256` is the same as for an earlier key");
            }
            keys.add(read);
        }
        return List.copyOf(keys);
    }

    private static Known key(JsonNode key, String where) {
        key.fieldNames().forEachRemaining(field -> {
            if (!FIELDS.contains(field)) {
                throw new IllegalArgumentException(
                        where + ": a field is unknown; use name, sha256, role, credential and budget_per_day_usd");
            }
        });
        String name = key.path("name").asText("");
        if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
            throw new IllegalArgumentException(where + ": `name` must be 1 to 64 letters, digits, dots, _ or -");
        }
        String sha256 = key.path("sha256").asText("").toLowerCase(Locale.ROOT);
        if (!sha256.matches("[0-9a-f]{64}")) {
            throw new IllegalArgumentException(
                    where + ": `sha256` must be the 64 hexadecimal digits of the key's SHA-256; `genai serve"
                            + " --new-key NAME` prints them");
        }
        String role = key.path("role").asText("submit");
        if (!Set.of("read", "submit", "admin").contains(role)) {
            throw new IllegalArgumentException(where + ": `role` must be read, submit or admin");
        }
        JsonNode credential = key.path("credential");
        if (!credential.isMissingNode() && !credential.isNull() && !credential.isTextual()) {
            throw new IllegalArgumentException(where + ": `credential` must be the alias of a credential");
        }
        JsonNode budget = key.path("budget_per_day_usd");
        if (!budget.isMissingNode()
                && !budget.isNull()
                && !(budget.isNumber() && budget.decimalValue().signum() > 0)) {
            throw new IllegalArgumentException(where + ": `budget_per_day_usd` must be a number above 0");
        }
        return new Known(
                new Caller(
                        name,
                        Role.valueOf(role.toUpperCase(Locale.ROOT)),
                        Optional.ofNullable(credential.textValue()),
                        Optional.of(budget)
                                .filter(JsonNode::isNumber)
                                .map(JsonNode::decimalValue)
                                .map(BigDecimal::stripTrailingZeros)),
                HexFormat.of().parseHex(sha256));
    }

    private static byte[] hash(String key) {
        return Sha256.of(key.getBytes(UTF_8));
    }
}

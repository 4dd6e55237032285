package io.github.genaistreams.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import io.github.genaistreams.fuzz.GoodRecords.Sample;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.ItemKeys;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Records that nobody should write, the same ones for the same seed: sound ones that were damaged, and garbage. */
public final class Hostile {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final String LARGE = "x".repeat(70_000);

    private static final List<String> NUMBERS = List.of(
            "-1",
            "0",
            "2147483647",
            "2147483648",
            "-2147483648",
            "9223372036854775807",
            "9223372036854775808",
            "1e400",
            "1e999999999",
            "-1e-999999999",
            "1e99999999999",
            "0.1",
            "-0.0",
            "1" + "0".repeat(400));

    private static final List<String> TEXTS = List.of(
            "",
            " ",
            LARGE,
            "ü\u0000\r\n\u001b[31m",
            "\uD83D\uDE00",
            "2026-13-45",
            "-0001-01-01T00:00:00Z",
            "+1000000000-12-31T23:59:59Z",
            "+292278994-08-17T07:12:55.807Z",
            "1969-12-31T23:59:59Z",
            "NaN",
            "2/5",
            "999999999/999999999",
            "null");

    private static final List<String> RAW = List.of(
            "\"\\uD800\"",
            "[".repeat(3_000) + "]".repeat(3_000),
            "{\"a\":".repeat(990) + "1" + "}".repeat(990),
            "NaN",
            "tru");

    private static final List<String> HEADERS = List.of(
            WireHeaders.ORDERED,
            WireHeaders.RETRY,
            WireHeaders.CUSTOM_ID,
            WireHeaders.FILE_NAME,
            WireHeaders.DEAD_LETTER_REASON,
            WireHeaders.DEAD_LETTER_PARTITION,
            WireHeaders.DEAD_LETTER_OFFSET,
            WireHeaders.DEAD_LETTER_REPLAYED,
            WireHeaders.REPLAYED_FROM,
            WireHeaders.SUBMITTED_AT,
            WireHeaders.BATCH_PART,
            WireHeaders.SUMMARY,
            "traceparent",
            "",
            "ü\u0000");

    private final Random random;
    private final int largest;

    /** @param largest bytes of a text that stands for a large one; more of them show more, and take longer */
    public Hostile(long seed, int largest) {
        this.random = new Random(seed);
        this.largest = largest;
    }

    /** A record, but for its topic. */
    public record Written(byte[] key, byte[] value, Headers headers, long timestamp) {}

    /**
     * The next one.
     *
     * @param sample what it was before it was damaged
     * @param key    what its key would be
     * @param now    what its time stamp would be
     */
    public Written next(Sample<?> sample, byte[] key, long now) {
        return new Written(key(key), value(sample), headers(), timestamp(now));
    }

    private byte[] key(byte[] good) {
        return switch (random.nextInt(8)) {
            case 0 -> null;
            case 1 -> new byte[0];
            case 2 -> bytes(random.nextInt(40));
            case 3 -> one(TEXTS).getBytes(UTF_8);
            case 4 -> ItemKeys.encode(new ItemKey(one(TEXTS), random.nextInt()));
            case 5 -> "{\"batch_id\":null,\"index\":1}".getBytes(UTF_8);
            default -> good;
        };
    }

    private long timestamp(long now) {
        return switch (random.nextInt(10)) {
            case 0 -> 0;
            case 1 -> Long.MAX_VALUE;
            case 2 -> now + 400L * 86_400_000;
            case 3 -> now - Math.min(now, 400L * 86_400_000);
            default -> now;
        };
    }

    private Headers headers() {
        Headers headers = new RecordHeaders();
        for (int i = random.nextInt(8) == 0 ? random.nextInt(200) : random.nextInt(3); i > 0; i--) {
            byte[] value = random.nextInt(4) == 0 ? null : cut(one(TEXTS)).getBytes(UTF_8);
            headers.add(random.nextInt(60) == 0 ? cut(LARGE) : one(HEADERS), value);
        }
        return headers;
    }

    private byte[] value(Sample<?> sample) {
        return switch (random.nextInt(12)) {
            case 0 -> null;
            case 1 -> garbage();
            case 2 -> damaged(encoded(sample, WireFormat.JSON));
            case 3, 4, 5 -> damaged(encoded(sample, WireFormat.AVRO));
            case 6 -> framed(encoded(sample, WireFormat.AVRO));
            case 7 -> encoded(sample, random.nextBoolean() ? WireFormat.JSON : WireFormat.AVRO);
            default -> mutated(encoded(sample, WireFormat.JSON));
        };
    }

    private byte[] garbage() {
        return switch (random.nextInt(8)) {
            case 0 -> new byte[0];
            case 1 -> "{}".getBytes(UTF_8);
            case 2 -> "[]".getBytes(UTF_8);
            case 3 -> ("{" + "\"a\":{".repeat(1_500)).getBytes(UTF_8);
            case 4 -> new byte[] {(byte) 0xC3, 0x01, 1, 2, 3};
            case 5 -> new byte[] {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF, '{'};
            default -> bytes(random.nextInt(200));
        };
    }

    /** As a schema registry's serializer writes it. */
    private byte[] framed(byte[] avro) {
        byte[] framed = new byte[avro.length - 5];
        framed[4] = (byte) random.nextInt();
        System.arraycopy(avro, 10, framed, 5, avro.length - 10);
        return framed;
    }

    /** Some bytes are others, or missing; a length may have become one of gigabytes. */
    private byte[] damaged(byte[] good) {
        byte[] bytes = good.clone();
        int from = Math.min(good.length - 1, random.nextInt(4) == 0 ? 0 : 10);
        for (int i = random.nextInt(4); i >= 0; i--) {
            bytes[from + random.nextInt(bytes.length - from)] = (byte) random.nextInt();
        }
        if (random.nextInt(3) == 0) {
            byte[] claim = {(byte) 0xfe, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f};
            int at = from + random.nextInt(bytes.length - from);
            System.arraycopy(claim, 0, bytes, at, Math.min(claim.length, bytes.length - at));
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(2 * bytes.length)) : bytes;
    }

    private byte[] mutated(byte[] json) {
        try {
            ObjectNode tree = (ObjectNode) JSON.readTree(json);
            for (int i = random.nextInt(3); i >= 0; i--) {
                mutate(tree);
            }
            byte[] text = JSON.writeValueAsBytes(tree);
            return random.nextInt(20) == 0 ? repeated(text) : text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void mutate(ObjectNode tree) {
        List<ObjectNode> objects = new ArrayList<>(List.of(tree));
        for (int i = 0; i < objects.size(); i++) {
            objects.get(i).forEach(child -> {
                if (child instanceof ObjectNode object && !object.isEmpty()) {
                    objects.add(object);
                }
            });
        }
        ObjectNode target = one(objects);
        List<String> names = new ArrayList<>();
        target.fieldNames().forEachRemaining(names::add);
        if (names.isEmpty()) {
            return;
        }
        String name = one(names);
        switch (random.nextInt(7)) {
            case 0 -> target.remove(name);
            case 1 -> target.set("unknown", target.get(name));
            case 2 -> target.set(cut(one(TEXTS)), NODES.numberNode(1));
            case 3 -> many(target, name);
            case 4 -> whole(tree);
            default -> target.set(name, odd());
        }
    }

    /** A map or a list of thousands where there was something else. */
    private void many(ObjectNode target, String name) {
        int number = Math.max(3, largest / 50);
        if (random.nextBoolean()) {
            ObjectNode map = target.putObject(name);
            for (int i = 0; i < number; i++) {
                map.put("key-" + i, (long) i);
            }
        } else {
            ArrayNode list = target.putArray(name);
            for (int i = 0; i < number; i++) {
                list.add("item-" + i);
            }
        }
    }

    /** A whole batch, perhaps. */
    private void whole(ObjectNode tree) {
        if (random.nextBoolean()) {
            tree.remove(List.of("index", "user_prompt", "document", "batch_size"));
        }
        ArrayNode list = tree.putArray(random.nextBoolean() ? "user_prompts" : "document_refs");
        for (int i = random.nextInt(5); i > 0; i--) {
            list.add(random.nextInt(6) == 0 ? odd() : NODES.textNode("sha256:" + i));
        }
    }

    private JsonNode odd() {
        return switch (random.nextInt(7)) {
            case 0 -> NODES.nullNode();
            case 1 -> NODES.booleanNode(random.nextBoolean());
            case 2 -> NODES.objectNode();
            case 3 -> NODES.arrayNode().add(1);
            case 4 -> NODES.rawValueNode(new RawValue(one(NUMBERS)));
            case 5 -> NODES.rawValueNode(new RawValue(one(RAW)));
            default -> NODES.textNode(cut(one(TEXTS)));
        };
    }

    /** The first field twice. */
    private static byte[] repeated(byte[] object) throws JsonProcessingException {
        String text = new String(object, UTF_8);
        int end = text.indexOf(',');
        return end < 0 ? object : (text.substring(0, end + 1) + text.substring(1)).getBytes(UTF_8);
    }

    private String cut(String text) {
        return text.length() <= largest ? text : text.substring(0, largest);
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }

    private static <T> byte[] encoded(Sample<T> sample, WireFormat format) {
        return sample.codec().encode(sample.value(), format);
    }
}

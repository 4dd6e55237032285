package io.github.genaistreams.client.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.wire.WireHeaders;
import java.time.Instant;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * A record that no worker could read, as it is on the dead letter topic.
 *
 * @param id        its place on the dead letter topic
 * @param reason    why it could not be read; one sentence
 * @param topic     the topic that it came from
 * @param partition its partition in that topic; null if unknown
 * @param offset    its offset in that partition; null if unknown
 * @param movedAt   when a worker moved it to the dead letter topic
 * @param key       its original key, if it had one
 * @param value     its original value; null if it had none, or it was too large to keep
 * @param headers   its own headers, without those that a worker added
 * @param replayed  whether it has been replayed
 */
public record DeadLetter(
        Id id,
        String reason,
        String topic,
        @Nullable Integer partition,
        @Nullable Long offset,
        Instant movedAt,
        byte @Nullable [] key,
        byte @Nullable [] value,
        Headers headers,
        boolean replayed) {

    private static final String OURS = "genai.dead-letter.";

    /** A dead letter's place on the dead letter topic; written as {@code 0@17}. */
    public record Id(int partition, long offset) {

        private static final Pattern FORM = Pattern.compile("(\\d{1,9})@(\\d{1,18})");

        /** @throws IllegalArgumentException if it is not a valid ID */
        public static Id parse(String text) {
            Matcher parts = FORM.matcher(text);
            if (!parts.matches()) {
                throw new IllegalArgumentException(
                        "the ID of a dead letter must be PARTITION@OFFSET, for example 0@17, but is: " + text);
            }
            return new Id(Integer.parseInt(parts.group(1)), Long.parseLong(parts.group(2)));
        }

        @Override
        public String toString() {
            return partition + "@" + offset;
        }
    }

    /**
     * The ID of the replayed letter, if this record of the dead letter topic marks a replay; empty if it is a letter
     * itself.
     */
    static Optional<Id> replayedBy(ConsumerRecord<byte[], byte[]> record) {
        return Optional.ofNullable(text(record.headers(), WireHeaders.DEAD_LETTER_REPLAYED))
                .flatMap(DeadLetter::number)
                .map(offset -> new Id(record.partition(), offset));
    }

    static DeadLetter of(ConsumerRecord<byte[], byte[]> record, boolean replayed) {
        Headers all = record.headers();
        Headers own = new RecordHeaders();
        for (Header header : all) {
            if (!header.key().startsWith(OURS)) {
                own.add(header);
            }
        }
        return new DeadLetter(
                new Id(record.partition(), record.offset()),
                orElse(text(all, WireHeaders.DEAD_LETTER_REASON), "unknown"),
                orElse(text(all, WireHeaders.DEAD_LETTER_TOPIC), "unknown"),
                number(text(all, WireHeaders.DEAD_LETTER_PARTITION))
                        .filter(partition -> partition >= 0 && partition <= Integer.MAX_VALUE)
                        .map(Long::intValue)
                        .orElse(null),
                number(text(all, WireHeaders.DEAD_LETTER_OFFSET)).orElse(null),
                Instant.ofEpochMilli(record.timestamp()),
                record.key(),
                record.value(),
                own,
                replayed);
    }

    private static @Nullable String text(Headers headers, String name) {
        Header header = headers.lastHeader(name);
        return header == null || header.value() == null ? null : new String(header.value(), UTF_8);
    }

    private static String orElse(@Nullable String text, String other) {
        return text == null ? other : text;
    }

    private static Optional<Long> number(@Nullable String text) {
        try {
            return text == null ? Optional.empty() : Optional.of(Long.parseLong(text));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }
}

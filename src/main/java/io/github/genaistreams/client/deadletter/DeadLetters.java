package io.github.genaistreams.client.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.kafka.Cluster;
import io.github.genaistreams.client.kafka.KafkaSettings;
import io.github.genaistreams.client.kafka.TopicScan;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireHeaders;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * The Dead Letter Channel: records that no worker could read. They can be listed, and sent again when a newer worker
 * can read them.
 *
 * <p>A replay is idempotent. A letter is sent and marked as replayed in one transaction, so it is sent once, even with
 * interrupted, repeated or concurrent replays.
 *
 * <p>Every method reads the topic from its beginning. It throws {@link BatchClientException} if the topic is missing or
 * the cluster does not answer in time. No connection stays open between calls. Safe for any number of threads.
 */
public final class DeadLetters {

    /** Bounds of one transaction. */
    private static final int MAX_LETTERS = 200;

    private static final int MAX_BYTES = 8 << 20;

    private final KafkaSettings settings;
    private final Cluster cluster;
    private final Topics topics;
    private final String topic;

    /** @param kafka as for {@link BatchClient} */
    public DeadLetters(Map<String, Object> kafka, Topics topics) {
        this.settings = new KafkaSettings(kafka);
        this.cluster = new Cluster(settings);
        this.topics = Objects.requireNonNull(topics, "topics");
        this.topic = topics.deadLetters();
    }

    /** Passes the selected letters to {@code reader}, in the order of each partition. It keeps none in memory. */
    public void forEach(DeadLetterFilter filter, Consumer<DeadLetter> reader) {
        Set<DeadLetter.Id> replayed = replayed();
        scan(record -> {
            if (DeadLetter.replayedBy(record).isEmpty()) {
                DeadLetter.Id id = new DeadLetter.Id(record.partition(), record.offset());
                DeadLetter letter = DeadLetter.of(record, replayed.contains(id));
                if (filter.test(letter)) {
                    reader.accept(letter);
                }
            }
        });
    }

    /** The letter with this ID. */
    public Optional<DeadLetter> find(DeadLetter.Id id) {
        List<DeadLetter> found = new ArrayList<>();
        forEach(new DeadLetterFilter(Set.of(id), null, null, null, null, true), found::add);
        return found.stream().findFirst();
    }

    /**
     * The outcome of a replay.
     *
     * @param replayed letters that were sent again
     * @param left     letters that cannot be replayed, and why
     */
    public record Replay(int replayed, Map<DeadLetter.Id, String> left) {}

    /**
     * Sends letters to the topic and partition that they came from, with their keys and headers, in their original
     * order. An added header names the letter ({@link WireHeaders#REPLAYED_FROM}).
     *
     * @param value replaces the value; null keeps the original value
     * @throws BatchClientException also if another replay begins before the end of this one. It takes over the letters that
     *     this one has not committed
     */
    public Replay replay(DeadLetterFilter filter, byte @Nullable [] value) {
        return cluster.asking(topic, () -> {
            Map<String, Integer> partitions = new HashMap<>();
            for (String api : List.of(Topics.RESPONSES, Topics.DOCUMENTS)) {
                partitions.put(topics.requests(api), cluster.partitions(topics.requests(api)));
                if (cluster.exists(topics.urgent(api))) {
                    partitions.put(topics.urgent(api), cluster.partitions(topics.urgent(api)));
                }
            }
            try (Producer<byte[], byte[]> producer = settings.producer(topics.prefix() + "dead-letters-replay")) {
                // Ends the open transaction of an earlier replay before the marks are read.
                producer.initTransactions();
                var replayer = new Replayer(producer, partitions, value);
                forEach(filter, replayer::add);
                replayer.send();
                return new Replay(replayer.replayed, Map.copyOf(replayer.left));
            }
        });
    }

    private Set<DeadLetter.Id> replayed() {
        Set<DeadLetter.Id> replayed = new HashSet<>();
        scan(record -> DeadLetter.replayedBy(record).ifPresent(replayed::add));
        return replayed;
    }

    private void scan(Consumer<ConsumerRecord<byte[], byte[]>> reader) {
        int partitions = cluster.partitions(topic);
        cluster.asking(topic, () -> {
            try (var consumer = settings.consumer()) {
                TopicScan.scan(consumer, topic, partitions, settings.answerTimeout(), reader);
            }
            return null;
        });
    }

    /** Sends letters in transactions of limited size. */
    private final class Replayer {

        private final Producer<byte[], byte[]> producer;
        private final Map<String, Integer> partitions;
        private final byte @Nullable [] value;
        private final List<DeadLetter> next = new ArrayList<>();
        private final Map<DeadLetter.Id, String> left = new HashMap<>();
        private int bytes;
        private int replayed;

        Replayer(Producer<byte[], byte[]> producer, Map<String, Integer> partitions, byte @Nullable [] value) {
            this.producer = producer;
            this.partitions = partitions;
            this.value = value;
        }

        void add(DeadLetter letter) {
            Optional<String> reason = whyNot(letter);
            if (reason.isPresent()) {
                left.put(letter.id(), reason.get());
                return;
            }
            next.add(letter);
            bytes += letter.value() == null ? 0 : letter.value().length;
            if (next.size() >= MAX_LETTERS || bytes >= MAX_BYTES) {
                send();
            }
        }

        private Optional<String> whyNot(DeadLetter letter) {
            if (!partitions.containsKey(letter.topic())) {
                return Optional.of("it is from " + letter.topic()
                        + ", which is not a request topic: its item has a failed result, so retry the item"
                        + " (genai retry-failed)");
            }
            return letter.value() == null && value == null
                    ? Optional.of("it has no value: " + letter.reason())
                    : Optional.empty();
        }

        void send() {
            if (next.isEmpty()) {
                return;
            }
            producer.beginTransaction();
            try {
                for (DeadLetter letter : next) {
                    producer.send(again(letter));
                    producer.send(mark(letter));
                }
                producer.commitTransaction();
            } catch (ProducerFencedException e) {
                throw e;
            } catch (KafkaException e) {
                producer.abortTransaction();
                throw e;
            }
            replayed += next.size();
            next.clear();
            bytes = 0;
        }

        private ProducerRecord<byte[], byte[]> again(DeadLetter letter) {
            Headers headers = new RecordHeaders(letter.headers());
            headers.remove(WireHeaders.REPLAYED_FROM);
            headers.add(WireHeaders.REPLAYED_FROM, (topic + "-" + letter.id()).getBytes(UTF_8));
            boolean isThere =
                    letter.partition() != null && letter.partition() < partitions.getOrDefault(letter.topic(), 0);
            return new ProducerRecord<>(
                    letter.topic(),
                    isThere ? letter.partition() : null,
                    letter.key(),
                    value == null ? letter.value() : value,
                    headers);
        }

        private ProducerRecord<byte[], byte[]> mark(DeadLetter letter) {
            Headers headers = new RecordHeaders();
            headers.add(
                    WireHeaders.DEAD_LETTER_REPLAYED,
                    Long.toString(letter.id().offset()).getBytes(UTF_8));
            return new ProducerRecord<>(topic, letter.id().partition(), letter.key(), null, headers);
        }
    }
}

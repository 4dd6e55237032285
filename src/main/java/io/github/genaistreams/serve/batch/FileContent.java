package io.github.genaistreams.serve.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.serve.batch.Stored.StoredFile;
import io.github.genaistreams.serve.http.ApiException;
import io.github.genaistreams.serve.http.ChunkedInput;
import io.github.genaistreams.wire.BatchPartitioner;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * The content of uploaded files, as chunks on a topic. The chunks of a file are in one partition, in order. A few chunks
 * are in memory at a time. An interrupted upload leaves chunks that nobody reads until the topic deletes them.
 * Thread-safe.
 */
final class FileContent {

    private static final int CHUNK_BYTES = 512 << 10;
    private static final int CHUNKS_UNDER_WAY = 8;
    private static final Duration STEP = Duration.ofMillis(500);

    private final Supplier<Consumer<byte[], byte[]>> consumers;
    private final Producer<byte[], byte[]> producer;
    private final String topic;
    private final int partitions;
    private final long maxBytes;
    private final Duration timeout;

    /** The topic no longer has all chunks of a file. */
    static final class GoneException extends IOException {
        private static final long serialVersionUID = 1;

        GoneException(String message) {
            super(message);
        }
    }

    /** Where the chunks of a file are. */
    record Place(int partition, long first, long last, int chunks, long bytes) {

        /** The file with these chunks. */
        StoredFile file(String id, String owner, long createdAt, long expiresAt, String filename, String purpose) {
            return new StoredFile(
                    id, owner, createdAt, expiresAt, filename, purpose, bytes, partition, first, last, chunks);
        }
    }

    /** @param maxBytes maximum size of a file */
    FileContent(
            Supplier<Consumer<byte[], byte[]>> consumers,
            Producer<byte[], byte[]> producer,
            String topic,
            int partitions,
            long maxBytes,
            Duration timeout) {
        this.consumers = consumers;
        this.producer = producer;
        this.topic = topic;
        this.partitions = partitions;
        this.maxBytes = maxBytes;
        this.timeout = timeout;
    }

    /**
     * Writes the content of a file. Returns when the cluster has all of it.
     *
     * @throws IOException  if the upload is interrupted
     * @throws ApiException 413 if it is larger than a file may be
     */
    Place write(String fileId, InputStream content) throws IOException {
        int partition = BatchPartitioner.partition(fileId, partitions);
        byte[] key = fileId.getBytes(UTF_8);
        Deque<Future<RecordMetadata>> underWay = new ArrayDeque<>();
        long first = -1;
        long last = -1;
        long bytes = 0;
        int chunks = 0;
        boolean isEnd = false;
        while (!isEnd) {
            byte[] chunk = content.readNBytes(CHUNK_BYTES);
            isEnd = chunk.length < CHUNK_BYTES;
            bytes += chunk.length;
            chunks++;
            if (bytes > maxBytes) {
                throw ApiException.refused(
                        413,
                        "file_too_large",
                        "The file is larger than %,d bytes, the limit of this server (serve.file.max.bytes)."
                                .formatted(maxBytes));
            }
            underWay.add(send(partition, key, chunk));
            while (underWay.size() > (isEnd ? 0 : CHUNKS_UNDER_WAY)) {
                last = offset(underWay.remove());
                first = first < 0 ? last : first;
            }
        }
        return new Place(partition, first, last, chunks, bytes);
    }

    private Future<RecordMetadata> send(int partition, byte[] key, byte[] chunk) {
        try {
            return producer.send(new ProducerRecord<>(topic, partition, key, chunk));
        } catch (KafkaException e) {
            throw new BatchClientException("Kafka did not accept a part of a file", e);
        }
    }

    private long offset(Future<RecordMetadata> sent) {
        try {
            return sent.get(timeout.toMillis() * 2, TimeUnit.MILLISECONDS).offset();
        } catch (ExecutionException | TimeoutException e) {
            throw new BatchClientException("Kafka did not accept a part of a file in time", e);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    /** The content, from its start. Reading fails if the topic no longer has it. The caller closes it. */
    InputStream read(StoredFile file) {
        return new ChunkedInput(new Chunks(file));
    }

    private final class Chunks implements ChunkedInput.Source {

        private final StoredFile file;
        private final byte[] key;
        private final Consumer<byte[], byte[]> consumer;
        private final TopicPartition partition;
        private Iterator<ConsumerRecord<byte[], byte[]>> records =
                List.<ConsumerRecord<byte[], byte[]>>of().iterator();
        private int read;

        private Chunks(StoredFile file) {
            this.file = file;
            key = file.id().getBytes(UTF_8);
            partition = new TopicPartition(topic, file.partition());
            consumer = consumers.get();
            consumer.assign(List.of(partition));
            consumer.seek(partition, file.first());
        }

        @Override
        public byte @Nullable [] next() throws IOException {
            if (read == file.chunks()) {
                return null;
            }
            // The time that a slow reader takes does not count as Kafka's.
            long asked = System.nanoTime();
            Optional<byte[]> chunk = take();
            while (chunk.isEmpty()) {
                poll(asked);
                chunk = take();
            }
            read++;
            return chunk.get();
        }

        private Optional<byte[]> take() throws IOException {
            while (records.hasNext()) {
                ConsumerRecord<byte[], byte[]> record = records.next();
                if (record.offset() > file.last() || read == 0 && record.offset() > file.first()) {
                    throw gone();
                }
                if (java.util.Arrays.equals(record.key(), key)) {
                    return Optional.of(record.value());
                }
            }
            return Optional.empty();
        }

        private void poll(long asked) throws IOException {
            try {
                var polled = consumer.poll(STEP);
                records = polled.iterator();
                if (polled.isEmpty() && System.nanoTime() - asked > timeout.toNanos()) {
                    // If the partition is shorter, the topic was deleted and created again.
                    boolean isGone = consumer.position(partition) > file.last()
                            || consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L) <= file.last();
                    throw isGone ? gone() : new IOException("Kafka returns no records of " + topic);
                }
            } catch (KafkaException e) {
                if (e instanceof InterruptException) {
                    throw e;
                }
                throw new IOException("Kafka cannot read " + topic, e);
            }
        }

        private IOException gone() {
            return new GoneException("the content of " + file.id() + " is no longer on " + topic);
        }

        @Override
        public void close() {
            consumer.close();
        }
    }
}

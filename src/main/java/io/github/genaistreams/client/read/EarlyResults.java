package io.github.genaistreams.client.read;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.client.kafka.BatchClientException;
import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Results that were read before their turn. They wait in memory up to a limit, and beyond it in a temporary file that only
 * this user can read. The file is emptied whenever none of its results waits, and deleted at the end. For one thread at a
 * time.
 */
final class EarlyResults implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EarlyResults.class);

    /** A result that waits, or whose turn has come. Small, since there may be one for each item of the batch. */
    sealed interface Pending {

        BatchCursor cursor();

        int index();
    }

    private record InMemory(BatchCursor cursor, int index, Content content) implements Pending {}

    private record OnDisk(BatchCursor cursor, int index, long at) implements Pending {}

    /** The content of a record. */
    record Content(long offset, byte[] value, Headers headers) {

        /** Overhead of the objects around the bytes. */
        private static final int OVERHEAD = 160;

        private int bytes() {
            int bytes = Long.BYTES + Integer.BYTES + value.length;
            for (Header header : headers) {
                bytes += 2 * Integer.BYTES
                        + header.key().getBytes(UTF_8).length
                        + (header.value() == null ? 0 : header.value().length);
            }
            return bytes;
        }

        private byte[] encoded() {
            ByteBuffer buffer = ByteBuffer.allocate(bytes()).putLong(offset).putInt(headers.toArray().length);
            for (Header header : headers) {
                byte[] key = header.key().getBytes(UTF_8);
                buffer.putInt(key.length).put(key);
                buffer.putInt(header.value() == null ? -1 : header.value().length);
                if (header.value() != null) {
                    buffer.put(header.value());
                }
            }
            return buffer.put(value).array();
        }

        private static Content decoded(ByteBuffer buffer) {
            long offset = buffer.getLong();
            var headers = new RecordHeaders();
            for (int left = buffer.getInt(); left > 0; left--) {
                String key = new String(bytes(buffer, buffer.getInt()), UTF_8);
                int length = buffer.getInt();
                headers.add(key, length < 0 ? null : bytes(buffer, length));
            }
            return new Content(offset, bytes(buffer, buffer.remaining()), headers);
        }

        private static byte[] bytes(ByteBuffer buffer, int length) {
            byte[] bytes = new byte[length];
            buffer.get(bytes);
            return bytes;
        }
    }

    private final long maxBytesInMemory;
    private final Path directory;
    private long bytesInMemory;
    private @Nullable File file; // null until memory is full
    private @Nullable RandomAccessFile disk; // null until memory is full; unlike a channel, it survives an interrupt
    private long end;
    private int waitingOnDisk;

    EarlyResults(long maxBytesInMemory) {
        this(maxBytesInMemory, Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** @param directory directory of the file */
    EarlyResults(long maxBytesInMemory, Path directory) {
        this.maxBytesInMemory = maxBytesInMemory;
        this.directory = directory;
    }

    /** Keeps a record's content until it is taken. */
    Pending keep(BatchCursor cursor, int index, ConsumerRecord<byte[], byte[]> record) {
        var content = new Content(record.offset(), record.value(), record.headers());
        int bytes = content.bytes() + Content.OVERHEAD;
        if (bytesInMemory + bytes <= maxBytesInMemory) {
            return inMemory(cursor, index, content);
        }
        return new OnDisk(cursor, index, write(content.encoded()));
    }

    /** Keeps the content of a record that is due. There are no more of these than records in one poll. */
    Pending keepInMemory(BatchCursor cursor, int index, ConsumerRecord<byte[], byte[]> record) {
        return inMemory(cursor, index, new Content(record.offset(), record.value(), record.headers()));
    }

    private Pending inMemory(BatchCursor cursor, int index, Content content) {
        bytesInMemory += content.bytes() + Content.OVERHEAD;
        return new InMemory(cursor, index, content);
    }

    /** The kept result. May be read again until it is released. */
    Content content(Pending pending) {
        return pending instanceof InMemory inMemory
                ? inMemory.content()
                : Content.decoded(ByteBuffer.wrap(read(((OnDisk) pending).at())));
    }

    /** Releases the kept result. Call it once. */
    void release(Pending pending) {
        if (pending instanceof InMemory inMemory) {
            bytesInMemory -= inMemory.content().bytes() + Content.OVERHEAD;
        } else if (--waitingOnDisk == 0) {
            empty();
        }
    }

    /** Empties the file. A failure only costs disk space. */
    private void empty() {
        try {
            written().setLength(0);
            end = 0;
        } catch (IOException e) {
            LOG.debug("The temporary file {} could not be emptied: {}", file, e.getMessage());
        }
    }

    /** Returns its place in the file. */
    private long write(byte[] bytes) {
        try {
            RandomAccessFile to = disk == null ? create() : disk;
            to.seek(end);
            to.writeInt(bytes.length);
            to.write(bytes);
        } catch (IOException e) {
            throw new BatchClientException(
                    "Early results do not fit into a temporary file in "
                            + directory + " (" + e.getMessage()
                            + "): free space there, or set another directory with -Djava.io.tmpdir",
                    e);
        }
        long at = end;
        end += Integer.BYTES + bytes.length;
        waitingOnDisk++;
        return at;
    }

    private RandomAccessFile create() throws IOException {
        File created = file == null
                ? Files.createTempFile(directory, "genai-results-", ".tmp").toFile()
                : file;
        file = created;
        var opened = new RandomAccessFile(created, "rw");
        disk = opened;
        // Where the system allows it, an open file is deleted at once. Then not even a kill leaves it behind.
        created.delete();
        return opened;
    }

    /** The file; there is one when this is called. */
    private RandomAccessFile written() {
        return Objects.requireNonNull(disk);
    }

    private byte[] read(long at) {
        byte[] bytes;
        try {
            RandomAccessFile from = written();
            from.seek(at);
            bytes = new byte[from.readInt()];
            from.readFully(bytes);
        } catch (IOException e) {
            throw new BatchClientException(
                    "Results that waited in " + file + " cannot be read again (" + e.getMessage()
                            + "): start reading again",
                    e);
        }
        return bytes;
    }

    /** Deletes the file. May be called twice. */
    @Override
    public void close() {
        if (file == null) {
            return;
        }
        try {
            if (disk != null) {
                disk.close();
            }
            Files.deleteIfExists(file.toPath());
        } catch (IOException e) {
            LOG.warn("The temporary file {} could not be deleted: {}", file, e.getMessage());
        }
    }
}

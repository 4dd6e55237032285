package io.github.genaistreams.provider.datalab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Optional;

/** A document that may be a container of parts, in a file or in memory. Little-endian, like ZIP and OLE2. */
interface Container {

    long size();

    /**
     * This many bytes, or fewer at the end.
     *
     * @throws UncheckedIOException if they cannot be read
     */
    ByteBuffer read(long from, int max);

    static Container of(byte[] document) {
        return new Container() {
            @Override
            public long size() {
                return document.length;
            }

            @Override
            public ByteBuffer read(long from, int max) {
                int start = (int) Math.min(from, document.length);
                return ByteBuffer.wrap(document, start, Math.min(max, document.length - start))
                        .slice()
                        .order(ByteOrder.LITTLE_ENDIAN);
            }
        };
    }

    static Container of(FileChannel file) throws IOException {
        long size = file.size();
        return new Container() {
            @Override
            public long size() {
                return size;
            }

            @Override
            public ByteBuffer read(long from, int max) {
                long start = Math.min(from, size);
                var bytes = ByteBuffer.allocate((int) Math.min(max, size - start));
                try {
                    while (bytes.hasRemaining() && file.read(bytes, start + bytes.position()) >= 0) {
                        // Reads until the buffer is full.
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException("The document cannot be read", e);
                }
                return bytes.flip().order(ByteOrder.LITTLE_ENDIAN);
            }
        };
    }

    /** The media type of an office document, by the names of its parts; empty if it is not one, or is damaged. */
    default Optional<String> officeType() {
        try {
            return Optional.ofNullable(OleDirectory.isAt(this) ? OleDirectory.type(this) : ZipDirectory.type(this));
        } catch (IndexOutOfBoundsException | IllegalArgumentException damaged) {
            return Optional.empty();
        }
    }
}

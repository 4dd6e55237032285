package io.github.genaistreams.provider.datalab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Optional;

/** A document in a file or in memory, which may be a container of parts. Little-endian, as ZIP and OLE2 are. */
interface Container {

    long size();

    /**
     * These bytes, or fewer at the end of the document.
     *
     * @throws UncheckedIOException if the document cannot be read
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

    /** The media type of an office document, by the names of its parts. Empty for any other, or a damaged one. */
    default Optional<String> officeType() {
        try {
            return OleDirectory.isAt(this) ? OleDirectory.type(this) : ZipDirectory.type(this);
        } catch (IndexOutOfBoundsException | IllegalArgumentException damaged) {
            return Optional.empty();
        }
    }
}

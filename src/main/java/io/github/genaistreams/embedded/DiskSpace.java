package io.github.genaistreams.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Finds out whether a full disk may be why a local Kafka has failed. Kafka's own error does not always say so. */
final class DiskSpace {

    /** Kafka reserves space for its index files, so it fails while a little space is left. */
    private static final long LITTLE_BYTES = 16L << 20;

    private DiskSpace() {}

    /** A sentence that says what to do, with a blank before it; empty if there is enough space. */
    static String hint(Path directory) {
        return hint(directory, LITTLE_BYTES);
    }

    static String hint(Path directory, long enoughBytes) {
        try {
            Path there = directory.toAbsolutePath();
            while (!Files.exists(there) && there.getParent() != null) {
                there = there.getParent();
            }
            long left = Files.getFileStore(there).getUsableSpace();
            return left >= enoughBytes
                    ? ""
                    : " Only %,d MB of disk space are left there: free some, and start again.".formatted(left >> 20);
        } catch (IOException e) {
            return "";
        }
    }
}

package io.github.genaistreams.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whether a full disk may be why a local Kafka has failed: what Kafka itself says of that does not always name it. */
final class DiskSpace {

    /** Kafka makes its index files larger than they will be. */
    private static final long LITTLE_BYTES = 16L << 20;

    private DiskSpace() {}

    /** What to do, as a sentence after another one; empty if there is space. */
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

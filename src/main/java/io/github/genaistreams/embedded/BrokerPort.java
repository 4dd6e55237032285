package io.github.genaistreams.embedded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;

/**
 * Chooses the port of a broker without a fixed port: the port that it had before, or at first a port that no operating
 * system assigns by itself.
 *
 * <p>After a kill, a broker uses its old address until it has registered a new one. If another program had the old port
 * by then, it would receive what the broker sends to itself, such as the outcome of a transaction in progress. Another
 * broker would accept this, and both would have transactions that never end.
 */
final class BrokerPort {

    private static final String FILE = "port";

    /** Below the ports that systems assign by themselves: Linux begins at 32768, others at 49152. */
    private static final int FIRST = 20_000;

    private static final int PAST_LAST = 32_000;
    private static final int TRIES = 100;

    private BrokerPort() {}

    /** A free port for the broker whose data is in this directory. */
    static int choose(Path dataDir) {
        int before = remembered(dataDir);
        if (before > 0 && isFree(before)) {
            return before;
        }
        var random = new Random();
        for (int i = 0; i < TRIES; i++) {
            int port = random.nextInt(FIRST, PAST_LAST);
            if (isFree(port)) {
                return port;
            }
        }
        return 0;
    }

    static void remember(Path dataDir, int port) {
        try {
            Files.writeString(dataDir.resolve(FILE), port + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The port of the broker that uses this directory, or last used it; 0 if there is none. */
    static int remembered(Path dataDir) {
        Path file = dataDir.resolve(FILE);
        try {
            return Files.exists(file) ? Integer.parseInt(Files.readString(file).strip()) : 0;
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocketChannel channel = ServerSocketChannel.open()) {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.bind(new InetSocketAddress(BrokerSettings.HOST, port));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}

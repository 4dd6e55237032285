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
 * The port of a broker for which any will do: the one it had before, and at first one that no system hands out by itself.
 *
 * <p>A broker that was killed is known to itself by its old address until it has registered the new one. What it sends there by then
 * (the outcome of a transaction that was being committed, above all) would reach whatever program has got that port meanwhile;
 * another broker would take it for its own, and both would have transactions that never end.
 */
final class BrokerPort {

    private static final String FILE = "port";

    /** Below those for outgoing connections and for whoever asks for any: Linux begins at 32768, others at 49152. */
    private static final int FIRST = 20_000;

    private static final int PAST_LAST = 32_000;
    private static final int TRIES = 100;

    private BrokerPort() {}

    /** A free port for the broker whose data are in this directory. */
    static int choose(Path dataDir) {
        int before = remembered(dataDir.resolve(FILE));
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

    /** 0 if there is none. */
    private static int remembered(Path file) {
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

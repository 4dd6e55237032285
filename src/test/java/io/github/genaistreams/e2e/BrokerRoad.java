package io.github.genaistreams.e2e;

import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The way from clients to a broker. It can be shut for a while: connections stay, and what is sent meanwhile arrives
 * later, as with a broker that stands still.
 */
final class BrokerRoad implements AutoCloseable {

    private static final String HOST = "127.0.0.1";

    /** One event loop: what follows is for its thread. */
    private final Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));

    private final NetClient client = vertx.createNetClient();
    private final NetServer server = vertx.createNetServer();
    private final Set<NetSocket> sockets = new HashSet<>();
    private final int brokerPort;
    private boolean isShut;

    private BrokerRoad(int brokerPort) {
        this.brokerPort = brokerPort;
        server.connectHandler(this::connect);
        server.listen(0, HOST).toCompletionStage().toCompletableFuture().join();
    }

    /** To a broker that will listen on this port. */
    static BrokerRoad to(int brokerPort) {
        return new BrokerRoad(brokerPort);
    }

    /** For the broker: it sends its clients this way. */
    Map<String, String> brokerSettings() {
        return Map.of("advertised.listeners", "CLIENTS://" + HOST + ":" + server.actualPort());
    }

    void shut() {
        vertx.runOnContext(any -> {
            isShut = true;
            sockets.forEach(NetSocket::pause);
        });
    }

    void open() {
        vertx.runOnContext(any -> {
            isShut = false;
            sockets.forEach(NetSocket::resume);
        });
    }

    private void connect(NetSocket in) {
        in.pause();
        client.connect(brokerPort, HOST)
                .onSuccess(out -> {
                    pass(in, out);
                    pass(out, in);
                })
                .onFailure(e -> in.close());
    }

    private void pass(NetSocket from, NetSocket to) {
        sockets.add(from);
        from.handler(to::write);
        from.closeHandler(closed -> {
            sockets.remove(from);
            to.close();
        });
        if (isShut) {
            from.pause();
        } else {
            from.resume();
        }
    }

    @Override
    public void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }
}

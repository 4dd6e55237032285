package io.github.genaistreams.provider.openai;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;

/** A loopback server that answers with whatever bytes a test wants, one thread per connection. */
final class RawServer implements AutoCloseable {

    /** Answers one request. The connection is closed when it returns. */
    interface Script {
        void answer(Connection connection) throws IOException;
    }

    private final ServerSocket server = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    RawServer(Script script) throws IOException {
        start(() -> {
            while (true) {
                Socket socket = server.accept();
                sockets.add(socket);
                start(() -> {
                    try (socket) {
                        script.answer(new Connection(socket));
                    }
                });
            }
        });
    }

    private interface Action {
        void run() throws IOException;
    }

    private static void start(Action action) {
        var thread = new Thread(() -> {
            try {
                action.run();
            } catch (IOException closed) {
                // The end of a test, or of a connection.
            }
        });
        thread.setDaemon(true);
        thread.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/v1");
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** A request that has come. */
    record Request(String head, String body) {}

    /** One accepted connection. */
    record Connection(Socket socket) {

        /** Reads one request and returns its head. */
        String read() throws IOException {
            return readRequest().head();
        }

        /** Reads one request. */
        Request readRequest() throws IOException {
            InputStream in = socket.getInputStream();
            var head = new ByteArrayOutputStream();
            while (!head.toString(StandardCharsets.US_ASCII).endsWith("\r\n\r\n")) {
                int b = in.read();
                if (b < 0) {
                    throw new IOException("closed");
                }
                head.write(b);
            }
            String text = head.toString(StandardCharsets.US_ASCII);
            String body = "";
            for (String line : text.split("\r\n")) {
                if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
                    byte[] bytes =
                            in.readNBytes(Integer.parseInt(line.substring(15).strip()));
                    body = new String(bytes, StandardCharsets.UTF_8);
                }
            }
            return new Request(text, body);
        }

        void write(String text) throws IOException {
            write(text.getBytes(StandardCharsets.UTF_8));
        }

        void write(byte[] bytes) throws IOException {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            out.flush();
        }

        /** Closes with a TCP reset instead of an orderly end. */
        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        /** Waits until the client closes and then completes. */
        void waitForClose(CompletableFuture<Void> closed) {
            try {
                // Only the end matters.
                socket.getInputStream().transferTo(OutputStream.nullOutputStream());
                closed.complete(null);
            } catch (IOException reset) {
                closed.complete(null);
            }
        }
    }
}

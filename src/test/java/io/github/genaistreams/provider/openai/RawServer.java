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
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A loopback server that answers with whatever bytes a test wants, one thread per connection. */
public final class RawServer implements AutoCloseable {

    private static final int END_OF_HEAD = 0x0d0a0d0a;
    private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *(\\d+)");

    /** Answers one request. The connection is closed when it returns. */
    public interface Script {
        void answer(Connection connection) throws IOException;
    }

    private final ServerSocket server = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    public RawServer(Script script) throws IOException {
        start(() -> {
            while (true) {
                Socket socket = server.accept();
                sockets.add(socket);
                start(() -> {
                    try (socket) {
                        script.answer(new Connection(socket));
                    } finally {
                        sockets.remove(socket);
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

    public URI url() {
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
    public record Request(String head, String body) {}

    /** One accepted connection. */
    public record Connection(Socket socket) {

        /** Reads one request and returns its head. */
        String read() throws IOException {
            return readRequest().head();
        }

        /** Reads one request. */
        public Request readRequest() throws IOException {
            InputStream in = socket.getInputStream();
            var head = new ByteArrayOutputStream();
            int last = 0;
            while (last != END_OF_HEAD) {
                int b = in.read();
                if (b < 0) {
                    throw new IOException("closed");
                }
                head.write(b);
                last = last << 8 | b;
            }
            String text = head.toString(StandardCharsets.ISO_8859_1);
            Matcher length = LENGTH.matcher(text);
            byte[] body = in.readNBytes(length.find() ? Integer.parseInt(length.group(1)) : 0);
            return new Request(text, new String(body, StandardCharsets.UTF_8));
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

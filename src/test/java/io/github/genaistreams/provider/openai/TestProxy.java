package io.github.genaistreams.provider.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** A proxy of plain sockets. It leads to one server, whatever host it is asked for, and may want to know who asks. */
final class TestProxy implements AutoCloseable {

    private final RawServer server;
    private final int target;
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private volatile String login;

    /**
     * @param target port of the server on this machine
     * @param login  {@code user:password} that it wants, or null
     */
    TestProxy(int target, String login) throws IOException {
        this.target = target;
        this.login = login;
        this.server = new RawServer(this::serve);
    }

    String address() {
        return "http://127.0.0.1:" + server.url().getPort();
    }

    /** What it was asked: the heads of the requests to it. */
    List<String> heads() {
        return heads;
    }

    void wants(String login) {
        this.login = login;
    }

    private void serve(RawServer.Connection client) throws IOException {
        RawServer.Request request = client.readRequest();
        heads.add(request.head());
        if (login != null && !request.head().contains("\r\nproxy-authorization: Basic " + basic() + "\r\n")) {
            client.write("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"test\"\r\n"
                    + "Content-Length: 9\r\n\r\nWho calls");
            return;
        }
        try (var to = new Socket(InetAddress.getLoopbackAddress(), target)) {
            if (request.head().startsWith("CONNECT ")) {
                client.write("HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n");
            } else {
                to.getOutputStream().write((origin(request.head()) + request.body()).getBytes(UTF_8));
            }
            var upstream = new Thread(() -> pump(client.socket(), to));
            upstream.setDaemon(true);
            upstream.start();
            pump(to, client.socket());
        }
    }

    private String basic() {
        return Base64.getEncoder().encodeToString(login.getBytes(UTF_8));
    }

    /** As its server is to see the request: without what is for the proxy. */
    private static String origin(String head) {
        String line = head.substring(0, head.indexOf("\r\n"));
        String[] words = line.split(" ");
        return words[0] + " " + URI.create(words[1]).getRawPath() + " " + words[2]
                + head.substring(line.length()).replaceAll("\r\nproxy-authorization: [^\r]*", "");
    }

    private static void pump(Socket from, Socket to) {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            in.transferTo(out);
        } catch (IOException closed) {
            // By either side.
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}

package io.github.genaistreams.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Asks a worker's HTTP port, as whoever runs it does. */
record HttpProbe(int port) {

    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    /** At a port that nobody listens on yet. */
    static HttpProbe free() {
        try (var socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return new HttpProbe(socket.getLocalPort());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String get(String path) throws IOException {
        return send(path).body();
    }

    int status(String path) throws IOException {
        return send(path).statusCode();
    }

    private HttpResponse<String> send(String path) throws IOException {
        try {
            return CLIENT.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }
}

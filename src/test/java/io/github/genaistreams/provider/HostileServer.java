package io.github.genaistreams.provider;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.genaistreams.provider.openai.RawServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/**
 * A server that answers each request with its token, most of the time not as it should: what is wrong is drawn from a seed and the
 * token. A request is known by {@code token-N-} in its path or body. What may keep a client waiting ends with the connection.
 */
final class HostileServer implements AutoCloseable {

    private static final Pattern REQUEST = Pattern.compile("token-(\\d{1,9})-");

    /** From this number on, nothing is wrong. */
    static final int GOOD = 1_000_000;

    private final RawServer server;
    private final long seed;
    private final LongFunction<String> tokens;

    /** Requests that are answered, or whose connection is about to be closed. */
    private final AtomicInteger underWay = new AtomicInteger();

    /** @param tokens what the answer to the request of this number repeats */
    HostileServer(long seed, LongFunction<String> tokens) throws IOException {
        this.seed = seed;
        this.tokens = tokens;
        server = new RawServer(this::serve);
    }

    private void serve(RawServer.Connection connection) throws IOException {
        connection.socket().setTcpNoDelay(true);
        boolean goesOn = true;
        while (goesOn) {
            RawServer.Request request = connection.readRequest();
            underWay.incrementAndGet();
            try {
                goesOn = answer(connection.socket().getOutputStream(), request.head() + request.body());
                if (!goesOn) {
                    connection.socket().close();
                }
            } finally {
                underWay.decrementAndGet();
            }
        }
    }

    /** Whether each connection is closed or waits for a request: none ends under the next one. */
    boolean isQuiet() {
        return underWay.get() == 0;
    }

    URI url() {
        return server.url();
    }

    /** Whether another request may follow. */
    private boolean answer(OutputStream out, String request) throws IOException {
        Matcher named = REQUEST.matcher(request);
        if (!named.find()) {
            throw new IOException("no token");
        }
        int number = Integer.parseInt(named.group(1));
        var random = new SplittableRandom(seed * 31 + number);
        boolean streams = request.toLowerCase(Locale.ROOT).contains("accept: text/event-stream");
        boolean document = request.startsWith("GET ");
        String token = tokens.apply(number);
        String stray = response("200 OK", "", json(tokens.apply(random.nextInt(1_000)), document), false);
        int kind = number >= GOOD ? -1 : random.nextInt(16);
        String body = streams ? sse(json(token, false)) : json(token, document);
        String type = "Content-Type: " + (streams ? "text/event-stream" : "application/json") + "\r\n";
        String good = response("200 OK", type, body, random.nextBoolean());
        return switch (kind) {
            // Answers that stand, and a connection that goes on or is closed by the client.
            case 0 -> send(out, interim(random) + good, true);
            case 1 -> send(out, good + stray, true);
            case 2 -> send(out, good + garbage(random), true);
            case 3 ->
                send(out, response("200 OK", type, HostileText.mutated(body, random), random.nextBoolean()), true);
            case 4 -> send(out, response(HostileText.status(random), type, body, false), true);
            case 5 -> send(out, response("200 OK", type + HostileText.header(random), body, false), false);
            // Whatever its framing is worth.
            case 6 -> send(out, HostileText.flipped(good, random), false);
            case 7 -> send(out, good.substring(0, random.nextInt(good.length())), false);
            case 8 -> send(out, HostileText.framed(type, body, random), false);
            case 9 -> send(out, HostileText.framed(type, body, random) + stray, false);
            case 10 -> send(out, interim(random) + HostileText.flipped(good, random), false);
            case 11 -> zipped(out, type, body, random);
            case 12 -> send(out, garbage(random) + good, false);
            case 13 -> dripped(out, good, random);
            default -> send(out, good, true);
        };
    }

    private static boolean send(OutputStream out, String bytes, boolean goesOn) throws IOException {
        out.write(bytes.getBytes(ISO_8859_1));
        out.flush();
        return goesOn;
    }

    private static boolean dripped(OutputStream out, String bytes, SplittableRandom random) throws IOException {
        for (int at = 0; at < bytes.length(); ) {
            int end = Math.min(bytes.length(), at + 1 + random.nextInt(200));
            send(out, bytes.substring(at, end), true);
            at = end;
        }
        return true;
    }

    private static boolean zipped(OutputStream out, String type, String body, SplittableRandom random)
            throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(bytes)) {
            gzip.write(body.getBytes(ISO_8859_1));
            if (random.nextInt(4) == 0) {
                gzip.write(new byte[1_000_000]);
            }
        }
        String zipped = bytes.toString(ISO_8859_1);
        String sent =
                switch (random.nextInt(4)) {
                    case 0 -> HostileText.flipped(zipped, random);
                    case 1 -> zipped.substring(0, random.nextInt(zipped.length()));
                    case 2 -> body;
                    default -> zipped;
                };
        return send(out, response("200 OK", type + "Content-Encoding: gzip\r\n", sent, random.nextBoolean()), true);
    }

    private static String interim(SplittableRandom random) {
        String one = random.nextBoolean() ? "HTTP/1.1 102 Processing\r\n\r\n" : "HTTP/1.1 103 E\r\nLink: <a>\r\n\r\n";
        return one.repeat(1 + random.nextInt(random.nextInt(50) == 0 ? 1_200 : 5));
    }

    private static String garbage(SplittableRandom random) {
        var text = new StringBuilder();
        for (int i = 1 + random.nextInt(20); i > 0; i--) {
            text.append((char) random.nextInt(256));
        }
        return text.toString();
    }

    static String response(String status, String headers, String body, boolean chunked) {
        return chunked
                ? "HTTP/1.1 " + status + "\r\n" + headers + "Transfer-Encoding: chunked\r\n\r\n"
                        + Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n"
                : "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private static String json(String token, boolean document) {
        return document
                ? "{\"status\":\"complete\",\"success\":true,\"markdown\":\"" + token
                        + "\",\"page_count\":1,\"cost_breakdown\":{\"final_cost_cents\":1}}"
                : "{\"id\":\"resp_1\",\"object\":\"response\",\"status\":\"completed\",\"model\":\"m\",\"error\":null,\"output\":"
                        + "[{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":\""
                        + token
                        + "\"}]}],\"usage\":{\"input_tokens\":1,\"output_tokens\":2,\"total_tokens\":3}}";
    }

    private static String sse(String response) {
        return ": hello\n\nevent: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n"
                + "event: response.completed\ndata: {\"type\":\"response.completed\",\"response\":" + response
                + "}\n\n";
    }

    @Override
    public void close() throws IOException {
        server.close();
    }
}

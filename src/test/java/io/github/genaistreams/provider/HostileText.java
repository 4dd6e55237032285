package io.github.genaistreams.provider;

import java.util.SplittableRandom;

/** Ways to spoil an HTTP response. */
final class HostileText {

    private static final String[] STATUS = {
        "200",
        "200 ",
        "201 Created",
        "204 No Content",
        "206 P",
        "301 Moved\r\nLocation: /elsewhere",
        "302 F",
        "304 N",
        "400 Bad",
        "401 U",
        "404 N",
        "408 T",
        "418 I",
        "429 Slow",
        "429 S\r\nRetry-After: 99999999999999999999",
        "429 S\r\nRetry-After: -1",
        "429 S\r\nx-ratelimit-remaining-requests: 0\r\nx-ratelimit-reset-requests: 999999999999999h999999999999999h",
        "500 E",
        "503 O\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT",
        "529 O",
        "599 X",
        "600 X",
        "999 X"
    };

    private static final String[] HEADERS = {
        "X: %s\r\n",
        "X-%s\r\n",
        "%s: 1\r\n",
        "x-request-id: %s\r\n",
        "Connection: %s\r\n",
        "Connection: close\r\n",
        "Keep-Alive: timeout=%s\r\n",
        "Content-Encoding: %s\r\n",
        "Content-Type: %s\r\n",
        "retry-after: %s\r\n",
        "Set-Cookie: %s\r\n",
        "Alt-Svc: %s\r\n",
        "Upgrade: h2c\r\n",
        "Trailer: %s\r\n",
        " folded: %s\r\n",
        ": %s\r\n"
    };

    private static final String[] VALUES = {
        "null",
        "1e999999999",
        "-1",
        "\"\"",
        "[]",
        "{}",
        "true",
        "0.0000000001",
        "99999999999999999999999",
        "\"x\"",
        "NaN"
    };

    private static final String[] LENGTHS = {
        "Content-Length: %d\r\nContent-Length: 7\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: +%d\r\n",
        "Content-Length: 0x10\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Content-Length: %d\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Content-Length: 1\r\n",
        "",
        "Content-Length: 0\r\n",
        "Content-Length: 5000\r\n"
    };

    private static final String[] CHUNKS = {
        "1\r\n%s\r\n0\r\n\r\n",
        "-1\r\n%s\r\n0\r\n\r\n",
        "fffffffff\r\n%s\r\n0\r\n\r\n",
        "zz\r\n%s",
        "%s",
        "5000\r\n%s",
        "0\r\n\r\n%s",
        "0\r\nX: y\r\n\r\n",
        "1;a=b\r\n{\r\n0\r\n%s\r\n\r\n"
    };

    private HostileText() {}

    private static String one(String[] of, SplittableRandom random) {
        return of[random.nextInt(of.length)];
    }

    static String status(SplittableRandom random) {
        return one(STATUS, random);
    }

    static String header(SplittableRandom random) {
        String value =
                switch (random.nextInt(4)) {
                    case 0 -> "x".repeat(random.nextInt(80_000));
                    case 1 -> "\u0001\u001b[2J\u0085";
                    case 2 -> "close, keep-alive";
                    default -> "gzip, \"br\";q=%";
                };
        return one(HEADERS, random).replace("%s", value);
    }

    /** A body in a framing that says something else. */
    static String framed(String headers, String body, SplittableRandom random) {
        if (random.nextBoolean()) {
            return "HTTP/1.1 200 OK\r\n" + headers + one(LENGTHS, random).replace("%d", "" + body.length()) + "\r\n"
                    + body;
        }
        return "HTTP/1.1 200 OK\r\n" + headers + "Transfer-Encoding: chunked\r\n\r\n"
                + one(CHUNKS, random).replace("%s", body);
    }

    /** With up to eight bytes changed, lost or doubled. */
    static String flipped(String text, SplittableRandom random) {
        var flipped = new StringBuilder(text);
        for (int i = random.nextInt(8); i >= 0 && flipped.length() > 1; i--) {
            int at = random.nextInt(flipped.length());
            switch (random.nextInt(3)) {
                case 0 -> flipped.setCharAt(at, (char) random.nextInt(256));
                case 1 -> flipped.deleteCharAt(at);
                default -> flipped.insert(at, flipped.charAt(at));
            }
        }
        return flipped.toString();
    }

    /** JSON, or events of JSON, that is other than expected. */
    static String mutated(String body, SplittableRandom random) {
        return switch (random.nextInt(8)) {
            case 0 -> flipped(body, random);
            case 1 -> body.substring(0, random.nextInt(body.length()));
            case 2 -> "[".repeat(1 + random.nextInt(5_000));
            case 3 -> body.replaceFirst(":\\s*(\"[a-z_]+\"|\\d)", ":" + one(VALUES, random));
            case 4 -> body.replace("\"output\":[", "\"output\":" + one(VALUES, random) + ",\"x\":[");
            case 5 ->
                body.replace(":1,", ":" + one(VALUES, random) + ",").replace(":2,", ":" + one(VALUES, random) + ",");
            case 6 -> body + body;
            default ->
                body.replace("\n", random.nextBoolean() ? "\r" : "\n\n")
                        .replace("completed", "x".repeat(random.nextInt(9)));
        };
    }
}

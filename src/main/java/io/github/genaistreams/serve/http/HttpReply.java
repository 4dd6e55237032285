package io.github.genaistreams.serve.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.OptionalLong;

/** What a request gets. */
public sealed interface HttpReply {

    String JSON = "application/json";

    int status();

    /** Media type of the body. */
    String type();

    /** Further headers. */
    Map<String, String> headers();

    /** A body in memory. */
    record Whole(int status, String type, Map<String, String> headers, byte[] body) implements HttpReply {}

    /**
     * A body that is written while it is made.
     *
     * @param length of the body in bytes; empty if it is not known before
     * @param isLive whether it goes on for as long as the client is there
     */
    record Streamed(String type, Map<String, String> headers, OptionalLong length, boolean isLive, Body body)
            implements HttpReply {

        @Override
        public int status() {
            return 200;
        }
    }

    /** Writes a body. */
    interface Body {

        /**
         * Runs on a thread of its own, which may wait. {@code flush} sends what was written; a write waits while the
         * client is slow.
         *
         * @throws IOException if the client has gone, or the body cannot be made; any exception before the first byte
         *     is answered with an error, and later it ends the connection, so that the client notices
         */
        void write(OutputStream out) throws IOException;
    }

    static HttpReply json(int status, JsonNode body) {
        return new Whole(status, JSON, Map.of(), body.toString().getBytes(UTF_8));
    }

    static HttpReply json(JsonNode body) {
        return json(200, body);
    }
}

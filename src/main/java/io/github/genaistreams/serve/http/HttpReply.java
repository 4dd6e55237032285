package io.github.genaistreams.serve.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.OptionalLong;

/** The answer to a request. */
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
     * A body that is sent while it is produced.
     *
     * @param length number of bytes; empty if it is not known in advance
     * @param isLive whether the body goes on until the client leaves
     */
    record Streamed(String type, Map<String, String> headers, OptionalLong length, boolean isLive, BodyWriter body)
            implements HttpReply {

        @Override
        public int status() {
            return 200;
        }
    }

    /** Writes a body. */
    interface BodyWriter {

        /**
         * Runs on its own thread, which may wait. {@code flush} sends what was written. A write waits while the client is
         * slow.
         *
         * @throws IOException if the client has gone, or the body cannot be produced. Before the first byte, the client
         *     gets an error for any exception. After it, the connection is closed, so that the client notices
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

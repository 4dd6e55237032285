package io.github.genaistreams.provider.http;

import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * An HTTP response.
 *
 * @param status the status code
 * @param header returns a header's value by name, ignoring case; null if it is missing
 * @param body   the complete body, decompressed; empty while only the headers have arrived
 */
public record HttpAnswer(int status, UnaryOperator<String> header, byte[] body) {

    public HttpAnswer {
        Objects.requireNonNull(header, "header");
        Objects.requireNonNull(body, "body");
    }

    public String header(String name) {
        return header.apply(name);
    }

    public boolean is2xx() {
        return status >= 200 && status < 300;
    }

    public HttpAnswer withBody(byte[] body) {
        return new HttpAnswer(status, header, body);
    }
}

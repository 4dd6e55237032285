package io.github.genaistreams.provider.openai;

import java.util.Objects;
import java.util.function.UnaryOperator;

/**
 * An HTTP response that arrived whole.
 *
 * @param status the status code
 * @param header gives a header's value by name, in any case, null if there is none
 * @param body   the body, decompressed
 */
record HttpAnswer(int status, UnaryOperator<String> header, byte[] body) {

    HttpAnswer {
        Objects.requireNonNull(header, "header");
        Objects.requireNonNull(body, "body");
    }

    String header(String name) {
        return header.apply(name);
    }

    boolean is2xx() {
        return status >= 200 && status < 300;
    }
}

package io.github.genaistreams.serve.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A request whose caller is known. For one thread. */
public final class Request {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private final Caller caller;
    private final Map<String, String> path;
    private final Function<String, @Nullable String> query;
    private final byte[] body;
    private final @Nullable Multipart multipart;

    /**
     * @param path      the variables of the route's path
     * @param query     returns the value of a query parameter; null if it is missing
     * @param body      empty for an upload
     * @param multipart the parts of an upload; null for other requests
     */
    Request(
            Caller caller,
            Map<String, String> path,
            Function<String, @Nullable String> query,
            byte[] body,
            @Nullable Multipart multipart) {
        this.caller = caller;
        this.path = path;
        this.query = query;
        this.body = body;
        this.multipart = multipart;
    }

    public Caller caller() {
        return caller;
    }

    /** The value of a variable in the route's path, such as {@code {id}}. */
    public String path(String variable) {
        return Objects.requireNonNull(path.get(variable));
    }

    /** A query parameter; empty if it is missing or blank. */
    public Optional<String> query(String name) {
        return Optional.ofNullable(query.apply(name)).filter(value -> !value.isEmpty());
    }

    /**
     * A query parameter that is a whole number.
     *
     * @throws ApiException 400 if it is not a whole number, or out of bounds
     */
    public int number(String name, int otherwise, int min, int max) {
        String text = query(name).orElse(null);
        if (text == null) {
            return otherwise;
        }
        if (text.matches("\\d{1,9}")) {
            int number = Integer.parseInt(text);
            if (number >= min && number <= max) {
                return number;
            }
        }
        throw ApiException.invalid(
                name, "invalid_value", "`" + name + "` must be a whole number from " + min + " to " + max + ".");
    }

    /**
     * The body as a JSON object.
     *
     * @throws ApiException 400 if it is not a JSON object
     */
    public ObjectNode json() {
        try {
            if (MAPPER.readTree(body) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException e) {
            // The message of the exception may contain a part of the body.
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot be read", e);
        }
        throw ApiException.refused(400, "The body of this request must be a JSON object.");
    }

    /** The parts of an upload. Not for other requests. */
    public Multipart multipart() {
        return Objects.requireNonNull(multipart);
    }
}

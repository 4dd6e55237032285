package io.github.genaistreams.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.wire.Json;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A response in progress at the API, as a job: where it is polled and cancelled.
 *
 * @see <a href="https://platform.openai.com/docs/guides/background">Background mode</a>
 */
final class BackgroundResponse {

    /**
     * One path segment without special meaning: an answer or a record must not choose what is called with the key.
     * OpenAI's are {@code resp_} and hexadecimal; gateways use longer ones.
     */
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:=~-]{0,511}");

    private BackgroundResponse() {}

    /**
     * Reads the job from a response object; empty if it has no usable ID.
     *
     * @param pollAfter value of {@link PollPace#HEADER}, or null
     */
    static Optional<RemoteJob> of(JsonNode response, String pollAfter, Instant now) {
        String id = Json.text(response, "id");
        return id != null && isId(id)
                ? Optional.of(new RemoteJob(id, now, PollPace.first(pollAfter)))
                : Optional.empty();
    }

    static boolean isId(String id) {
        return ID.matcher(id).matches();
    }

    /**
     * The path for polls, below the base URL.
     *
     * @throws IllegalArgumentException if the ID is invalid
     */
    static String path(RemoteJob job) {
        if (!isId(job.id())) {
            throw new IllegalArgumentException("The ID of the job is not the ID of a response");
        }
        return "responses/" + job.id();
    }

    /**
     * The query after the path, so that the answer has what the request asked to include; empty if there is nothing. A
     * poll's answer has it only if each poll asks for it.
     *
     * @param include as in the request, may be null
     */
    static String query(List<String> include) {
        return include == null || include.isEmpty()
                ? ""
                : include.stream()
                        .map(what -> "include%5B%5D=" + URLEncoder.encode(what, StandardCharsets.UTF_8))
                        .collect(Collectors.joining("&", "?", ""));
    }

    /**
     * The path for cancelling it, below the base URL.
     *
     * @throws IllegalArgumentException if the ID is invalid
     */
    static String cancelPath(RemoteJob job) {
        return path(job) + "/cancel";
    }
}

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
 * A response that the API still works on, as a remote job: where it is asked for, and where it is cancelled.
 *
 * @see <a href="https://platform.openai.com/docs/guides/background">Background mode</a>
 */
final class BackgroundResponse {

    /**
     * One segment of a path, which neither climbs nor ends it: an answer or a record cannot choose what is called with the
     * key. OpenAI's are {@code resp_} and hexadecimal; gateways make longer ones.
     */
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:=~-]{0,511}");

    private BackgroundResponse() {}

    /**
     * Reads the job from a response object; empty if it has no ID that could be asked for.
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
     * The path to ask for it, below the base URL.
     *
     * @throws IllegalArgumentException if the ID cannot be one
     */
    static String path(RemoteJob job) {
        if (!isId(job.id())) {
            throw new IllegalArgumentException("The job's ID is not that of a response");
        }
        return "responses/" + job.id();
    }

    /**
     * What to say after the path, so that the answer brings what the request asked to include; empty if it is nothing. An
     * answer that is polled has that only if each question says so.
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
     * The path to cancel it, below the base URL.
     *
     * @throws IllegalArgumentException if the ID cannot be one
     */
    static String cancelPath(RemoteJob job) {
        return path(job) + "/cancel";
    }
}

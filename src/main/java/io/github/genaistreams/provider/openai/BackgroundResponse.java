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
import org.jspecify.annotations.Nullable;

/**
 * A response in progress at the API, as a job: its ID, and where it is polled and cancelled.
 *
 * @see <a href="https://platform.openai.com/docs/guides/background">Background mode</a>
 */
final class BackgroundResponse {

    /**
     * One path segment without a special meaning: neither an answer nor a record may choose what is called with the
     * key. OpenAI's IDs are {@code resp_} and hexadecimal digits. Those of gateways are longer.
     */
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:=~-]{0,511}");

    private BackgroundResponse() {}

    /**
     * Reads the job from a response object. Empty if it has no usable ID.
     *
     * @param pollAfter value of {@link PollPace#HEADER}, if the answer has it
     */
    static Optional<RemoteJob> of(JsonNode response, @Nullable String pollAfter, Instant now) {
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
     * The query for polls, with what the request asks to include: the answer to a poll has it only if the poll asks
     * too. Empty if there is nothing to include.
     */
    static String query(@Nullable List<String> include) {
        return include == null || include.isEmpty()
                ? ""
                : include.stream()
                        .map(what -> "include%5B%5D=" + URLEncoder.encode(what, StandardCharsets.UTF_8))
                        .collect(Collectors.joining("&", "?", ""));
    }

    /**
     * The path to cancel it, below the base URL.
     *
     * @throws IllegalArgumentException if the ID is invalid
     */
    static String cancelPath(RemoteJob job) {
        return path(job) + "/cancel";
    }
}

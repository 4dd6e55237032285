package io.github.genaistreams.serve;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A plain HTTP client of the server. */
public final class ServerClient {

    public static final Set<String> FINAL = Set.of("completed", "failed", "expired", "cancelled");

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String BOUNDARY = "----boundary7MA4YWxk";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final HttpClient http = HttpClient.newHttpClient();
    private final String address;
    private final String key;

    /** An answer. */
    public record Answer(int status, String body, HttpResponse<String> response) {

        public JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        /** A text of the answer, by its JSON pointer. */
        public String at(String pointer) {
            return json().at(pointer).asText(null);
        }
    }

    /** @param key null for none */
    public ServerClient(String address, String key) {
        this.address = address;
        this.key = key;
    }

    public ServerClient withKey(String other) {
        return new ServerClient(address, other);
    }

    public Answer get(String path, String... headers) {
        return send("GET", path, BodyPublishers.noBody(), headers);
    }

    public Answer post(String path, String body, String... headers) {
        return send("POST", path, BodyPublishers.ofString(body), headers);
    }

    public Answer delete(String path) {
        return send("DELETE", path, BodyPublishers.noBody());
    }

    public Answer send(String method, String path, BodyPublisher body, String... headers) {
        var request = HttpRequest.newBuilder(URI.create(address + path)).method(method, body);
        if (key != null) {
            request.header("Authorization", "Bearer " + key);
        }
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        try {
            HttpResponse<String> response = http.send(request.build(), HttpResponse.BodyHandlers.ofString(UTF_8));
            return new Answer(response.statusCode(), response.body(), response);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Uploads a file for a batch. */
    public Answer upload(String content) {
        return form(
                "/v1/files", part("purpose", null, "batch"), part("file", "requests.jsonl", content.getBytes(UTF_8)));
    }

    public static String part(String field, String fileName, String content) {
        return part(field, fileName, content.getBytes(UTF_8));
    }

    /** A part of a form, with a character for each byte. */
    public static String part(String field, String fileName, byte[] content) {
        return "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"" + field + "\""
                + (fileName == null ? "" : "; filename=\"" + fileName + "\"\r\nContent-Type: application/octet-stream")
                + "\r\n\r\n" + new String(content, ISO_8859_1) + "\r\n";
    }

    /** Sends a form. */
    public Answer form(String path, String... parts) {
        return send(
                "POST",
                path,
                BodyPublishers.ofByteArray((String.join("", parts) + "--" + BOUNDARY + "--\r\n").getBytes(ISO_8859_1)),
                "Content-Type",
                "multipart/form-data; boundary=" + BOUNDARY);
    }

    /** Lines of a batch's file, each with a prompt. */
    public static String lines(int count) {
        return IntStream.range(0, count).mapToObj(ServerClient::line).collect(Collectors.joining());
    }

    public static String line(int number) {
        return "{\"custom_id\":\"item-%d\",\"method\":\"POST\",\"url\":\"/v1/responses\",\"body\":{\"model\":\"gpt-5-mini\",\"input\":\"Question %d\"}}\n"
                .formatted(number, number);
    }

    /** Makes a batch of these lines. */
    public String batch(String lines) {
        return batch(lines, "{}");
    }

    public String batch(String lines, String metadata) {
        String file = upload(lines).at("/id");
        Answer batch = create(file, metadata);
        if (batch.status() != 200) {
            throw new AssertionError(batch.body());
        }
        return batch.at("/id");
    }

    public Answer create(String file, String metadata) {
        return post(
                "/v1/batches",
                "{\"input_file_id\":\"%s\",\"endpoint\":\"/v1/responses\",\"completion_window\":\"24h\",\"metadata\":%s}"
                        .formatted(file, metadata));
    }

    /** The batch at its end. */
    public Answer ended(String batch) {
        return await().atMost(PATIENCE)
                .pollInterval(Duration.ofMillis(50))
                .until(() -> get("/v1/batches/" + batch), answer -> FINAL.contains(answer.at("/status")));
    }

    /** A body of bytes. */
    public byte[] bytes(String path) {
        try {
            return http.send(
                            HttpRequest.newBuilder(URI.create(address + path)).build(),
                            HttpResponse.BodyHandlers.ofByteArray())
                    .body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The lines of a file of results. */
    public List<JsonNode> results(String file) {
        List<JsonNode> lines = new ArrayList<>();
        get("/v1/files/" + file + "/content").body().lines().forEach(line -> {
            try {
                lines.add(JSON.readTree(line));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        return lines;
    }
}

package io.github.genaistreams.serve.batch;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.serve.batch.Stored.DeletedOutput;
import io.github.genaistreams.serve.batch.Stored.Outcome;
import io.github.genaistreams.serve.batch.Stored.StoredBatch;
import io.github.genaistreams.serve.batch.Stored.StoredFile;
import io.github.genaistreams.serve.http.ApiException;
import io.github.genaistreams.serve.http.Caller;
import io.github.genaistreams.serve.http.HttpReply;
import io.github.genaistreams.serve.http.Multipart;
import io.github.genaistreams.serve.http.Request;
import io.github.genaistreams.serve.http.Router;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * {@code /v1/files}: input files of batches, and the files of their results.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/files">Files</a>
 */
final class FilesApi {

    private static final String PURPOSE = "batch";
    private static final String OUTPUT_PURPOSE = "batch_output";
    private static final int MAX_LISTED = 10_000;

    /** The file topic keeps its chunks for the same time. */
    private static final Duration KEPT = Duration.ofDays(30);

    private static final long MIN_KEPT_SECONDS = 3_600;

    private final ObjectTable table;
    private final FileContent content;
    private final BatchClient client;
    private final Duration resultsKept;
    private final Ids ids;
    private final Clock clock;

    /** A file as callers see it. */
    private record Shown(
            String id, String owner, long createdAt, long expiresAt, String filename, String purpose, long bytes) {

        ObjectNode json() {
            return JsonNodeFactory.instance
                    .objectNode()
                    .put("id", id)
                    .put("object", "file")
                    .put("bytes", bytes)
                    .put("created_at", createdAt)
                    .put("expires_at", expiresAt)
                    .put("filename", filename)
                    .put("purpose", purpose)
                    .put("status", "processed")
                    .putNull("status_details");
        }
    }

    /** @param resultsKept how long the result topic keeps results */
    FilesApi(ObjectTable table, FileContent content, BatchClient client, Duration resultsKept, Ids ids, Clock clock) {
        this.table = table;
        this.content = content;
        this.client = client;
        this.resultsKept = resultsKept;
        this.ids = ids;
        this.clock = clock;
    }

    void addTo(Router router) {
        router.upload("/v1/files", this::create)
                .on("GET", "/v1/files", this::list)
                .on(
                        "GET",
                        "/v1/files/{id}",
                        request -> HttpReply.json(file(request).json()))
                .on("DELETE", "/v1/files/{id}", this::delete)
                .on("GET", "/v1/files/{id}/content", this::content);
    }

    private HttpReply create(Request request) throws IOException {
        request.caller().requireWrite();
        Multipart form = request.multipart();
        String id = ids.create("file-", clock.millis());
        FileContent.Place place = null;
        String filename = "";
        for (Optional<Multipart.Part> part = form.next(); part.isPresent(); part = form.next()) {
            if (!part.get().field().equals("file")) {
                throw ApiException.invalid(
                        null, "unknown_parameter", "The file must be in the field `file` of the form.");
            }
            if (place != null) {
                throw ApiException.invalid("file", "invalid_value", "Upload only one `file` per request.");
            }
            filename = part.get().fileName();
            place = content.write(id, part.get().content());
        }
        if (place == null && form.field("file").isPresent()) {
            // The client sends the file without a file name.
            place = content.write(
                    id, new ByteArrayInputStream(form.field("file").get().getBytes(UTF_8)));
        }
        if (place == null) {
            throw ApiException.invalid("file", "missing_required_parameter", "Missing required parameter: 'file'.");
        }
        String purpose = form.field("purpose")
                .orElseThrow(() -> ApiException.invalid(
                        "purpose", "missing_required_parameter", "Missing required parameter: 'purpose'."));
        if (!PURPOSE.equals(purpose)) {
            throw ApiException.invalid(
                    "purpose",
                    "invalid_value",
                    "`purpose` must be `batch`; this server does not support files for other purposes.");
        }
        long now = clock.instant().getEpochSecond();
        StoredFile file = place.file(
                id,
                request.caller().name(),
                now,
                now + kept(form),
                filename.isEmpty() ? id + ".jsonl" : filename,
                purpose);
        table.put(file);
        return HttpReply.json(shown(file).json());
    }

    private static long kept(Multipart form) {
        Optional<String> seconds = form.field("expires_after[seconds]");
        if (seconds.isEmpty()) {
            return KEPT.toSeconds();
        }
        if (!form.field("expires_after[anchor]").orElse("").equals("created_at")) {
            throw ApiException.invalid(
                    "expires_after.anchor", "invalid_value", "`expires_after[anchor]` must be created_at.");
        }
        if (!seconds.get().matches("\\d{1,9}")
                || Long.parseLong(seconds.get()) < MIN_KEPT_SECONDS
                || Long.parseLong(seconds.get()) > KEPT.toSeconds()) {
            throw ApiException.invalid(
                    "expires_after.seconds",
                    "invalid_value",
                    "`expires_after[seconds]` must be from " + MIN_KEPT_SECONDS + " to " + KEPT.toSeconds() + ".");
        }
        return Long.parseLong(seconds.get());
    }

    private HttpReply list(Request request) {
        Optional<String> purpose = request.query("purpose");
        Stream<Shown> uploaded = table.all(StoredFile.class).map(FilesApi::shown);
        Stream<Shown> results = table.all(StoredBatch.class)
                .flatMap(batch -> Stream.of(false, true).flatMap(isErrors -> result(batch, isErrors).stream()));
        List<Shown> files = Stream.concat(uploaded, results)
                .filter(file -> sees(request.caller(), file)
                        && purpose.map(file.purpose()::equals).orElse(true))
                .toList();
        return HttpReply.json(
                Pages.of(request, MAX_LISTED, MAX_LISTED, files, Shown::createdAt, Shown::id, Shown::json));
    }

    private boolean sees(Caller caller, Shown file) {
        return caller.sees(Optional.of(file.owner()))
                && file.expiresAt() > clock.instant().getEpochSecond();
    }

    private Shown file(Request request) {
        String id = request.path("id");
        return find(id).filter(file -> sees(request.caller(), file))
                .orElseThrow(() -> ApiException.notFound("File", id));
    }

    private Optional<Shown> find(String id) {
        return Output.of(id)
                .map(output -> table.find(output.batchId(), StoredBatch.class)
                        .flatMap(batch -> result(batch, output.isErrors())))
                .orElseGet(() -> table.find(id, StoredFile.class).map(FilesApi::shown));
    }

    private static Shown shown(StoredFile file) {
        return new Shown(
                file.id(),
                file.owner(),
                file.createdAt(),
                file.expiresAt(),
                file.filename(),
                file.purpose(),
                file.bytes());
    }

    /** A file of a batch's results, if the batch has one. */
    Optional<String> resultId(StoredBatch batch, boolean isErrors) {
        return result(batch, isErrors).map(Shown::id);
    }

    private Optional<Shown> result(StoredBatch batch, boolean isErrors) {
        Outcome outcome = batch.outcome();
        if (outcome == null || (isErrors ? outcome.failed() : outcome.succeeded()) == 0) {
            return Optional.empty();
        }
        String id = new Output(batch.id(), isErrors).fileId();
        if (table.find(id, DeletedOutput.class).isPresent()) {
            return Optional.empty();
        }
        long createdAt = batch.times().finalizingAt() == null
                ? batch.createdAt()
                : batch.times().finalizingAt();
        return Optional.of(new Shown(
                id,
                batch.owner(),
                createdAt,
                // The first result may be as old as the batch.
                batch.createdAt() + resultsKept.toSeconds(),
                batch.id() + (isErrors ? "_error.jsonl" : "_output.jsonl"),
                OUTPUT_PURPOSE,
                isErrors ? outcome.errorBytes() : outcome.outputBytes()));
    }

    private HttpReply delete(Request request) {
        request.caller().requireWrite();
        Shown file = file(request);
        if (Output.of(file.id()).isPresent()) {
            table.put(new DeletedOutput(file.id(), file.owner(), clock.instant().getEpochSecond()));
        } else {
            table.remove(file.id());
        }
        return HttpReply.json(JsonNodeFactory.instance
                .objectNode()
                .put("id", file.id())
                .put("object", "file")
                .put("deleted", true));
    }

    private HttpReply content(Request request) {
        Shown file = file(request);
        Map<String, String> headers = Map.of(
                "Content-Disposition",
                "attachment; filename=\"" + file.filename().replaceAll("[^A-Za-z0-9._-]", "_") + "\"");
        Optional<Output> output = Output.of(file.id());
        if (output.isEmpty()) {
            StoredFile stored =
                    table.find(file.id(), StoredFile.class).orElseThrow(() -> ApiException.notFound("File", file.id()));
            return new HttpReply.Streamed(
                    "application/octet-stream", headers, OptionalLong.of(stored.bytes()), false, out -> {
                        try (InputStream in = content.read(stored)) {
                            in.transferTo(out);
                        }
                    });
        }
        StoredBatch batch = table.find(output.get().batchId(), StoredBatch.class)
                .orElseThrow(() -> ApiException.notFound("File", file.id()));
        return new HttpReply.Streamed(
                "application/octet-stream",
                headers,
                OptionalLong.empty(),
                false,
                out -> BatchOutput.write(client, batch, output.get().isErrors(), out));
    }
}

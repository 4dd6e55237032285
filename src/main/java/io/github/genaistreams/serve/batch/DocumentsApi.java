package io.github.genaistreams.serve.batch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.check.DocumentCheck;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.input.DocumentSource;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.serve.batch.Stored.BatchPhase;
import io.github.genaistreams.serve.batch.Stored.Order;
import io.github.genaistreams.serve.batch.Stored.StoredBatch;
import io.github.genaistreams.serve.batch.Stored.StoredFile;
import io.github.genaistreams.serve.http.ApiException;
import io.github.genaistreams.serve.http.Caller;
import io.github.genaistreams.serve.http.HttpReply;
import io.github.genaistreams.serve.http.Multipart;
import io.github.genaistreams.serve.http.Request;
import io.github.genaistreams.serve.http.Router;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.wire.Decoded;
import io.github.genaistreams.wire.RequestDecoder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** {@code /v1/documents}: a batch of files for the document API. OpenAI's API has no such endpoint. */
final class DocumentsApi {

    static final String PATH = "/v1/documents";

    private static final Duration KEPT = Duration.ofDays(30);

    /** Fields of the form that are parameters for all documents. Other parameters are in the field `options`. */
    private static final List<String> PARAMETERS = List.of("output_format", "mode", "page_range");

    /** Fields of a document's request that a caller must not set. */
    private static final Set<String> OURS = Set.of(
            "batch_id",
            "index",
            "batch_size",
            "document",
            "document_ref",
            "file_url",
            "checkpoint_id",
            "file_name",
            "credential",
            "priority",
            "webhook_url");

    private final ObjectTable table;
    private final FileContent content;
    private final DocumentStore store;
    private final BatchClient client;
    private final BatchesApi batches;
    private final BatchJson json;
    private final Budgets budgets;
    private final long maxBytes;
    private final Ids ids;
    private final Clock clock;
    private final RequestDecoder<DocumentRequest> decoder = RequestDecoder.documents();

    /** @param maxBytes maximum size of a document */
    DocumentsApi(
            ObjectTable table,
            FileContent content,
            DocumentStore store,
            BatchClient client,
            BatchesApi batches,
            BatchJson json,
            Budgets budgets,
            long maxBytes,
            Ids ids,
            Clock clock) {
        this.table = table;
        this.content = content;
        this.store = store;
        this.client = client;
        this.batches = batches;
        this.json = json;
        this.budgets = budgets;
        this.maxBytes = maxBytes;
        this.ids = ids;
        this.clock = clock;
    }

    void addTo(Router router) {
        router.upload(PATH, this::create)
                .on("GET", PATH + "/{id}", request -> HttpReply.json(json.of(batch(request))))
                .on("POST", PATH + "/{id}/cancel", request -> {
                    batch(request);
                    return batches.cancel(request);
                })
                .on("GET", PATH + "/{id}/results", this::results);
    }

    private HttpReply create(Request request) throws IOException {
        Caller caller = request.caller();
        caller.requireWrite();
        budgets.requireLeft(caller);
        Path directory = Files.createTempDirectory("genai-serve-");
        try {
            Path requests = directory.resolve("requests");
            Map<String, DocumentRequest> stored = new LinkedHashMap<>();
            Multipart form = request.multipart();
            for (Optional<Multipart.Part> part = form.next(); part.isPresent(); part = form.next()) {
                DocumentRequest document = store(part.get(), directory.resolve("document"));
                if (stored.putIfAbsent(document.fileName(), document) != null) {
                    throw ApiException.invalid(
                            "file",
                            "duplicate_file_name",
                            "Two files have the name " + document.fileName() + ". Give each file a different name.");
                }
            }
            if (stored.isEmpty()) {
                throw ApiException.invalid(
                        "file", "missing_required_parameter", "The form has no files. Send each document as a file.");
            }
            ObjectNode common = common(form);
            try (var lines = new java.io.BufferedOutputStream(Files.newOutputStream(requests))) {
                for (DocumentRequest document : stored.values()) {
                    lines.write(DocumentInput.line(checked(common, document, caller, form)));
                }
            }
            return HttpReply.json(json.of(keep(caller, form, requests, stored.size())));
        } finally {
            for (String name : List.of("requests", "document")) {
                Files.deleteIfExists(directory.resolve(name));
            }
            Files.delete(directory);
        }
    }

    private DocumentRequest store(Multipart.Part part, Path file) throws IOException {
        try (var out = Files.newOutputStream(file)) {
            long copied = 0;
            byte[] buffer = new byte[64 << 10];
            InputStream content = part.content();
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                copied += read;
                if (copied > maxBytes) {
                    throw ApiException.refused(
                            413,
                            "file_too_large",
                            "A file is larger than %,d bytes, the limit of this server (serve.file.max.bytes)."
                                    .formatted(maxBytes));
                }
                out.write(buffer, 0, read);
            }
        }
        if (part.fileName().isBlank()) {
            throw ApiException.invalid(
                    "file",
                    "invalid_value",
                    "A file has no name. The name is needed because it shows the type of the file.");
        }
        if (Files.size(file) == 0) {
            throw ApiException.invalid("file", "empty_file", "The file " + part.fileName() + " is empty.");
        }
        return DocumentSource.of(file).request(DocumentRequest.builder().buildUnchecked(), store, 0).toBuilder()
                .fileName(part.fileName())
                .buildUnchecked();
    }

    /** The parameters of all documents. */
    private static ObjectNode common(Multipart form) {
        ObjectNode common = JsonNodeFactory.instance.objectNode();
        form.field("options").ifPresent(options -> {
            try {
                if (!(ObjectTable.MAPPER.readTree(options) instanceof ObjectNode given)) {
                    throw ApiException.invalid("options", "invalid_type", "`options` must be a JSON object.");
                }
                common.setAll(given);
            } catch (JsonProcessingException e) {
                throw ApiException.invalid("options", "invalid_type", "`options` must be a JSON object.");
            }
        });
        common.fieldNames().forEachRemaining(name -> {
            if (OURS.contains(name)) {
                throw ApiException.invalid(
                        "options." + name, "unknown_parameter", "`" + name + "` cannot be set in `options`.");
            }
        });
        PARAMETERS.forEach(name -> form.field(name).ifPresent(value -> common.put(name, value)));
        return common;
    }

    private DocumentRequest checked(ObjectNode common, DocumentRequest document, Caller caller, Multipart form) {
        ObjectNode fields = common.deepCopy()
                .put("batch_id", "upload")
                .put("index", 0)
                .put("document_ref", document.documentRef())
                .put("file_name", document.fileName());
        caller.credential().ifPresent(alias -> fields.put("credential", alias));
        Integer priority = BatchFields.priority(form.field(BatchFields.PRIORITY).orElse(null));
        if (priority != null) {
            fields.put("priority", priority);
        }
        Decoded<DocumentRequest> decoded =
                decoder.decode(fields.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        if (decoded instanceof Decoded.Valid<DocumentRequest> valid) {
            DocumentRequest checked = valid.request().toBuilder()
                    .expectedPages(document.expectedPages())
                    .buildUnchecked();
            DocumentCheck.firstProblem(checked).ifPresent(problem -> {
                throw invalid(problem.param(), problem.message());
            });
            return checked;
        }
        throw invalid(
                null,
                decoded instanceof Decoded.Invalid<DocumentRequest> invalid
                        ? invalid.error().message()
                        : ((Decoded.Unreadable<DocumentRequest>) decoded).reason());
    }

    /** @param field the field of a document's request; null if the problem is not in a single field */
    private static ApiException invalid(@Nullable String field, String message) {
        boolean isOfForm = field == null || PARAMETERS.contains(field);
        return ApiException.invalid(isOfForm ? field : "options." + field, "invalid_value", message);
    }

    private StoredBatch keep(Caller caller, Multipart form, Path requests, int total) throws IOException {
        long now = clock.instant().getEpochSecond();
        String fileId = ids.create("file-", clock.millis());
        FileContent.Place place;
        try (InputStream in = Files.newInputStream(requests)) {
            place = content.write(fileId, in);
        }
        StoredFile file =
                place.file(fileId, caller.name(), now, now + KEPT.toSeconds(), "documents.jsonl", "documents");
        table.put(file);
        var maxCost = BatchFields.maxCost(form.field(BatchFields.MAX_COST).orElse(null));
        var order = new Order(
                file,
                PATH,
                batches.maxWindow().toHours() + "h",
                Map.of(),
                caller.credential().orElse(null),
                null,
                maxCost,
                caller.budgetPerDayUsd().orElse(null));
        var batch = StoredBatch.of(
                        ids.create(Ids.BATCH, clock.millis()),
                        caller.name(),
                        now,
                        now + batches.maxWindow().toSeconds(),
                        order)
                .withTotal(total)
                .in(BatchPhase.IN_PROGRESS, now);
        if (maxCost != null) {
            client.control(BatchControl.of(batch.id()).withBudget(maxCost, null));
        }
        table.put(batch);
        return batch;
    }

    private StoredBatch batch(Request request) {
        StoredBatch batch = batches.batch(request);
        if (!batch.order().isOfDocuments()) {
            throw ApiException.notFound("Document batch", batch.id());
        }
        return batch;
    }

    private HttpReply results(Request request) {
        StoredBatch batch = batch(request);
        if (!batch.phase().isFinal()) {
            throw ApiException.refused(
                    409,
                    "batch_not_finished",
                    "The batch is not complete yet. Wait until its status is final: GET " + PATH + "/" + batch.id());
        }
        String format = request.query("format").orElse("zip");
        return switch (format) {
            case "zip" ->
                streamed("application/zip", batch.id() + ".zip", out -> DocumentOutput.zip(client, batch, out));
            case "jsonl" ->
                streamed("application/jsonl", batch.id() + ".jsonl", out -> DocumentOutput.lines(client, batch, out));
            default -> throw ApiException.invalid("format", "invalid_value", "`format` must be zip or jsonl.");
        };
    }

    private HttpReply streamed(String type, String name, HttpReply.BodyWriter body) {
        return new HttpReply.Streamed(
                type,
                Map.of("Content-Disposition", "attachment; filename=\"" + name + "\""),
                OptionalLong.empty(),
                false,
                body);
    }
}

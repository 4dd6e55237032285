package io.github.genaistreams.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.bucket4j.TimeMeter;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * The Datalab contract: {@code POST /api/v1/marker}, {@code /convert}, {@code /extract} and so on take a document, {@code GET} of what
 * they answer tells how far it is. An upload goes to disk, is read there once its time is over, and is deleted then.
 *
 * <p>A document takes the drawn latency and {@value #MILLIS_PER_PAGE} ms per page. Form fields that begin with {@code sandbox_}
 * are for tests: {@code sandbox_fault} names a {@link Fault}, {@code sandbox_result_bytes} the size of the result,
 * {@code sandbox_result_url=true} leaves it at a URL.
 */
final class DocumentsEndpoint {

    static final String PREFIX = "/api/v1/";

    private static final List<String> KINDS =
            List.of("marker", "convert", "extract", "segment", "ocr", "track-changes");
    private static final int MILLIS_PER_PAGE = 2;
    private static final String UNREADABLE = "There was an error parsing the body";
    private static final String PAGE_LIMIT = "Page rate limit exceeded: you have too many pages in flight";

    private final Vertx vertx;
    private final StatsCounter stats;
    private final Supplier<SandboxSettings> settings;
    private final Path directory;
    private final AtomicLong ids = new AtomicLong();
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicInteger pagesInFlight = new AtomicInteger();
    private MinuteLimits perMinute;
    private int rpm = -1;
    private final Map<String, Job> jobs = new ConcurrentHashMap<>();

    /** @param result what it comes to, decided when it was submitted */
    private record Job(CallId call, StatsCounter.Item item, ObjectNode result, long doneAt, boolean atUrl) {}

    DocumentsEndpoint(Vertx vertx, StatsCounter stats, Supplier<SandboxSettings> settings, Path directory) {
        this.vertx = vertx;
        this.stats = stats;
        this.settings = settings;
        this.directory = directory;
    }

    /** @param path after {@link #PREFIX} */
    void handle(HttpServerRequest request, String path, String requestId) {
        String[] parts = path.split("/", -1);
        boolean isSubmission = parts.length == 1
                && KINDS.contains(parts[0])
                && request.method().name().equals("POST");
        var exchange = new SandboxExchange(vertx, stats, request, requestId, isSubmission);
        guarded(exchange, () -> {
            if (!hasKey(request)) {
                refuse(exchange, 401, "Invalid API key");
            } else if (isSubmission) {
                upload(exchange, parts[0]);
            } else if (path.equals("user_health")) {
                exchange.sendJson(JsonNodeFactory.instance.objectNode().put("status", "ok"));
            } else if (parts.length == 2 && (KINDS.contains(parts[0]) || parts[0].equals("results"))) {
                poll(exchange, parts[0], parts[1]);
            } else {
                refuse(exchange, 404, "Not Found");
            }
        });
    }

    private static void guarded(SandboxExchange exchange, Runnable handler) {
        exchange.guarded(handler, bug -> refuse(exchange, 500, bug));
    }

    private boolean hasKey(HttpServerRequest request) {
        String key = request.getHeader("X-API-Key");
        return request.path().startsWith(PREFIX + "results/")
                || key != null
                        && !key.isBlank()
                        && settings.get()
                                .requiredKey()
                                .filter(k -> !k.reveal().equals(key))
                                .isEmpty();
    }

    private static void refuse(SandboxExchange exchange, int status, String detail) {
        exchange.send(
                status,
                "application/json",
                SandboxExchange.bytes(JsonNodeFactory.instance.objectNode().put("detail", detail)));
    }

    // ---- submission

    private void upload(SandboxExchange exchange, String kind) {
        HttpServerRequest request = exchange.request();
        Path file = directory.resolve(ids.incrementAndGet() + ".upload");
        try {
            request.setExpectMultipart(true);
        } catch (RuntimeException noForm) {
            // Something else, or one that does not say where its parts end.
            refuse(exchange, 400, UNREADABLE);
            return;
        }
        List<Future<?>> written = new ArrayList<>();
        request.uploadHandler(upload -> written.add(upload.streamToFileSystem(file.toString())));
        Promise<Void> whole = Promise.promise();
        request.endHandler(end -> whole.tryComplete());
        request.exceptionHandler(whole::tryFail);
        whole.future()
                .compose(end -> Future.all(new ArrayList<>(written)))
                .onComplete(done -> guarded(exchange, () -> {
                    if (done.succeeded()) {
                        submitted(exchange, kind, fields(request.formAttributes()), written.isEmpty() ? null : file);
                    } else {
                        delete(file);
                        boolean isTheirs = whole.future().failed();
                        refuse(exchange, isTheirs ? 400 : 500, isTheirs ? UNREADABLE : "The file cannot be kept");
                    }
                }));
    }

    private static Map<String, String> fields(MultiMap form) {
        Map<String, String> fields = new LinkedHashMap<>();
        form.forEach(fields::put);
        return fields;
    }

    private void submitted(SandboxExchange exchange, String kind, Map<String, String> fields, Path file) {
        CallId named = CallId.parse(exchange.request().getHeader(CallId.HEADER))
                .orElseGet(() -> new CallId(CallId.UNKNOWN, ids.intValue(), 1));
        var item = stats.item(named.batch(), named.index());
        stats.arrived(item);
        Optional<Fault> fault = Optional.ofNullable(fields.get("sandbox_fault"))
                .flatMap(Fault::named)
                .or(() -> settings.get().faultFor(named.batch(), named.index(), named.attempt()))
                .filter(Fault::concernsDocuments);
        fault.ifPresent(stats::met);
        fault.ifPresent(exchange::meets);
        if (fault.isPresent() && isRefusal(exchange, fault.get())) {
            delete(file);
            return;
        }
        if (isLimited(exchange) || isTooLarge(exchange, file)) {
            delete(file);
            return;
        }
        Optional<ObjectNode> wrong = wrong(kind, fields, file);
        if (wrong.isPresent()) {
            delete(file);
            exchange.send(422, "application/json", SandboxExchange.bytes(wrong.get()));
            return;
        }
        vertx.<ObjectNode>executeBlocking(() -> converted(kind, fields, file), false)
                .onComplete(done -> guarded(exchange, () -> {
                    delete(file);
                    if (done.failed()) {
                        refuse(exchange, 400, String.valueOf(done.cause().getMessage()));
                    } else {
                        accept(exchange, kind, named, item, fields, fault, done.result());
                    }
                }));
    }

    /** Answers that come in place of taking the document on. */
    private boolean isRefusal(SandboxExchange exchange, Fault fault) {
        switch (fault) {
            case RATE_LIMIT -> {
                settings.get().retryAfter().ifPresent(wait -> exchange.header("Retry-After", "" + wait.toSeconds()));
                refuse(exchange, 429, "You can make 200 requests every 60 seconds");
            }
            case QUOTA -> refuse(exchange, 403, "Your credit balance is used up");
            case SERVER_ERROR -> refuse(exchange, 500, "Internal Server Error");
            case OVERLOADED -> refuse(exchange, 529, "overloaded_error");
            case BAD_GATEWAY ->
                exchange.send(502, "text/html", "<html><h1>502 Bad Gateway</h1></html>".getBytes(UTF_8));
            default -> {
                return false;
            }
        }
        return true;
    }

    private boolean isLimited(SandboxExchange exchange) {
        int atOnce = settings.get().documents().atOnce();
        String refusal = null;
        if (inFlight.get() >= atOnce) {
            refusal = "You can have %d concurrent requests".formatted(atOnce);
        } else if (perMinute().take(0).isPresent()) {
            refusal = "You can make %d requests every 60 seconds".formatted(rpm);
        }
        if (refusal != null) {
            stats.limited();
            refuse(exchange, 429, refusal);
        }
        return refusal != null;
    }

    /** As the settings are now; full again when they were changed. */
    private synchronized MinuteLimits perMinute() {
        if (rpm != settings.get().rpm()) {
            rpm = settings.get().rpm();
            perMinute = new MinuteLimits(rpm, 0, TimeMeter.SYSTEM_NANOTIME);
        }
        return perMinute;
    }

    private boolean isTooLarge(SandboxExchange exchange, Path file) {
        try {
            boolean isTooLarge = file != null
                    && Files.size(file) > settings.get().documents().maxBytes();
            if (isTooLarge) {
                refuse(exchange, 413, "File too large");
            }
            return isTooLarge;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<ObjectNode> wrong(String kind, Map<String, String> fields, Path file) {
        long sources =
                List.of(file != null, fields.containsKey("file_url"), fields.containsKey("checkpoint_id")).stream()
                        .filter(given -> given)
                        .count();
        if (sources != 1) {
            return Optional.of(wrong("file", "Exactly one of file and file_url is required"));
        }
        if (fields.containsKey("sandbox_fault")
                && Fault.named(fields.get("sandbox_fault")).isEmpty()) {
            return Optional.of(wrong("sandbox_fault", "The sandbox knows no such fault"));
        }
        if (kind.equals("extract") && !fields.containsKey("page_schema") && !fields.containsKey("schema_id")) {
            return Optional.of(wrong("page_schema", "Field required"));
        }
        if (kind.equals("convert") && fields.containsKey("page_schema")) {
            return Optional.of(wrong("page_schema", "Use /extract for a schema"));
        }
        if (kind.equals("segment") && !fields.containsKey("segmentation_schema")) {
            return Optional.of(wrong("segmentation_schema", "Field required"));
        }
        if (kind.equals("ocr") && file == null) {
            return Optional.of(wrong("file", "Field required"));
        }
        for (String format : fields.getOrDefault("output_format", "markdown").split(",")) {
            if (kind.equals("track-changes") && format.strip().equals("json")) {
                return Optional.of(wrong("output_format", "Input should be markdown, html or chunks"));
            }
            if (!List.of("json", "html", "markdown", "chunks").contains(format.strip())) {
                return Optional.of(wrong("output_format", "Input should be markdown, html, json or chunks"));
            }
        }
        if (fields.containsKey("page_schema")) {
            try {
                if (!SandboxExchange.JSON
                        .readTree(fields.get("page_schema"))
                        .path("properties")
                        .isObject()) {
                    return Optional.of(wrong("page_schema", "The schema must have properties"));
                }
            } catch (IOException e) {
                return Optional.of(wrong("page_schema", "The schema must be JSON"));
            }
        }
        return Optional.empty();
    }

    private static ObjectNode wrong(String field, String message) {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ObjectNode error =
                body.putArray("detail").addObject().put("type", "value_error").put("msg", message);
        error.putArray("loc").add("body").add(field);
        return body;
    }

    /** The result, good or bad; fails only if it is no document at all. */
    private static ObjectNode converted(String kind, Map<String, String> fields, Path file)
            throws DocumentPages.UnsupportedException {
        if (file == null) {
            var page = List.of("Content of " + fields.getOrDefault("file_url", fields.get("checkpoint_id")));
            return DocumentResult.of(kind, new DocumentPages.Content(List.of(page), false), fields);
        }
        try {
            return DocumentResult.of(kind, DocumentPages.read(file), fields);
        } catch (IOException | RuntimeException e) {
            return failed(String.valueOf(e.getMessage()), "VALIDATION");
        }
    }

    private static ObjectNode failed(String error, String where) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("status", "complete")
                .put("success", false)
                .put("error", error)
                .put("error_in", where)
                .put("page_count", 0);
    }

    private void accept(
            SandboxExchange exchange,
            String kind,
            CallId call,
            StatsCounter.Item item,
            Map<String, String> fields,
            Optional<Fault> fault,
            ObjectNode converted) {
        int pages = converted.path("page_count").asInt();
        if (pagesInFlight.addAndGet(pages) > settings.get().documents().pagesInFlight()) {
            pagesInFlight.addAndGet(-pages);
            stats.limited();
            exchange.sendJson(
                    JsonNodeFactory.instance.objectNode().put("success", false).put("error", PAGE_LIMIT));
            return;
        }
        Fault met = fault.orElse(null);
        ObjectNode result = met == Fault.BACKGROUND_FAILED
                ? failed("Inference failed", "INFERENCE")
                : met == Fault.PAGE_LIMIT ? failed(PAGE_LIMIT, "OTHER") : converted;
        Duration latency = settings.get()
                .latencyFor(call.batch(), call.index(), call.attempt())
                .plusMillis((long) pages * MILLIS_PER_PAGE);
        inFlight.incrementAndGet();
        vertx.setTimer(Math.max(1, latency.toMillis()), over -> {
            inFlight.decrementAndGet();
            pagesInFlight.addAndGet(-pages);
        });
        String id = "%s-%d".formatted(kind, ids.incrementAndGet());
        boolean atUrl = "true".equals(fields.get("sandbox_result_url"));
        jobs.put(id, new Job(call, item, result, System.nanoTime() + latency.toNanos(), atUrl));
        Duration kept = latency.plus(settings.get().documents().kept());
        vertx.setTimer(kept.toMillis(), expired -> jobs.remove(id));
        stats.submitted(item);
        String checkUrl = address(exchange.request(), kind, id);
        Webhook.of(fields.get("webhook_url")).ifPresent(webhook -> tell(webhook, id, checkUrl, latency));
        ObjectNode reply = JsonNodeFactory.instance
                .objectNode()
                .put("success", true)
                .putNull("error")
                .put("request_id", id)
                .put("request_check_url", checkUrl);
        if (met == Fault.RESET) {
            // The document was taken on, and nobody is told.
            exchange.reset();
        } else if (met == Fault.TRUNCATED) {
            exchange.truncate(reply);
        } else if (met != Fault.HANG) {
            exchange.sendJson(reply);
        }
    }

    /** On the host that the client has named: the one at which it reaches this server. */
    private static String address(HttpServerRequest request, String kind, String id) {
        HostAndPort named = request.authority();
        return request.scheme() + "://" + (named == null ? request.localAddress() : named) + PREFIX + kind + "/" + id;
    }

    private void tell(Webhook webhook, String id, String checkUrl, Duration latency) {
        ObjectNode body =
                JsonNodeFactory.instance.objectNode().put("request_id", id).put("request_check_url", checkUrl);
        vertx.setTimer(Math.max(1, latency.toMillis()), done -> webhook.call(vertx, SandboxExchange.bytes(body)));
    }

    // ---- result

    private void poll(SandboxExchange exchange, String kind, String id) {
        Job job = jobs.get(id);
        if (job == null) {
            refuse(exchange, 404, "Request not found or expired");
            return;
        }
        if (kind.equals("results")) {
            exchange.sendJson(job.result());
            return;
        }
        int poll = stats.polled(job.item());
        Optional<Fault> fault =
                settings.get().pollFault(job.call().batch(), job.call().index(), poll);
        fault.ifPresent(stats::met);
        if (fault.isPresent()) {
            switch (fault.get()) {
                case POLL_ERROR -> refuse(exchange, 500, "Internal Server Error");
                case POLL_LIMIT -> refuse(exchange, 429, "You can make 200 requests every 60 seconds");
                default -> {
                    // The client's patience ends this exchange, or the sandbox's close.
                }
            }
        } else if (System.nanoTime() < job.doneAt()) {
            exchange.sendJson(JsonNodeFactory.instance.objectNode().put("status", "processing"));
        } else if (job.atUrl()) {
            exchange.sendJson(JsonNodeFactory.instance
                    .objectNode()
                    .put("status", "complete")
                    .put("success", true)
                    .put("result_url", address(exchange.request(), "results", id)));
        } else if (job.result().path("success").asBoolean()) {
            exchange.succeed(job.item(), job.result());
        } else {
            exchange.sendJson(job.result());
        }
    }

    private static void delete(Path file) {
        if (file != null) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}

package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.bucket4j.TimeMeter;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
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
import org.jspecify.annotations.Nullable;

/**
 * The Datalab contract: {@code POST /api/v1/marker}, {@code /convert} and {@code /extract} take a document, a {@code
 * GET} of the URL in their answer polls it. An upload goes to disk, is read there at once, and is then deleted.
 *
 * <p>A document takes the drawn latency and {@value #MILLIS_PER_PAGE} ms per page. Form fields that begin with
 * {@code sandbox_} are for tests: {@code sandbox_fault} names a {@link Fault}, {@code sandbox_result_bytes} the size of
 * the result, {@code sandbox_result_url=true} leaves it at a URL.
 */
final class DocumentsEndpoint {

    static final String PREFIX = "/api/v1/";

    private static final List<String> KINDS = List.of("marker", "convert", "extract");
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
    private MinuteLimits perMinute = new MinuteLimits(0, 0, TimeMeter.SYSTEM_NANOTIME);
    private int rpm;
    private final Map<String, Job> jobs = new ConcurrentHashMap<>();

    /** @param result the result, which is decided when the document is submitted */
    private record Job(CallId call, StatsCounter.ItemCounts item, ObjectNode result, long doneAt, boolean atUrl) {}

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
                FaultReplies.refuseDocument(exchange, 401, "Invalid API key");
            } else if (isSubmission) {
                upload(exchange, parts[0]);
            } else if (parts.length == 2 && (KINDS.contains(parts[0]) || parts[0].equals("results"))) {
                poll(exchange, parts[0], parts[1]);
            } else {
                FaultReplies.refuseDocument(exchange, 404, "Not Found");
            }
        });
    }

    private static void guarded(SandboxExchange exchange, Runnable handler) {
        exchange.guarded(handler, bug -> FaultReplies.refuseDocument(exchange, 500, bug));
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

    // ---- submission

    private void upload(SandboxExchange exchange, String kind) {
        HttpServerRequest request = exchange.request();
        Path file = directory.resolve(ids.incrementAndGet() + ".upload");
        try {
            request.setExpectMultipart(true);
        } catch (RuntimeException noForm) {
            // It is no form, or a form that does not say where its parts end.
            FaultReplies.refuseDocument(exchange, 400, UNREADABLE);
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
                        Optional<Path> kept = written.isEmpty() ? Optional.empty() : Optional.of(file);
                        submitted(exchange, new DocumentUpload(kind, fields(request.formAttributes()), kept));
                    } else {
                        new DocumentUpload(kind, Map.of(), Optional.of(file)).delete();
                        boolean isTheirs = whole.future().failed();
                        FaultReplies.refuseDocument(
                                exchange, isTheirs ? 400 : 500, isTheirs ? UNREADABLE : "The file cannot be kept");
                    }
                }));
    }

    private static Map<String, String> fields(MultiMap form) {
        Map<String, String> fields = new LinkedHashMap<>();
        form.forEach(fields::put);
        return fields;
    }

    private void submitted(SandboxExchange exchange, DocumentUpload upload) {
        CallId call = CallId.parse(exchange.request().getHeader(CallId.HEADER))
                .orElseGet(() -> new CallId(CallId.UNKNOWN, ids.intValue(), 1));
        var item = stats.item(call.batch(), call.index());
        stats.arrived(item);
        Optional<Fault> fault = upload.fault()
                .or(() -> settings.get().faultFor(call.batch(), call.index(), call.attempt()))
                .filter(Fault::concernsDocuments);
        fault.ifPresent(stats::met);
        fault.ifPresent(exchange::meets);
        if (isRefused(exchange, upload, fault)) {
            upload.delete();
            return;
        }
        vertx.executeBlocking(upload::convert, false)
                .onComplete(done -> guarded(exchange, () -> {
                    upload.delete();
                    if (done.failed()) {
                        FaultReplies.refuseDocument(
                                exchange, 400, String.valueOf(done.cause().getMessage()));
                    } else {
                        accept(exchange, upload, call, item, fault.orElse(null), done.result());
                    }
                }));
    }

    private boolean isRefused(SandboxExchange exchange, DocumentUpload upload, Optional<Fault> fault) {
        if (fault.isPresent() && FaultReplies.sendForDocument(exchange, fault.get(), settings.get())
                || isLimited(exchange)) {
            return true;
        }
        if (upload.isLargerThan(settings.get().documents().maxBytes())) {
            FaultReplies.refuseDocument(exchange, 413, "File too large");
            return true;
        }
        Optional<ObjectNode> mistake = upload.mistake();
        mistake.ifPresent(body -> exchange.send(422, "application/json", SandboxExchange.bytes(body)));
        return mistake.isPresent();
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
            FaultReplies.refuseDocument(exchange, 429, refusal);
        }
        return refusal != null;
    }

    /** The limits as they are set now. Full again when the setting has changed. */
    private synchronized MinuteLimits perMinute() {
        if (rpm != settings.get().rpm()) {
            rpm = settings.get().rpm();
            perMinute = new MinuteLimits(rpm, 0, TimeMeter.SYSTEM_NANOTIME);
        }
        return perMinute;
    }

    private void accept(
            SandboxExchange exchange,
            DocumentUpload upload,
            CallId call,
            StatsCounter.ItemCounts item,
            @Nullable Fault met,
            ObjectNode converted) {
        int pages = converted.path("page_count").asInt();
        if (pagesInFlight.addAndGet(pages) > settings.get().documents().pagesInFlight()) {
            pagesInFlight.addAndGet(-pages);
            stats.limited();
            exchange.sendJson(
                    JsonNodeFactory.instance.objectNode().put("success", false).put("error", PAGE_LIMIT));
            return;
        }
        ObjectNode result = met == Fault.BACKGROUND_FAILED
                ? DocumentUpload.failed("Inference failed", "INFERENCE")
                : met == Fault.PAGE_LIMIT ? DocumentUpload.failed(PAGE_LIMIT, "OTHER") : converted;
        Duration latency = settings.get()
                .latencyFor(call.batch(), call.index(), call.attempt())
                .plusMillis((long) pages * MILLIS_PER_PAGE);
        inFlight.incrementAndGet();
        vertx.setTimer(Math.max(1, latency.toMillis()), over -> {
            inFlight.decrementAndGet();
            pagesInFlight.addAndGet(-pages);
        });
        String id = "%s-%d".formatted(upload.kind(), ids.incrementAndGet());
        boolean atUrl = "true".equals(upload.fields().get("sandbox_result_url"));
        jobs.put(id, new Job(call, item, result, System.nanoTime() + latency.toNanos(), atUrl));
        Duration kept = latency.plus(settings.get().documents().kept());
        vertx.setTimer(kept.toMillis(), expired -> jobs.remove(id));
        stats.submitted(item);
        ObjectNode reply = JsonNodeFactory.instance
                .objectNode()
                .put("success", true)
                .putNull("error")
                .put("request_id", id)
                .put("request_check_url", address(exchange.request(), upload.kind(), id));
        if (met == Fault.RESET) {
            // The document was accepted, and nobody is told.
            exchange.reset();
        } else if (met == Fault.TRUNCATED) {
            exchange.truncate(reply);
        } else if (met != Fault.HANG) {
            exchange.sendJson(reply);
        }
    }

    /** A URL on the host that the client has named: there it reaches this server. */
    private static String address(HttpServerRequest request, String kind, String id) {
        HostAndPort named = request.authority();
        return request.scheme() + "://" + (named == null ? request.localAddress() : named) + PREFIX + kind + "/" + id;
    }

    // ---- result

    private void poll(SandboxExchange exchange, String kind, String id) {
        Job job = jobs.get(id);
        if (job == null) {
            FaultReplies.refuseDocument(exchange, 404, "Request not found or expired");
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
                case POLL_ERROR -> FaultReplies.refuseDocument(exchange, 500, "Internal Server Error");
                case POLL_LIMIT ->
                    FaultReplies.refuseDocument(exchange, 429, "You can make 200 requests every 60 seconds");
                default -> {
                    // The client gives up, or the sandbox closes.
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
}

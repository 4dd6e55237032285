package io.github.genaistreams.sandbox;

import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PfxOptions;
import io.vertx.core.net.SocketAddress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server, on 127.0.0.1 unless told otherwise, that answers like the OpenAI API and the Datalab API and costs nothing:
 * for demos, tests and benchmarks. It serves {@code POST /v1/responses} whole, as a stream or in the background, {@code
 * GET /v1/responses/ID}, {@code POST /v1/responses/ID/cancel}, and the documents of {@link DocumentsEndpoint}. It keeps
 * the {@value #MAX_RESPONSES} responses that were used last.
 *
 * <p>The seed, the item and the attempt decide a call's latency and fault, so a run can be repeated. A prompt that
 * contains {@code sandbox:NAME} meets that {@link Fault}. Calls are counted per item, which shows whether anything was
 * paid twice: {@link #stats()}, or {@code GET /sandbox/stats[?batch=ID]}.
 *
 * <p>A client names an item by the header {@code X-Client-Request-Id: <percent-encoded batch>/<index>/<attempt>/…}.
 *
 * <p>Thread-safe.
 */
public final class ApiSandbox implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(ApiSandbox.class);
    private static final String RESPONSES = "/v1/responses";
    private static final Set<String> WILDCARDS = Set.of("0.0.0.0", "::");
    private static final int MAX_EVENT_LOOPS = 4;
    private static final int MAX_RESPONSES = 10_000;
    private static final long MAX_BODY_BYTES = 64L * 1024 * 1024;

    /** Size of a form. A schema of pages may be long. Files are not kept in memory, and have a limit of their own. */
    private static final int MAX_FIELD_BYTES = 16 * 1024 * 1024;

    private final Vertx vertx;
    private final Optional<TestCertificate> certificate;
    private final StatsCounter stats = new StatsCounter();
    private final ResponseStore store = new ResponseStore(MAX_RESPONSES);
    private final AtomicLong requestIds = new AtomicLong();
    private final ResponsesEndpoint responses;
    private final StoredEndpoint stored;
    private final DocumentsEndpoint documents;
    private final Path uploads;
    private final AtomicBoolean closed = new AtomicBoolean();
    private final SandboxSettings startedWith;
    private final int port;

    private ApiSandbox(SandboxSettings settings) {
        requireOfThisMachine(settings.host());
        startedWith = settings;
        responses = new ResponsesEndpoint(stats, store, settings);
        stored = new StoredEndpoint(stats, store, responses::settings);
        certificate = settings.tls() ? Optional.of(TestCertificate.create()) : Optional.empty();
        int loops = Math.min(MAX_EVENT_LOOPS, Runtime.getRuntime().availableProcessors());
        vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(loops));
        uploads = temporaryDirectory();
        documents = new DocumentsEndpoint(vertx, stats, responses::settings, uploads);
        try {
            port = await(listen(settings.port(), loops));
        } catch (RuntimeException e) {
            close();
            throw e instanceof CompletionException && e.getCause() instanceof BindException
                    ? new IllegalStateException(
                            ("Port %d on %s is in use. Stop the program that listens there, or choose another port (0:"
                                            + " any free port).")
                                    .formatted(settings.port(), settings.host()),
                            e.getCause())
                    : e;
        }
        log.info("API sandbox on {}", baseUrl());
    }

    /**
     * Starts a sandbox and returns once it answers.
     *
     * @throws IllegalStateException if the port is in use, or the host is not this machine
     */
    public static ApiSandbox start(SandboxSettings settings) {
        return new ApiSandbox(settings);
    }

    /** The base URL for a client, {@code …/v1}. */
    public String baseUrl() {
        return origin() + "/v1";
    }

    /** Where documents are submitted, {@code …/api/v1/marker}; {@code convert} and {@code extract} are beside it. */
    public String datalabUrl() {
        return origin() + DocumentsEndpoint.PREFIX + "marker";
    }

    /** As a client on this machine reaches it. */
    private String origin() {
        String host = WILDCARDS.contains(startedWith.host()) ? "127.0.0.1" : startedWith.host();
        String scheme = startedWith.tls() ? "https" : "http";
        return "%s://%s:%d".formatted(scheme, host.contains(":") ? "[" + host + "]" : host, port);
    }

    private static void requireOfThisMachine(String host) {
        if (!isOfThisMachine(host)) {
            throw new IllegalStateException(
                    ("%s is not an address of this machine. Choose one of its own, 127.0.0.1, or 0.0.0.0 for all of"
                                    + " them.")
                            .formatted(host));
        }
    }

    private static boolean isOfThisMachine(String host) {
        try {
            InetAddress address = InetAddress.getByName(host);
            return address.isAnyLocalAddress()
                    || address.isLoopbackAddress()
                    || NetworkInterface.getByInetAddress(address) != null;
        } catch (IOException unknown) {
            return false;
        }
    }

    private static Path temporaryDirectory() {
        try {
            return Files.createTempDirectory("genai-sandbox-");
        } catch (IOException e) {
            throw new UncheckedIOException("No temporary directory for uploads", e);
        }
    }

    public int port() {
        return port;
    }

    /** The file (PEM) a client must trust to speak TLS with this sandbox; empty without TLS. */
    public Optional<Path> trustedCertificates() {
        return certificate.map(TestCertificate::trusted);
    }

    public SandboxSettings settings() {
        return responses.settings();
    }

    /**
     * Changes the behaviour of later calls. Calls that have arrived keep their latency and fault.
     *
     * @throws IllegalArgumentException if host, port or TLS differ from those at the start
     */
    public void apply(SandboxSettings settings) {
        if (settings.tls() != startedWith.tls()
                || !settings.host().equals(startedWith.host())
                || (settings.port() != startedWith.port() && settings.port() != port)) {
            throw new IllegalArgumentException("A running sandbox cannot change its host, port or TLS");
        }
        responses.apply(settings);
    }

    public SandboxStats stats() {
        return stats.snapshot(Optional.empty());
    }

    /** As {@link #stats()}, but lists the items of this batch only. */
    public SandboxStats stats(String batchId) {
        return stats.snapshot(Optional.of(batchId));
    }

    /** Stops at once. Calls in progress see their connection closed. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            await(vertx.close());
        } finally {
            TemporaryDirectory.delete(uploads);
            certificate.ifPresent(TestCertificate::close);
        }
    }

    /** A server per event loop, all on one port. */
    private Future<Integer> listen(int port, int loops) {
        var actualPort = new AtomicInteger();
        String host = startedWith.host();
        var address = port == 0 ? SocketAddress.sharedRandomPort(1, host) : SocketAddress.inetSocketAddress(port, host);
        var options = new HttpServerOptions().setMaxFormAttributeSize(MAX_FIELD_BYTES);
        certificate.ifPresent(files -> options.setSsl(true)
                .setUseAlpn(true)
                .setKeyCertOptions(
                        new PfxOptions().setPath(files.keyStore().toString()).setPassword(files.password())));
        return vertx.deployVerticle(
                        () -> new VerticleBase() {
                            @Override
                            public Future<?> start() {
                                return vertx.createHttpServer(options)
                                        .requestHandler(ApiSandbox.this::route)
                                        .listen(address)
                                        .onSuccess(server -> actualPort.set(server.actualPort()));
                            }
                        },
                        new DeploymentOptions().setInstances(loops))
                .map(deployed -> actualPort.get());
    }

    private void route(HttpServerRequest request) {
        String path = request.path();
        if (path.equals(RESPONSES)) {
            call(request);
        } else if (path.startsWith(RESPONSES + "/")) {
            var exchange = new SandboxExchange(vertx, stats, request, requestId(), false);
            guarded(exchange, () -> stored.handle(exchange, path.substring(RESPONSES.length() + 1)));
        } else if (path.startsWith(DocumentsEndpoint.PREFIX)) {
            documents.handle(request, path.substring(DocumentsEndpoint.PREFIX.length()), requestId());
        } else if (path.equals("/sandbox/stats")) {
            statistics(request);
        } else {
            notFound(request);
        }
    }

    private void call(HttpServerRequest request) {
        var exchange = new SandboxExchange(vertx, stats, request, requestId(), true);
        if (request.method() != HttpMethod.POST) {
            exchange.refuse(ErrorReply.notAllowed(request.method().name(), request.path()));
        } else if (length(request) > MAX_BODY_BYTES) {
            exchange.refuse(new ErrorReply(413, "invalid_request_error", null, null, "The request is too large."));
        } else {
            request.body().onSuccess(body -> guarded(exchange, () -> responses.handle(exchange, body)));
        }
    }

    private static void guarded(SandboxExchange exchange, Runnable handler) {
        exchange.guarded(
                handler, bug -> exchange.refuse(new ErrorReply(500, "server_error", "sandbox_error", null, bug)));
    }

    private static long length(HttpServerRequest request) {
        try {
            return Long.parseLong(request.getHeader("content-length"));
        } catch (NumberFormatException absent) {
            return 0;
        }
    }

    private void statistics(HttpServerRequest request) {
        var json =
                stats.snapshot(Optional.ofNullable(request.getParam("batch"))).toJson();
        request.response().putHeader("content-type", "application/json").end(json.toString());
    }

    private void notFound(HttpServerRequest request) {
        var exchange = new SandboxExchange(vertx, stats, request, requestId(), false);
        exchange.refuse(ErrorReply.notFound("Invalid URL (%s %s)".formatted(request.method(), request.path())));
    }

    private String requestId() {
        return "req_%032x".formatted(requestIds.incrementAndGet());
    }

    private static <T> T await(Future<T> future) {
        if (Context.isOnEventLoopThread()) {
            throw new IllegalStateException("A sandbox must not be started or closed on an event loop");
        }
        return future.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(30, TimeUnit.SECONDS)
                .join();
    }
}

package io.github.genaistreams.registry;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * Requests to a registry over HTTP, limited in time and in the size of the answer. Redirects are not followed, since
 * they would send the authorization elsewhere. Non-blocking. Thread-safe.
 */
final class RegistryHttp implements AutoCloseable {

    /** Maximum size of an answer. A schema is a few kilobytes. */
    static final int MAX_BYTES = 4 << 20;

    private static final int MAX_MESSAGE_LENGTH = 300;
    private static final String MEDIA_TYPE = "application/vnd.schemaregistry.v1+json";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final RegistrySettings settings;
    private final ExecutorService threads;
    private final HttpClient client;

    /** The registry's answer. */
    sealed interface RegistryAnswer {

        /** The requested content. */
        record Given(JsonNode body) implements RegistryAnswer {}

        /** The API itself says that it does not exist. This is no proxy's page, and no wrong path. */
        record Missing(int code) implements RegistryAnswer {}

        /** A final refusal. */
        record Refused(String reason) implements RegistryAnswer {}

        /** No usable answer. The request may be repeated later. */
        record Away(String reason) implements RegistryAnswer {}
    }

    /** @throws IllegalArgumentException if the certificates cannot be read */
    RegistryHttp(RegistrySettings settings) {
        this.settings = settings;
        this.threads = Executors.newFixedThreadPool(2, task -> {
            Thread thread = new Thread(task, "genai-schema-registry");
            thread.setDaemon(true);
            return thread;
        });
        HttpClient.Builder builder = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(settings.timeout())
                .executor(threads);
        if (settings.trustedCertificates() != null) {
            builder.sslContext(trusting(settings.trustedCertificates()));
        }
        this.client = builder.build();
    }

    private static SSLContext trusting(Path pem) {
        try (InputStream in = Files.newInputStream(pem)) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            int number = 0;
            for (Certificate certificate :
                    CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                trusted.setCertificateEntry("ca-" + number++, certificate);
            }
            TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            managers.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, managers.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("The certificates in " + pem + " cannot be used: " + e.getMessage(), e);
        }
    }

    /** @param path begins with a slash */
    CompletableFuture<RegistryAnswer> get(String path) {
        return send(path, null, 0);
    }

    CompletableFuture<RegistryAnswer> post(String path, JsonNode body) {
        return send(path, body, 0);
    }

    /** Sends the request to one address, and to the next one if that fails. */
    private CompletableFuture<RegistryAnswer> send(String path, @Nullable JsonNode body, int address) {
        URI base = settings.urls().get(address);
        return exchange(base, path, body).thenCompose(answer -> {
            boolean isLast = address + 1 == settings.urls().size();
            return answer instanceof RegistryAnswer.Away && !isLast
                    ? send(path, body, address + 1)
                    : CompletableFuture.completedFuture(answer);
        });
    }

    private CompletableFuture<RegistryAnswer> exchange(URI base, String path, @Nullable JsonNode body) {
        CompletableFuture<HttpResponse<byte @Nullable []>> exchange =
                client.sendAsync(request(base, path, body), response -> new Bounded());
        // The time-out is that of a copy. Then the exchange itself is cancelled, which closes its connection.
        return exchange.copy()
                .orTimeout(settings.timeout().toMillis(), TimeUnit.MILLISECONDS)
                .handle((response, failure) -> {
                    exchange.cancel(true);
                    return failure == null ? answer(base, response) : failed(base, failure);
                });
    }

    private HttpRequest request(URI base, String path, @Nullable JsonNode body) {
        String address = base.toString();
        while (address.endsWith("/")) {
            address = address.substring(0, address.length() - 1);
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + path))
                .timeout(settings.timeout())
                .header("Accept", MEDIA_TYPE + ", application/json");
        if (settings.authorization() != null) {
            request.header("Authorization", settings.authorization().get());
        }
        return body == null
                ? request.build()
                : request.header("Content-Type", MEDIA_TYPE)
                        .POST(BodyPublishers.ofString(body.toString()))
                        .build();
    }

    private static RegistryAnswer answer(URI base, HttpResponse<byte @Nullable []> response) {
        int status = response.statusCode();
        if (response.body() == null) {
            return new RegistryAnswer.Refused("the answer of " + base + " is larger than " + MAX_BYTES + " bytes");
        }
        JsonNode body = json(response.body());
        int code = body.path("error_code").asInt();
        if (status >= 200 && status < 300) {
            return body.isObject()
                    ? new RegistryAnswer.Given(body)
                    : new RegistryAnswer.Away(base + " gives an answer that is not a JSON object: check the address");
        }
        return switch (status) {
            // The API's own codes have five digits. The web server alone answers an unknown path with 404.
            case 404 ->
                code / 100 == 404
                        ? new RegistryAnswer.Missing(code)
                        : new RegistryAnswer.Away(base + " does not know the path (HTTP 404): check the address");
            case 409, 422 ->
                new RegistryAnswer.Refused(
                        "HTTP " + status + ": " + text(body.path("message").asText()));
            case 401, 403 ->
                new RegistryAnswer.Away(base + " refuses these credentials (HTTP " + status + "): see "
                        + RegistrySettings.USER + " or " + RegistrySettings.TOKEN_FILE);
            case 301, 302, 303, 307, 308 ->
                new RegistryAnswer.Away(base + " answers with a redirect (HTTP " + status
                        + "), which is not followed: set the address of its target");
            default -> new RegistryAnswer.Away(base + " answers with HTTP " + status);
        };
    }

    private static JsonNode json(byte[] body) {
        try {
            return JSON.readTree(body);
        } catch (IOException e) {
            return JSON.missingNode();
        }
    }

    private static RegistryAnswer failed(URI base, Throwable failure) {
        Throwable cause = failure;
        while (cause instanceof CompletionException && cause.getCause() != null) {
            cause = cause.getCause();
        }
        String message = cause.getMessage() == null ? "" : ": " + text(cause.getMessage());
        return new RegistryAnswer.Away(
                cause instanceof TimeoutException
                        ? base + " does not respond in time (" + RegistrySettings.TIMEOUT_MS + ")"
                        : base + " cannot be reached (" + cause.getClass().getSimpleName() + message + ")");
    }

    /** A text from outside, shortened and printable. */
    private static String text(String message) {
        String head = message.length() <= MAX_MESSAGE_LENGTH ? message : message.substring(0, MAX_MESSAGE_LENGTH) + "…";
        return head.replaceAll("\\p{Cntrl}+", " ").strip();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    /** Reads a body of up to {@link #MAX_BYTES}. The body is null if it is longer. */
    private static final class Bounded implements BodySubscriber<byte @Nullable []> {

        private final CompletableFuture<byte @Nullable []> body = new CompletableFuture<>();
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private Flow.Subscription subscription;

        @Override
        public CompletionStage<byte @Nullable []> getBody() {
            return body;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            this.subscription = subscription;
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            for (ByteBuffer buffer : buffers) {
                if (bytes.size() + buffer.remaining() > MAX_BYTES) {
                    subscription.cancel();
                    body.complete(null);
                    return;
                }
                byte[] part = new byte[buffer.remaining()];
                buffer.get(part);
                bytes.writeBytes(part);
            }
        }

        @Override
        public void onError(Throwable failure) {
            body.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            body.complete(bytes.toByteArray());
        }
    }
}

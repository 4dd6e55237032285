package io.github.genaistreams.provider.http;

import io.github.genaistreams.provider.http.HttpSettings.Route;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.ext.web.client.WebClientOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The settings as options of Vert.x, with a reason wherever its default is not used. */
final class HttpOptions {

    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;

    /** Shorter than the idle time-outs of servers and load balancers, which are 60 seconds and more. */
    private static final int IDLE_CONNECTION_SECONDS = 30;

    /** Proxies add cookies and policies. With Vert.x's default of 8 KiB, a paid answer would be lost. */
    static final int MAX_HEADER_BYTES = 64 * 1024;

    /** Maximum calls on one HTTP/2 connection. If the connection breaks, all of them fail. A server may set a lower limit. */
    private static final int STREAMS_PER_CONNECTION = 100;

    private static final int STREAM_WINDOW_BYTES = 1024 * 1024;
    private static final int CONNECTION_WINDOW_BYTES = 16 * 1024 * 1024;

    private final HttpSettings settings;
    private final @Nullable Buffer trusted;
    private final @Nullable PemKeyCertOptions certificate;

    /** @throws IllegalArgumentException if a certificate cannot be used */
    HttpOptions(HttpSettings settings) {
        this.settings = settings;
        Route route = settings.route();
        this.trusted = route.trustedCertificates() == null ? null : read(route.trustedCertificates());
        this.certificate = route.certificate() == null ? null : usable(route.certificate());
    }

    VertxOptions vertx() {
        return new VertxOptions()
                .setEventLoopPoolSize(settings.eventLoops())
                // Vert.x reads no files here, so it needs no cache directory in /tmp.
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false));
    }

    /** Whether there is a client certificate, which only the API may see. */
    boolean hasCertificate() {
        return certificate != null;
    }

    /** Options of the client for the API itself. */
    WebClientOptions api() {
        WebClientOptions options = others();
        return certificate == null ? options : options.setKeyCertOptions(certificate);
    }

    /** Options of the client for other servers. */
    WebClientOptions others() {
        var options = new WebClientOptions();
        options.setUserAgent("genai-streams/" + version());
        options.setFollowRedirects(false);
        options.setConnectTimeout(CONNECT_TIMEOUT_MILLIS);
        options.setTcpNoDelay(true);
        options.setTcpKeepAlive(true);
        options.setKeepAlive(true);
        options.setKeepAliveTimeout(IDLE_CONNECTION_SECONDS);
        // Vert.x would decompress without a limit on memory.
        options.setDecompressionSupported(false);
        options.setMaxHeaderSize(MAX_HEADER_BYTES);
        if (settings.tls()) {
            options.setSsl(true);
            options.setUseAlpn(true);
            options.setProtocolVersion(HttpVersion.HTTP_2);
            options.setAlpnVersions(List.of(HttpVersion.HTTP_2, HttpVersion.HTTP_1_1));
            options.setHttp2MultiplexingLimit(STREAMS_PER_CONNECTION);
            options.setHttp2KeepAliveTimeout(IDLE_CONNECTION_SECONDS);
            options.setHttp2ConnectionWindowSize(CONNECTION_WINDOW_BYTES);
            options.setInitialSettings(new Http2Settings()
                    .setInitialWindowSize(STREAM_WINDOW_BYTES)
                    .setMaxHeaderListSize(MAX_HEADER_BYTES)
                    .setPushEnabled(false));
            if (trusted != null) {
                options.setTrustOptions(new PemTrustOptions().addCertValue(trusted));
            }
        }
        return options;
    }

    /**
     * Each loop may open as many connections as there may be calls, since all lanes may be on one loop. HTTP/2 needs fewer.
     * But its figure also limits the connections that are opened before the server has chosen a protocol. If the server
     * then chooses HTTP/1.1, the calls that wait open no more connections.
     */
    PoolOptions pool() {
        return new PoolOptions()
                .setHttp1MaxSize(settings.connections())
                .setHttp2MaxSize(settings.connections())
                .setMaxWaitQueueSize(-1);
    }

    private static String version() {
        String version = HttpOptions.class.getPackage().getImplementationVersion();
        return version == null ? "dev" : version;
    }

    private static PemKeyCertOptions usable(ClientCertificate certificate) {
        certificate.flaw().ifPresent(flaw -> {
            throw new IllegalArgumentException("certificate: " + flaw);
        });
        try {
            return certificate.options();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Buffer read(Path certificates) {
        // A file that cannot be read fails here, and not at the first connection.
        HttpFlaws.certificates(certificates).ifPresent(flaw -> {
            throw new IllegalArgumentException("trustedCertificates " + flaw);
        });
        try {
            return Buffer.buffer(Files.readAllBytes(certificates));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.github.genaistreams.provider.http;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.proxy.ProxyConnectException;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.internal.net.NetSocketInternal;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateExpiredException;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Outcomes of attempts without a complete HTTP response. Their messages are built from the exception's class, so that
 * they contain neither host nor key.
 */
public final class NetworkFailure {

    /** Error type of {@link #tooLarge}. */
    public static final String TOO_LARGE = "response_too_large";

    static final int PROXY_AUTHENTICATION_REQUIRED = 407;

    /** TLS alerts (RFC 8446, section 6.2) about our own certificate, in the JDK's words. */
    private static final Pattern ALERT = Pattern.compile("fatal alert: (bad_certificate|unsupported_certificate"
            + "|certificate_(?:revoked|expired|unknown|required)|unknown_ca|access_denied)");

    /** A proxy's answer to CONNECT. Netty gives it only as text. */
    private static final Pattern PROXY_STATUS = Pattern.compile("status: ([1-5]\\d\\d)\\b");

    private NetworkFailure() {}

    /**
     * A network error.
     *
     * @param byProxy whether the connection uses a proxy
     */
    static Retry of(Throwable cause, boolean byProxy) {
        String where = byProxy ? "Network error at the proxy: " : "Network error: ";
        return proxyStatus(cause)
                        .filter(status -> status == PROXY_AUTHENTICATION_REQUIRED)
                        .isPresent()
                ? proxyAuthenticationRequired()
                : retry("network_error", where + describe(cause));
    }

    /** A proxy requires a login. It has not forwarded the call. */
    static Retry proxyAuthenticationRequired() {
        return new Retry(
                new CallError(
                        "The proxy refused the call (HTTP " + PROXY_AUTHENTICATION_REQUIRED
                                + "): set a valid user and password for the proxy",
                        "network_error",
                        "proxy_authentication_required",
                        null,
                        true,
                        null),
                Duration.ZERO,
                null);
    }

    public static Retry clientClosed() {
        return retry("network_error", "Network error: the client was closed during the call");
    }

    public static Retry aborted() {
        return retry(ApiClient.ABORTED, "The call was aborted; the API may still have done the work");
    }

    /** The call was aborted before anything was sent. */
    public static Retry notMade() {
        return retry(ApiClient.ABORTED, "The call was aborted before it was made");
    }

    /** @param what did not happen in time */
    static Retry timeout(String what, Duration time) {
        double seconds = time.toMillis() / 1_000.0;
        String figure = seconds == Math.rint(seconds) ? String.valueOf((long) seconds) : String.valueOf(seconds);
        return retry("timeout", what + " " + figure + " s");
    }

    /** An event stream ended without an error, but too early. */
    public static Retry streamInterrupted() {
        return retry("stream_interrupted", "The stream ended before the response was complete");
    }

    /** The received data cannot be decompressed. */
    static Retry notDecompressed() {
        return retry("network_error", "Network error: the response does not match its Content-Encoding");
    }

    /** The answer has an encoding that is not supported. */
    static Failed unknownEncoding(String encoding) {
        boolean isName = encoding.length() < 10 && encoding.chars().allMatch(Character::isLetterOrDigit);
        String message = "The response is compressed " + (isName ? "as " + encoding : "in a way")
                + (isName ? ", which was not asked for" : " that was not asked for");
        return new Failed(new CallError(message, "parse_error", null, null, false, null), null, null, true);
    }

    /** The connection of an event stream was lost. */
    static Retry streamInterrupted(Throwable cause) {
        return retry(
                "stream_interrupted",
                "The stream was interrupted before the response was complete: " + describe(cause));
    }

    /** The answer is larger than the limit. It would be as large after a retry. */
    public static Failed tooLarge(int maxBytes) {
        String message =
                String.format(Locale.ROOT, "The response is larger than %,d bytes, the accepted maximum", maxBytes);
        return new Failed(new CallError(message, TOO_LARGE, null, null, false, null), null, null, true);
    }

    private static Retry retry(String type, String message) {
        return new Retry(new CallError(message, type, null, null, true, null), Duration.ZERO, null);
    }

    private static String describe(Throwable cause) {
        return causes(cause)
                .flatMap(each -> Stream.ofNullable(words(each)))
                .findFirst()
                .orElseGet(() -> cause.getClass().getSimpleName());
    }

    /** What has happened. Null if the exception alone does not say it. */
    private static @Nullable String words(Throwable t) {
        if (t instanceof UnknownHostException) {
            return "the host name was not found";
        }
        if (t instanceof SSLException) {
            return tls(t);
        }
        if (t instanceof ProxyConnectException) {
            return proxyStatus(t)
                    .map(status -> "it was refused (HTTP " + status + ")")
                    .orElse(
                            String.valueOf(t.getMessage()).endsWith("timeout")
                                    ? "no connection in time"
                                    : "it was closed");
        }
        if (t instanceof HttpClosedException) {
            return "the server closed the connection before the response was complete";
        }
        if (t == NetSocketInternal.CLOSED_EXCEPTION) {
            // With HTTP/2, there is no other sign of this.
            return "the server closed the connection before anything was sent; with TLS, it may require another"
                    + " client certificate";
        }
        if (t instanceof UnexpectedResponseException) {
            return "the server's answer does not belong to the request: " + t.getMessage();
        }
        if (t instanceof StreamResetException reset) {
            return "the server reset the stream (HTTP/2 code " + reset.getCode() + ")";
        }
        // Netty's connect time-out is a ConnectException too. Only its name tells it apart.
        if (t instanceof ConnectException) {
            return t.getClass().getSimpleName().contains("Timeout")
                    ? "no connection in time"
                    : "the connection was refused";
        }
        if (t instanceof SocketException || isReset(t)) {
            return "the connection was reset";
        }
        // A DecoderException with a cause is left to the cause: it may be a TLS error, which says more.
        if (t instanceof DecoderException && t.getCause() == null || t instanceof IllegalArgumentException) {
            return "the server's answer is not valid HTTP";
        }
        return null;
    }

    private static Optional<Integer> proxyStatus(Throwable t) {
        Matcher status = PROXY_STATUS.matcher(String.valueOf(t.getMessage()));
        return t instanceof ProxyConnectException && status.find()
                ? Optional.of(Integer.valueOf(status.group(1)))
                : Optional.empty();
    }

    /** Whether the server refused the connection because of our certificate, or because we sent none. */
    static boolean isAboutOurCertificate(Throwable cause) {
        return causes(cause).anyMatch(t -> alert(t).isPresent());
    }

    private static Optional<String> alert(Throwable t) {
        Matcher alert = ALERT.matcher(String.valueOf(t.getMessage()));
        return t instanceof SSLException && alert.find() ? Optional.of(alert.group(1)) : Optional.empty();
    }

    /** A TLS error, with what is wrong with a certificate if that is known. */
    private static String tls(Throwable failure) {
        return "the TLS connection failed"
                + causes(failure)
                        .map(NetworkFailure::certificate)
                        .flatMap(Optional::stream)
                        .findFirst()
                        .map(why -> ": " + why)
                        .orElse(" (" + failure.getClass().getSimpleName() + ")");
    }

    private static Optional<String> certificate(Throwable t) {
        if (t instanceof CertificateExpiredException) {
            return Optional.of("the server's certificate has expired (" + t.getMessage() + ")");
        }
        if (t instanceof CertPathBuilderException) {
            return Optional.of("the server's certificate is not from a trusted authority");
        }
        return alert(t).map(alert -> "the server refuses the client certificate (" + alert + ")");
    }

    private static Stream<Throwable> causes(Throwable cause) {
        return Stream.iterate(cause, Objects::nonNull, t -> t.getCause() == t ? null : t.getCause());
    }

    /** Netty's native I/O errors have no class of their own. */
    private static boolean isReset(Throwable t) {
        return t instanceof java.io.IOException
                && String.valueOf(t.getMessage()).contains("reset");
    }
}

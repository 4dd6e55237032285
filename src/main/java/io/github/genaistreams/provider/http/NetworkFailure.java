package io.github.genaistreams.provider.http;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.netty.handler.codec.DecoderException;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.StreamResetException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import javax.net.ssl.SSLException;

/** Attempts that got no whole HTTP response, as outcomes. The cause is told by its class, in words without host or key. */
public final class NetworkFailure {

    /** Type of the error of {@link #tooLarge}. */
    public static final String TOO_LARGE = "response_too_large";

    private NetworkFailure() {}

    /** What has gone wrong on the way, in our words. */
    public static Retry of(Throwable cause) {
        return retry("network_error", "Network error: " + describe(cause));
    }

    public static Retry clientClosed() {
        return retry("network_error", "Network error: the client was closed while the call was under way");
    }

    public static Retry aborted() {
        return retry(ApiClient.ABORTED, "The call was broken off; the API may have done its work all the same");
    }

    /** A call was broken off before anything of it was sent. */
    public static Retry notMade() {
        return retry(ApiClient.ABORTED, "The call was not made, since it was broken off before");
    }

    /** @param what what did not happen within that time */
    static Retry timeout(String what, Duration time) {
        double seconds = time.toMillis() / 1_000.0;
        String figure = seconds == Math.rint(seconds) ? String.valueOf((long) seconds) : String.valueOf(seconds);
        return retry("timeout", what + " " + figure + " s");
    }

    /** An event stream came to an orderly end, but too early. */
    public static Retry streamInterrupted() {
        return retry("stream_interrupted", "The stream ended before the response was complete");
    }

    /** What has come cannot be decompressed. */
    static Retry notDecompressed() {
        return retry("network_error", "Network error: the response is not what its Content-Encoding says");
    }

    /** An answer in a form that was not asked for. */
    static Failed unknownEncoding(String encoding) {
        boolean isName = encoding.length() < 10 && encoding.chars().allMatch(Character::isLetterOrDigit);
        String message = "The response is compressed " + (isName ? "as " + encoding : "in a way")
                + (isName ? ", which was not asked for" : " that was not asked for");
        return new Failed(new CallError(message, "parse_error", null, null, false, null), null, null, true);
    }

    /** The connection of an event stream was lost. */
    static Retry streamInterrupted(Throwable cause) {
        return retry("stream_interrupted", "The stream broke off before the response was complete: " + describe(cause));
    }

    /** An answer that is larger than is accepted: the same again would be, too. */
    public static Failed tooLarge(int maxBytes) {
        String message =
                String.format(Locale.ROOT, "The response is larger than %,d bytes, the most accepted", maxBytes);
        return new Failed(new CallError(message, TOO_LARGE, null, null, false, null), null, null, true);
    }

    private static Retry retry(String type, String message) {
        return new Retry(new CallError(message, type, null, null, true, null), Duration.ZERO, null);
    }

    private static String describe(Throwable cause) {
        for (Throwable t = cause; t != null; t = t.getCause() == t ? null : t.getCause()) {
            String words = words(t);
            if (words != null) {
                return words;
            }
        }
        return cause == null ? "unknown" : cause.getClass().getSimpleName();
    }

    private static String words(Throwable t) {
        if (t instanceof UnknownHostException) {
            return "the host name was not found";
        }
        if (t instanceof SSLException) {
            return "the TLS connection failed (" + t.getClass().getSimpleName() + ")";
        }
        if (t instanceof HttpClosedException) {
            return "the server closed the connection before the response was complete";
        }
        if (t instanceof UnexpectedResponseException) {
            return "the server's answer is not one to the request: " + t.getMessage();
        }
        if (t instanceof StreamResetException reset) {
            return "the server reset the stream (HTTP/2 code " + reset.getCode() + ")";
        }
        // Netty's connect timeout is a ConnectException, too; its name tells.
        if (t instanceof ConnectException) {
            return t.getClass().getSimpleName().contains("Timeout")
                    ? "no connection in time"
                    : "the connection was refused";
        }
        if (t instanceof SocketException || isReset(t)) {
            return "the connection was reset";
        }
        // Its cause may be a TLS error, which says more: looked at first.
        if (t instanceof DecoderException && t.getCause() == null || t instanceof IllegalArgumentException) {
            return "the server's answer is not valid HTTP";
        }
        return null;
    }

    /** Netty's native-looking I/O errors have no class of their own. */
    private static boolean isReset(Throwable t) {
        return t instanceof java.io.IOException
                && String.valueOf(t.getMessage()).contains("reset");
    }
}

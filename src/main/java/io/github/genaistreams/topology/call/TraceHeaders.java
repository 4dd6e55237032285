package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.genaistreams.wire.WireHeaders;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapPropagator;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;

/**
 * The trace context in the headers of a record. Values that do not follow the W3C format are ignored.
 *
 * @see <a href="https://www.w3.org/TR/trace-context/">Trace Context</a>
 */
final class TraceHeaders {

    private static final TextMapPropagator W3C = W3CTraceContextPropagator.getInstance();
    private static final String PARENT = "traceparent";
    private static final String STATE = "tracestate";

    /** A traceparent has 55 characters; 512 of a tracestate must be passed on. */
    private static final int MAX_LENGTH = 512;

    private TraceHeaders() {}

    /**
     * The origin of the request; if it has none, the previous attempt, so that all attempts are in one trace; the root
     * context if there is neither.
     */
    static Context parent(Headers headers) {
        return requestIn(attemptIn(Context.root(), headers), headers);
    }

    /** The span of the latest attempt; invalid if there is none. */
    static SpanContext attempt(Headers headers) {
        return Span.fromContext(attemptIn(Context.root(), headers)).getSpanContext();
    }

    /** The span of the latest attempt; the origin of the request if there is none. */
    static Context latest(Headers headers) {
        return attemptIn(requestIn(Context.root(), headers), headers);
    }

    private static Context requestIn(Context otherwise, Headers headers) {
        return W3C.extract(otherwise, headers, TraceHeaders::text);
    }

    private static Context attemptIn(Context otherwise, Headers headers) {
        return W3C.extract(
                otherwise, headers, (all, key) -> key.equals(PARENT) ? text(all, WireHeaders.ATTEMPT) : null);
    }

    /** Notes the span of an attempt, replacing the previous one. Its trace state is that of its parent. */
    static void note(Context attempt, Headers headers) {
        W3C.inject(attempt, headers, (all, key, value) -> {
            if (key.equals(PARENT)) {
                set(all, WireHeaders.ATTEMPT, value);
            }
        });
    }

    /**
     * The headers of the result for a request with these headers. A reader of the result continues the trace at the
     * item's latest attempt. The same object if no attempt was sampled.
     */
    static Headers ofResult(Headers requested) {
        Header latest = requested.lastHeader(WireHeaders.ATTEMPT);
        if (latest == null) {
            return requested;
        }
        Headers headers = new RecordHeaders(requested);
        headers.remove(WireHeaders.ATTEMPT);
        SpanContext attempt = attempt(requested);
        if (attempt.isValid()) {
            boolean isOfRequest = Span.fromContext(requestIn(Context.root(), requested))
                    .getSpanContext()
                    .getTraceId()
                    .equals(attempt.getTraceId());
            headers.remove(PARENT);
            headers.add(PARENT, latest.value());
            if (!isOfRequest) {
                // A tracestate without a valid traceparent means nothing.
                headers.remove(STATE);
            }
        }
        return headers;
    }

    /**
     * One character per byte: for any content, no character is outside the range that the parser expects. Null if there
     * is no such header, or if it is too long.
     */
    private static @Nullable String text(Headers headers, String key) {
        Header header = headers.lastHeader(key);
        return header == null || header.value() == null || header.value().length > MAX_LENGTH
                ? null
                : new String(header.value(), ISO_8859_1);
    }

    private static void set(Headers headers, String key, String value) {
        headers.remove(key);
        headers.add(key, value.getBytes(ISO_8859_1));
    }
}

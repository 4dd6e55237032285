package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.wire.WireHeaders;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.context.Context;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Headers that anybody may have written. */
class TraceHeadersTest {

    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String SPAN = "00f067aa0ba902b7";
    private static final String PARENT = "00-" + TRACE + "-" + SPAN + "-01";
    private static final byte[] NOTHING = null;

    static Stream<byte[]> garbage() {
        return Stream.concat(
                Stream.of(NOTHING, new byte[0], new byte[55], new byte[200_000]),
                Stream.of(
                                "garbage",
                                PARENT.substring(1),
                                PARENT + "-more",
                                PARENT + " ",
                                PARENT.replace(TRACE, "0".repeat(32)),
                                PARENT.replace(TRACE, TRACE.toUpperCase(Locale.ROOT)),
                                PARENT.replace(SPAN, "0".repeat(16)),
                                "ff" + PARENT.substring(2),
                                "00-\uffff" + PARENT.substring(4),
                                "00-" + "\u00e9".repeat(26),
                                "01" + PARENT.substring(2) + "-" + "x".repeat(200_000))
                        .map(text -> text.getBytes(UTF_8)));
    }

    @ParameterizedTest
    @MethodSource("garbage")
    void ignoresAnInvalidTraceParent(byte[] value) {
        Headers headers = new RecordHeaders()
                .add("traceparent", value)
                .add("tracestate", "a=b".getBytes(UTF_8))
                .add(WireHeaders.ATTEMPT, value);

        assertThat(spanOf(TraceHeaders.parent(headers)).isValid()).isFalse();
        assertThat(spanOf(TraceHeaders.latest(headers)).isValid()).isFalse();
        assertThat(TraceHeaders.attempt(headers).isValid()).isFalse();
        Headers result = TraceHeaders.ofResult(headers);
        assertThat(result.lastHeader(WireHeaders.ATTEMPT)).isNull();
        assertThat(result.lastHeader("traceparent").value()).isEqualTo(value);
    }

    @ParameterizedTest
    @MethodSource("garbage")
    void ignoresAnInvalidTraceState(byte[] value) {
        SpanContext parent = spanOf(TraceHeaders.parent(parent().add("tracestate", value)));

        assertThat(parent.getSpanId()).isEqualTo(SPAN);
        assertThat(parent.getTraceState().isEmpty()).isTrue();
    }

    @Test
    void readsALaterVersionAndTheLastOfSeveral() {
        Headers headers = new RecordHeaders()
                .add("traceparent", PARENT.replace(SPAN, "1".repeat(16)).getBytes(UTF_8))
                .add("traceparent", ("01" + PARENT.substring(2) + "-more").getBytes(UTF_8));

        assertThat(spanOf(TraceHeaders.parent(headers)).getSpanId()).isEqualTo(SPAN);
    }

    @Test
    void takesTheHeadersOfARequestWithoutAnAttemptAsTheyAre() {
        Headers headers = parent();

        assertThat(TraceHeaders.ofResult(headers)).isSameAs(headers);
    }

    private static Headers parent() {
        return new RecordHeaders().add("traceparent", PARENT.getBytes(UTF_8));
    }

    private static SpanContext spanOf(Context context) {
        return Span.fromContext(context).getSpanContext();
    }
}

package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.TracesCase.ITEM;
import static io.github.genaistreams.topology.call.TracesCase.PARENT;
import static io.github.genaistreams.topology.call.TracesCase.PRIVATE;
import static io.github.genaistreams.topology.call.TracesCase.PRODUCER;
import static io.github.genaistreams.topology.call.TracesCase.TRACE;
import static io.github.genaistreams.topology.call.TracesCase.answered;
import static io.github.genaistreams.topology.call.TracesCase.attributes;
import static io.github.genaistreams.topology.call.TracesCase.busy;
import static io.github.genaistreams.topology.call.TracesCase.headers;
import static io.github.genaistreams.topology.call.TracesCase.request;
import static io.github.genaistreams.topology.call.TracesCase.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.sun.management.ThreadMXBean;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.wire.WireHeaders;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanId;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The spans of calls, as an exporter gets them, and what records say of them. */
class CallTracesTest {

    @RegisterExtension
    final TracesCase test = new TracesCase();

    @Test
    void makesASpanOfACallWithinTheTraceOfItsRequest() {
        test.send(request(), headers(PARENT).add("tracestate", "vendor=x".getBytes(UTF_8)));
        test.api.end(answered());

        SpanData span = test.onlySpan();
        assertThat(span.getName()).isEqualTo("chat gpt-4o-mini");
        assertThat(span.getKind()).isEqualTo(SpanKind.CLIENT);
        assertThat(span.getTraceId()).isEqualTo(TRACE);
        assertThat(span.getParentSpanId()).isEqualTo(PRODUCER);
        assertThat(span.getSpanContext().getTraceState().get("vendor")).isEqualTo("x");
        assertThat(span.getLinks()).isEmpty();
        assertThat(span.getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
        assertThat(attributes(span))
                .containsOnly(
                        entry("gen_ai.operation.name", "chat"),
                        entry("gen_ai.provider.name", "openai"),
                        entry("openai.api.type", "responses"),
                        entry("gen_ai.request.model", "gpt-4o-mini"),
                        entry("gen_ai.request.max_tokens", 50L),
                        entry("gen_ai.request.temperature", 0.5),
                        entry("server.address", "api.example"),
                        entry("server.port", 443L),
                        entry("genai_streams.batch_id", "b"),
                        entry("genai_streams.index", 7L),
                        entry("genai_streams.attempt", 1L),
                        entry("genai_streams.partition", 3L),
                        entry("genai_streams.credential", "default"),
                        entry("genai_streams.outcome", "succeeded"),
                        entry("genai_streams.request_id", "req_1"),
                        entry("gen_ai.response.id", "resp_1"),
                        entry("gen_ai.response.model", "gpt-4o-mini-2024"),
                        entry("gen_ai.response.finish_reasons", List.of("stop")),
                        entry("openai.response.service_tier", "default"),
                        entry("gen_ai.usage.input_tokens", 11L),
                        entry("gen_ai.usage.cache_read.input_tokens", 5L),
                        entry("gen_ai.usage.output_tokens", 22L));
    }

    @Test
    void letsTheResultContinueTheTraceAtTheCallAndLeavesTheOtherHeadersAsTheyAre() {
        test.send(
                request(),
                headers(PARENT)
                        .add("tracestate", "vendor=x".getBytes(UTF_8))
                        .add("mine", new byte[] {1})
                        .add("traceparent", PARENT.getBytes(UTF_8)));
        test.api.end(answered());
        test.tick();

        Headers result = test.onlySent().headers();
        assertThat(result.headers("traceparent")).hasSize(1);
        assertThat(text(result, "traceparent"))
                .isEqualTo("00-" + TRACE + "-" + test.onlySpan().getSpanId() + "-01");
        assertThat(text(result, "tracestate")).isEqualTo("vendor=x");
        assertThat(result.lastHeader("mine").value()).containsExactly(1);
        assertThat(result.toArray())
                .extracting(header -> header.key())
                .containsExactly("tracestate", "mine", "traceparent", WireHeaders.SUMMARY);
        assertThat(test.senders)
                .extracting(SpanContext::getTraceId, SpanContext::getSpanId)
                .containsExactly(tuple(TRACE, test.onlySpan().getSpanId()));
    }

    @Test
    void makesTheSpanCurrentWhileTheCallIsMade() {
        test.send(request(), headers(PARENT));
        test.api.end(answered());

        assertThat(test.api.calls)
                .extracting(call -> call.span())
                .containsExactly(test.onlySpan().getSpanContext());
    }

    @Test
    void endsTheSpanOfACallThatCouldNotBeMade() {
        test.api.broken = new IllegalStateException(PRIVATE);
        test.send(request(), headers(PARENT));

        assertThat(attributes(test.onlySpan())).contains(entry("error.type", "internal_error"));
    }

    @Test
    void takesOnlyNamesFromWhatTheApiSays() {
        test.send(request(), headers(PARENT));
        var body = JsonNodeFactory.instance.objectNode().put("id", PRIVATE);
        test.api.end(new CallOutcome.Failed(
                new CallError(PRIVATE, PRIVATE, PRIVATE, PRIVATE, false, 400),
                new Answer(body, PRIVATE, null, PRIVATE, PRIVATE, PRIVATE, PRIVATE),
                PRIVATE));

        assertThat(attributes(test.onlySpan()))
                .contains(entry("error.type", "_OTHER"), entry("genai_streams.outcome", "failed"));
    }

    @Test
    void namesAnAnswerThatWasCutOffAsTheConventionsDo() {
        test.send(request(), headers(PARENT));
        var body = JsonNodeFactory.instance.objectNode();
        var answer = new Answer(body, "", null, "m", "req_1", "incomplete:max_output_tokens", null);
        test.api.end(new CallOutcome.Failed(
                new CallError(PRIVATE, "incomplete", "max_output_tokens", null, false, 200), answer, "req_1"));

        assertThat(attributes(test.onlySpan()))
                .contains(
                        entry("gen_ai.response.finish_reasons", List.of("length")),
                        entry("error.type", "max_output_tokens"));
    }

    @Test
    void beginsATraceOfItsOwnWhereTheRequestNamesNone() {
        test.send(
                request(),
                headers("garbage")
                        .add("tracestate", "vendor=x".getBytes(UTF_8))
                        .add(WireHeaders.ATTEMPT, "garbage".getBytes(UTF_8)));
        test.api.end(answered());
        test.tick();

        SpanData span = test.onlySpan();
        assertThat(span.getParentSpanId()).isEqualTo(SpanId.getInvalid());
        assertThat(span.getLinks()).isEmpty();
        assertThat(text(test.onlySent().headers(), "traceparent")).contains(span.getTraceId(), span.getSpanId());
        assertThat(test.onlySent().headers().lastHeader("tracestate")).isNull();
    }

    @Test
    void leavesARequestAloneThatIsNotSampled() {
        String unsampled = PARENT.substring(0, PARENT.length() - 1) + "0";
        test.send(request(), headers(unsampled));
        assertThat(test.api.calls).extracting(call -> call.span().isSampled()).containsExactly(false);
        test.api.end(busy());
        test.tick();
        assertThat(test.onlySent().headers().toArray()).hasSize(1);
        test.comesBack(test.onlySent());
        test.pass(Duration.ofSeconds(90));
        test.api.end(answered());
        test.tick();

        assertThat(test.spans()).isEmpty();
        assertThat(test.onlySent().headers().toArray())
                .extracting(header -> header.key())
                .containsExactly("traceparent", WireHeaders.SUMMARY);
        assertThat(text(test.onlySent().headers(), "traceparent")).isEqualTo(unsampled);
    }

    @Test
    void addsNothingAndCostsNothingWithoutAnSdk() {
        test.telemetry = OpenTelemetry.noop();
        test.send(request(), headers(PARENT));
        assertThat(test.journal().get(ITEM).headers()).hasSize(1);
        test.api.end(answered());
        test.tick();

        assertThat(test.onlySent().headers().toArray())
                .extracting(header -> header.key())
                .containsExactly("traceparent", WireHeaders.SUMMARY);
        assertThat(text(test.onlySent().headers(), "traceparent")).isEqualTo(PARENT);
        assertThat(test.spans()).isEmpty();
        assertThat(bytesPerCall()).isLessThan(1);
    }

    /** Allocated for the span of a call: its start and end, and the sending of its result. */
    private double bytesPerCall() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Attempt<ResponsesRequest> attempt =
                Attempt.of(request(), Journal.first(test.now(), headers(PARENT), new byte[0]));
        CallOutcome outcome = answered();
        int calls = 20_000;
        long before = 0;
        for (int i = 0; i < 2 * calls; i++) {
            if (i == calls) {
                before = threads.getCurrentThreadAllocatedBytes();
            }
            CallSpan span = test.traces.attempt(null, attempt, 0);
            span.makeCurrent().close();
            span.end(outcome);
            test.traces.within(TraceHeaders.ofResult(attempt.headers())).close();
        }
        return (threads.getCurrentThreadAllocatedBytes() - before) / (double) calls;
    }
}

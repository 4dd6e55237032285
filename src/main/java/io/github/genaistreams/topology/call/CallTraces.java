package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.RemoteJob;
import io.opentelemetry.api.OpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.Scope;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Creates a span for every call and every poll of a job if OpenTelemetry is active; costs next to nothing otherwise.
 *
 * <p>The parent of an attempt's span is the span in the request's {@code traceparent}, if there is one. It is linked to
 * the attempt before it. The parent of a poll's span is the attempt that submitted the job. Both survive the retry
 * topic and a worker's crash, since {@link TraceHeaders} writes each sampled attempt into the request's headers.
 *
 * <p>Closing it ends all open spans. Thread-safe.
 *
 * @see <a href="https://github.com/open-telemetry/semantic-conventions-genai">Conventions for names and attributes</a>
 */
public final class CallTraces implements AutoCloseable {

    static final AttributeKey<String> RESPONSE_ID = AttributeKey.stringKey("gen_ai.response.id");

    private static final String FETCH = "fetch_response";

    private static final AttributeKey<String> OPERATION = AttributeKey.stringKey("gen_ai.operation.name");
    private static final AttributeKey<String> PROVIDER = AttributeKey.stringKey("gen_ai.provider.name");
    private static final AttributeKey<String> API = AttributeKey.stringKey("openai.api.type");
    private static final AttributeKey<String> MODEL = AttributeKey.stringKey("gen_ai.request.model");
    private static final AttributeKey<Boolean> STREAM = AttributeKey.booleanKey("gen_ai.request.stream");
    private static final AttributeKey<Long> MAX_TOKENS = AttributeKey.longKey("gen_ai.request.max_tokens");
    private static final AttributeKey<Double> TEMPERATURE = AttributeKey.doubleKey("gen_ai.request.temperature");
    private static final AttributeKey<Double> TOP_P = AttributeKey.doubleKey("gen_ai.request.top_p");
    private static final AttributeKey<String> REASONING = AttributeKey.stringKey("gen_ai.request.reasoning.level");
    private static final AttributeKey<String> SERVER = AttributeKey.stringKey("server.address");
    private static final AttributeKey<Long> PORT = AttributeKey.longKey("server.port");
    private static final AttributeKey<String> BATCH = AttributeKey.stringKey("genai_streams.batch_id");
    private static final AttributeKey<Long> INDEX = AttributeKey.longKey("genai_streams.index");
    private static final AttributeKey<Long> ATTEMPT = AttributeKey.longKey("genai_streams.attempt");
    private static final AttributeKey<Long> PARTITION = AttributeKey.longKey("genai_streams.partition");
    private static final AttributeKey<String> CREDENTIAL = AttributeKey.stringKey("genai_streams.credential");
    private static final AttributeKey<Boolean> DUPLICATE = AttributeKey.booleanKey("genai_streams.possible_duplicate");

    private final Supplier<OpenTelemetry> telemetry;
    private final Set<CallSpan> open = ConcurrentHashMap.newKeySet();

    /** @param telemetry read for every span, since it may be initialised late */
    public CallTraces(Supplier<OpenTelemetry> telemetry) {
        this.telemetry = telemetry;
    }

    private Tracer tracer() {
        return telemetry.get().getTracer("io.github.genaistreams");
    }

    /** Starts the span of an attempt, and writes it into the attempt's headers if it is sampled. */
    <Q extends ApiRequest> CallSpan attempt(ApiBinding<Q> api, Attempt<Q> attempt, int partition) {
        Tracer tracer = tracer();
        if (!tracer.isEnabled()) {
            return CallSpan.NONE;
        }
        boolean isModels = attempt.request() instanceof ResponsesRequest;
        Context parent = TraceHeaders.parent(attempt.headers());
        SpanBuilder builder = builder(tracer, isModels ? "chat" : "convert_document", api, attempt, partition);
        SpanContext before = TraceHeaders.attempt(attempt.headers());
        if (before.isValid()) {
            builder.addLink(before);
        }
        if (attempt.earlier() != null && attempt.earlier().possibleDuplicate()) {
            builder.setAttribute(DUPLICATE, true);
        }
        if (attempt.request() instanceof ResponsesRequest request) {
            builder.setAttribute(STREAM, request.wantsStream() ? true : null)
                    .setAttribute(MAX_TOKENS, asLong(request.maxOutputTokens()))
                    .setAttribute(TEMPERATURE, request.temperature())
                    .setAttribute(TOP_P, request.topP())
                    .setAttribute(REASONING, CallSpan.name(request.reasoningEffort()));
        }
        Span span = builder.setParent(parent).startSpan();
        Context context = parent.with(span);
        if (span.getSpanContext().isSampled()) {
            TraceHeaders.note(context, attempt.headers());
        }
        return started(span, context);
    }

    /** Starts the span of a poll of an attempt's job. */
    <Q extends ApiRequest> CallSpan poll(ApiBinding<Q> api, Attempt<Q> attempt, RemoteJob job, int partition) {
        Tracer tracer = tracer();
        if (!tracer.isEnabled()) {
            return CallSpan.NONE;
        }
        Context parent = TraceHeaders.latest(attempt.headers());
        Span span = builder(tracer, FETCH, api, attempt, partition)
                .setAttribute(RESPONSE_ID, CallSpan.name(job))
                .setParent(parent)
                .startSpan();
        return started(span, parent.with(span));
    }

    /** With the attributes that a sampler may need. */
    private static <Q extends ApiRequest> SpanBuilder builder(
            Tracer tracer, String operation, ApiBinding<Q> api, Attempt<Q> attempt, int partition) {
        Q request = attempt.request();
        boolean isModels = request instanceof ResponsesRequest;
        String model = CallSpan.name(request.model());
        String name = model == null || operation.equals(FETCH) ? operation : operation + " " + model;
        SpanBuilder builder = tracer.spanBuilder(name)
                .setSpanKind(SpanKind.CLIENT)
                .setAttribute(OPERATION, operation)
                .setAttribute(PROVIDER, isModels ? "openai" : "datalab")
                .setAttribute(API, isModels ? "responses" : null)
                .setAttribute(MODEL, model)
                .setAttribute(BATCH, request.batchId())
                .setAttribute(INDEX, (long) request.index())
                .setAttribute(ATTEMPT, (long) attempt.number())
                .setAttribute(PARTITION, (long) partition)
                .setAttribute(CREDENTIAL, request.credentialOrDefault());
        api.client().server(request).ifPresent(server -> builder.setAttribute(SERVER, server.host())
                .setAttribute(PORT, (long) server.port()));
        return builder;
    }

    private static @Nullable Long asLong(@Nullable Integer figure) {
        return figure == null ? null : figure.longValue();
    }

    private CallSpan started(Span span, Context context) {
        CallSpan started = new CallSpan(span, context, open);
        if (span.isRecording()) {
            open.add(started);
        }
        return started;
    }

    /**
     * Makes what this thread sends belong to the trace in these headers and to no other. Instrumentation of Kafka would
     * use the trace of the record being processed.
     */
    Scope within(Headers headers) {
        return tracer().isEnabled() ? TraceHeaders.latest(headers).makeCurrent() : Scope.noop();
    }

    /** Calls without an outcome will not get one any more. */
    @Override
    public void close() {
        open.forEach(CallSpan::lose);
    }
}

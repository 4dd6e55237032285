package io.github.genaistreams.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.GlobalOpenTelemetry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.testing.exporter.InMemorySpanExporter;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SimpleSpanProcessor;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** OpenTelemetry, alive for the time of one test, as an agent would bring it to life. */
final class Spans implements BeforeEachCallback, AfterEachCallback {

    private final InMemorySpanExporter exporter = InMemorySpanExporter.create();
    private final AtomicInteger started = new AtomicInteger();

    @Override
    public void beforeEach(ExtensionContext test) {
        SpanProcessor counter = new SpanProcessor() {
            @Override
            public void onStart(Context parent, ReadWriteSpan span) {
                started.incrementAndGet();
            }

            @Override
            public boolean isStartRequired() {
                return true;
            }

            @Override
            public void onEnd(ReadableSpan span) {}

            @Override
            public boolean isEndRequired() {
                return false;
            }
        };
        // A worker command that ran in this JVM before may have set what does nothing.
        GlobalOpenTelemetry.resetForTest();
        GlobalOpenTelemetry.set(OpenTelemetrySdk.builder()
                .setTracerProvider(SdkTracerProvider.builder()
                        .addSpanProcessor(counter)
                        .addSpanProcessor(SimpleSpanProcessor.create(exporter))
                        .build())
                .build());
    }

    @Override
    public void afterEach(ExtensionContext test) {
        GlobalOpenTelemetry.resetForTest();
    }

    /** Those of an item that have ended, in the order of their starts. */
    List<SpanData> of(String batchId, int index) {
        return of(batchId).stream()
                .filter(span -> span.getAttributes().get(AttributeKey.longKey("genai_streams.index")) == index)
                .sorted(Comparator.comparingLong(SpanData::getStartEpochNanos))
                .toList();
    }

    /** Those of a batch that have ended. */
    List<SpanData> of(String batchId) {
        return exporter.getFinishedSpanItems().stream()
                .filter(span ->
                        batchId.equals(span.getAttributes().get(AttributeKey.stringKey("genai_streams.batch_id"))))
                .toList();
    }

    /** Each span that was begun has ended, and no span twice. */
    void assertAllEndedOnce() {
        assertThat(exporter.getFinishedSpanItems())
                .hasSize(started.get())
                .extracting(SpanData::getSpanId)
                .doesNotHaveDuplicates();
    }
}

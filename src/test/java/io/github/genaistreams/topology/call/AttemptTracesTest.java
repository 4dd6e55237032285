package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.TracesCase.PARENT;
import static io.github.genaistreams.topology.call.TracesCase.PRIVATE;
import static io.github.genaistreams.topology.call.TracesCase.PRODUCER;
import static io.github.genaistreams.topology.call.TracesCase.answered;
import static io.github.genaistreams.topology.call.TracesCase.attributes;
import static io.github.genaistreams.topology.call.TracesCase.busy;
import static io.github.genaistreams.topology.call.TracesCase.headers;
import static io.github.genaistreams.topology.call.TracesCase.request;
import static io.github.genaistreams.topology.call.TracesCase.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.topology.FakeApi;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Record;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is one call to its sender may be many: retries, calls made again, polls. Their spans belong together. */
class AttemptTracesTest {

    @RegisterExtension
    final TracesCase test = new TracesCase();

    @Test
    void linksARetryToTheAttemptBeforeThroughTheRetryTopic() {
        test.send(request(), headers(PARENT));
        test.api.end(busy());
        test.tick();
        Record<?, ?> retry = test.onlySent();
        assertThat(text(retry.headers(), "traceparent")).isEqualTo(PARENT);
        test.comesBack(retry);
        test.pass(Duration.ofSeconds(90));
        test.api.end(answered());
        test.tick();

        SpanData first = test.spans().get(0);
        SpanData second = test.spans().get(1);
        assertThat(test.spans()).hasSize(2);
        assertThat(attributes(first))
                .contains(
                        entry("error.type", "rate_limit_exceeded"),
                        entry("http.response.status_code", 429L),
                        entry("genai_streams.outcome", "retry"),
                        entry("genai_streams.request_id", "req_busy"));
        assertThat(first.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(first.getStatus().getDescription()).isEmpty();
        assertThat(second.getParentSpanId()).isEqualTo(PRODUCER);
        assertThat(second.getLinks())
                .extracting(link -> link.getSpanContext().getSpanId())
                .containsExactly(first.getSpanId());
        assertThat(attributes(second)).contains(entry("genai_streams.attempt", 2L));
        assertThat(attributes(second)).doesNotContainKey("genai_streams.possible_duplicate");
        assertThat(text(test.onlySent().headers(), "traceparent")).contains(second.getSpanId());
        assertThat(test.onlySent().headers().lastHeader(WireHeaders.ATTEMPT)).isNull();
        assertThat(test.senders)
                .extracting(SpanContext::getSpanId)
                .containsExactly(first.getSpanId(), second.getSpanId());
    }

    @Test
    void keepsTheAttemptsOfARequestThatNamesNoTraceInOne() {
        test.send(request(), new RecordHeaders());
        test.api.end(busy());
        test.tick();
        test.comesBack(test.onlySent());
        test.pass(Duration.ofSeconds(90));
        test.api.end(answered());

        assertThat(test.spans()).hasSize(2);
        assertThat(test.spans().get(1).getTraceId())
                .isEqualTo(test.spans().get(0).getTraceId());
        assertThat(test.spans().get(1).getParentSpanId())
                .isEqualTo(test.spans().get(0).getSpanId());
    }

    @Test
    void linksACallThatIsMadeAgainToTheOneThatDiedWithItsWorker() {
        test.send(request(), headers(PARENT));
        SpanContext lost = test.api.calls.get(0).span();
        test.newWorker();
        test.tick();
        test.api.end(answered());

        SpanData span = test.onlySpan();
        assertThat(span.getLinks())
                .extracting(link -> link.getSpanContext().getSpanId())
                .containsExactly(lost.getSpanId());
        assertThat(attributes(span)).contains(entry("genai_streams.possible_duplicate", true));
    }

    @Test
    void endsTheSpanOfACallWhoseTaskWasGivenAwayAndSaysThatNobodyHasLookedAtItsOutcome() {
        test.send(request(), headers(PARENT));
        test.processor.close();
        assertThat(test.spans()).isEmpty();
        test.api.end(answered());
        test.newWorker();
        test.tick();
        test.api.end(answered());

        assertThat(test.spans())
                .extracting(span -> attributes(span).get("genai_streams.abandoned"))
                .containsExactly(true, null);
        assertThat(attributes(test.spans().get(0))).contains(entry("gen_ai.usage.output_tokens", 22L));
        assertThat(test.spans().get(1).getLinks())
                .extracting(LinkData::getSpanContext)
                .extracting(SpanContext::getSpanId)
                .containsExactly(test.spans().get(0).getSpanId());
    }

    @Test
    void endsWhatIsOpenWhenTheWorkerEndsAndNothingTwice() {
        test.send(request(), headers(PARENT));
        test.traces.close();
        assertThat(attributes(test.onlySpan())).contains(entry("error.type", "lost"));

        test.api.end(answered());
        test.traces.close();
        assertThat(test.spans()).hasSize(1);
        assertThat(attributes(test.onlySpan())).doesNotContainKey("genai_streams.outcome");
    }

    @Test
    void makesAChildOfTheSubmissionOfEachQuestionAlsoAfterTheDeathOfItsWorker() {
        test.send(request().toBuilder().background(true).build(), headers(PARENT));
        var job = new RemoteJob("resp_9", test.now(), Duration.ofSeconds(2));
        test.api.end(new CallOutcome.Accepted(job));
        test.tick();
        test.newWorker();
        test.tick();
        test.api.end(new CallOutcome.Accepted(job, new CallError(PRIVATE, "http_error", null, null, true, 503)));
        test.tick();
        test.pass(Duration.ofSeconds(2));
        test.api.end(new CallOutcome.Accepted(job));
        test.tick();
        test.pass(Duration.ofSeconds(2));
        test.api.end(answered());
        test.tick();

        SpanData submission = test.spans().get(0);
        assertThat(attributes(submission))
                .contains(entry("gen_ai.response.id", "resp_9"), entry("genai_streams.outcome", "accepted"));
        List<SpanData> questions = test.spans().subList(1, 4);
        assertThat(questions).allSatisfy(question -> {
            assertThat(question.getName()).isEqualTo("fetch_response");
            assertThat(question.getKind()).isEqualTo(SpanKind.CLIENT);
            assertThat(question.getParentSpanId()).isEqualTo(submission.getSpanId());
            assertThat(question.getLinks()).isEmpty();
        });
        assertThat(attributes(questions.get(0)))
                .contains(
                        entry("gen_ai.response.id", "resp_9"),
                        entry("genai_streams.outcome", "accepted"),
                        entry("error.type", "http_error"),
                        entry("http.response.status_code", 503L));
        assertThat(questions.get(1).getStatus().getStatusCode()).isEqualTo(StatusCode.UNSET);
        assertThat(attributes(questions.get(2)))
                .contains(entry("genai_streams.outcome", "succeeded"), entry("gen_ai.usage.output_tokens", 22L));
        assertThat(text(test.onlySent().headers(), "traceparent")).contains(submission.getSpanId());
    }

    /** One that must not be submitted twice is journaled long before its call. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void namesNoModelForADocumentAndKeepsItsQuestionsBelowItsSubmission(boolean resubmits) {
        test.addStoresOf("documents");
        var documents = new FakeApi<DocumentRequest>();
        test.newDocumentWorker(documents);
        DocumentRequest request = DocumentRequest.builder()
                .batchId("b")
                .index(7)
                .fileUrl("https://x.example/a.pdf")
                .resubmitOnUnknown(resubmits)
                .buildUnchecked();
        test.context.setRecordMetadata("requests", 3, 0);
        test.take(null, Codecs.DOCUMENT_REQUEST.encode(request, WireFormat.JSON), headers(PARENT));
        test.tick();
        test.tick();
        documents.end(new CallOutcome.Accepted(new RemoteJob("/api/v1/marker/r1", test.now(), Duration.ZERO, "r1")));
        test.tick();
        test.newDocumentWorker(documents);
        test.tick();
        var figures = new Answer.DocumentFigures(3, null);
        documents.end(new CallOutcome.Succeeded(
                new Answer(null, null, null, null, null, "r1", "completed", null, figures, List.of(), ApiLimits.NONE)));

        assertThat(test.spans()).extracting(SpanData::getName).containsExactly("convert_document", "fetch_response");
        assertThat(attributes(test.spans().get(0)))
                .contains(entry("gen_ai.provider.name", "datalab"), entry("gen_ai.response.id", "r1"))
                .doesNotContainKeys("gen_ai.request.model", "openai.api.type");
        assertThat(attributes(test.spans().get(1)))
                .contains(entry("genai_streams.pages", 3L), entry("gen_ai.response.id", "r1"))
                .doesNotContainKey("gen_ai.response.finish_reasons");
        assertThat(test.spans().get(0).getParentSpanId()).isEqualTo(PRODUCER);
        assertThat(test.spans().get(1).getParentSpanId())
                .isEqualTo(test.spans().get(0).getSpanId());
    }
}

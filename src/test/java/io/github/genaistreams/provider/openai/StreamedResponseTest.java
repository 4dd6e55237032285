package io.github.genaistreams.provider.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.EventStream;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.provider.http.NetworkFailure;
import io.github.genaistreams.provider.http.Redactor;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamedResponseTest {

    private static final int MAX_BYTES = 2_000;
    private static final Instant NOW = Instant.parse("2026-11-22T10:00:00Z");
    private static final String COMPLETED = event(
            "response.completed",
            "{'type':'response.completed','response':{'status':'completed','model':'m','output':"
                    + "[{'type':'message','content':[{'type':'output_text','text':'Hi'}]}],"
                    + "'usage':{'input_tokens':3,'output_tokens':4}}}");

    private final List<String> heard = new ArrayList<>();
    private DeltaListener listener = (sequence, delta) -> heard.add(sequence + " " + delta);
    private boolean failOnIncomplete = true;
    private StreamedResponse stream = open();

    @Test
    void shouldTakeTheResponseOfTheLastEvent() {
        send(event("response.created", "{'type':'response.created','response':{'id':'r','status':'in_progress'}}"));
        assertThat(stream.outcome()).isEmpty();
        send(COMPLETED);

        var answer = ((Succeeded) outcome()).answer();
        assertThat(answer.outputText()).isEqualTo("Hi");
        assertThat(answer.usage().outputTokens()).isEqualTo(4);
        assertThat(answer.requestId()).isEqualTo("req_1");
        assertThat(answer.body().path("status").asText()).isEqualTo("completed");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "response.incomplete | {'status':'incomplete','incomplete_details':{'reason':'max_output_tokens'}}"
                        + " | Failed | incomplete | max_output_tokens",
                "response.failed | {'status':'failed','error':{'code':'server_error'}} | Retry | response_failed |"
                        + " server_error",
                "response.failed | {'status':'failed','error':{'code':'invalid_prompt'}} | Failed | response_failed |"
                        + " invalid_prompt",
                "response.failed | {'status':'failed','error':{'code':'insufficient_quota'}} | Failed |"
                        + " response_failed | insufficient_quota",
                "response.cancelled | {'status':'cancelled'} | Failed | cancelled | cancelled",
                "response.incomplete | {'output':[]} | Failed | incomplete | ",
                "response.failed | {'output':[],'error':{'code':'rate_limit_exceeded'}} | Retry | response_failed |"
                        + " rate_limit_exceeded",
            })
    void shouldReadTheLastResponseLikeOneWithoutAStream(
            String name, String response, String outcome, String type, String code) {
        send(event(name, "{'type':'%s','response':%s}".formatted(name, response)));

        assertThat(outcome().getClass().getSimpleName()).isEqualTo(outcome);
        assertThat(error().type()).isEqualTo(type);
        assertThat(error().code()).isEqualTo(code);
    }

    @Test
    void shouldTakeAnIncompleteResponseIfTheRequestDoes() {
        failOnIncomplete = false;
        stream = open();
        send(event("response.incomplete", "{'response':{'incomplete_details':{'reason':'max_output_tokens'}}}"));

        assertThat(((Succeeded) outcome()).answer().finish()).isEqualTo("incomplete:max_output_tokens");
    }

    /** Each in both forms: flat, as documented, and nested, as sent. */
    @ParameterizedTest
    @CsvSource({
        "insufficient_quota, Failed",
        "credit_balance_exhausted, Failed",
        "billing_not_active, Failed",
        "rate_limit_exceeded, Retry",
        "slow_down, Retry",
        "server_error, Retry",
        "server_is_overloaded, Retry",
        "vector_store_timeout, Retry",
        "invalid_prompt, Failed",
        "context_length_exceeded, Failed",
        "500, Retry",
        "429, Retry",
        "400, Failed",
    })
    void shouldTellErrorsThatPassFromThoseThatDoNot(String code, String outcome) {
        for (String form : List.of(
                "{'type':'error','sequence_number':3,'code':'%s','message':'Because','param':'p'}",
                "{'type':'error','sequence_number':3,'error':{'type':null,'code':'%s','message':'Because','param':'p'}}")) {
            stream = open();
            send(event("error", form.formatted(code)));

            assertThat(outcome().getClass().getSimpleName()).as(form).isEqualTo(outcome);
            assertThat(error())
                    .isEqualTo(new CallError(
                            "The stream ended with " + code + ": Because",
                            "stream_error",
                            code,
                            "p",
                            outcome.equals("Retry"),
                            200));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "server_error, Retry",
        "rate_limit_error, Retry",
        "tokens, Retry",
        "service_unavailable_error, Retry",
        "invalid_request_error, Failed",
        "insufficient_quota, Failed",
    })
    void shouldGoByTheTypeOfAnErrorWithoutCode(String type, String outcome) {
        send(event("error", "{'type':'error','error':{'type':'%s','code':null,'message':'Because'}}".formatted(type)));

        assertThat(outcome().getClass().getSimpleName()).isEqualTo(outcome);
        assertThat(error().type()).isEqualTo(type);
        assertThat(error().message()).isEqualTo("The stream ended with " + type + ": Because");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "event: error\ndata: {'type':'error','message':'Because'}\n\n",
                "event: error\ndata: {'message':'Because'}\n\n",
                "event: error\ndata: oops\n\n",
                "data: {'type':'error','error':'Because'}\n\n",
                "data: {'error':{'message':'Because'}}\n\n",
            })
    void shouldRetryAnErrorThatTellsNothingAgainstTheRequest(String text) {
        send(text.replace('\'', '"'));

        assertThat(outcome()).isInstanceOf(Retry.class);
        assertThat(error().message()).startsWith("The stream ended with an error");
    }

    @Test
    void shouldObeyTheHeadersInsideAnError() {
        String error = "{'type':'error','error':{'code':'rate_limit_exceeded','headers':{'Retry-After':'7'}}}";
        send(event("error", error));
        assertThat(((Retry) outcome()).serverDelay()).isEqualTo(Duration.ofSeconds(7));

        stream = open();
        send(event(
                "error",
                error.replace(
                        "Retry-After':'7'",
                        "x-ratelimit-remaining-tokens':0," + "'x-ratelimit-reset-tokens':'1m30s'")));
        assertThat(((Retry) outcome()).serverDelay()).isEqualTo(Duration.ofSeconds(90));

        stream = open();
        send(event("error", error.replace("Retry-After':'7'", "x-should-retry':'false'")));
        assertThat(outcome()).isInstanceOf(Failed.class);
    }

    @Test
    void shouldFailARequestThatIsAboveTheWholeLimit() {
        send(
                event(
                        "error",
                        "{'type':'error','error':{'code':'rate_limit_exceeded','message':'Too large: Limit 100, Requested 200'}}"));
        assertThat(outcome()).isInstanceOf(Failed.class);
    }

    @Test
    void shouldKeepToTheFirstOutcome() {
        send(event("error", "{'type':'error','code':'invalid_prompt','message':'Because'}"));
        send(COMPLETED);
        assertThat(error().code()).isEqualTo("invalid_prompt");
    }

    @Test
    void shouldTellDeltasInOrder() {
        send(delta(4, "Hel") + delta(5, "") + delta(9, "lo €") + COMPLETED + delta(10, "late"));
        assertThat(heard).containsExactly("4 Hel", "5 ", "9 lo €");
    }

    @Test
    void shouldCountDeltasThatHaveNoNumber() {
        send("data: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n".repeat(2));
        assertThat(heard).containsExactly("1 a", "2 a");
    }

    @Test
    void shouldSurviveAListenerThatThrows() {
        listener = (sequence, delta) -> {
            heard.add(delta);
            throw new IllegalStateException("listener");
        };
        stream = open();
        send(delta(1, "a") + delta(2, "b") + COMPLETED);

        assertThat(outcome()).isInstanceOf(Succeeded.class);
        assertThat(heard).containsExactly("a");
    }

    @Test
    void shouldLeaveOutWhatItDoesNotKnow() {
        send(": comment\n\n" + event("response.new_thing", "not json") + event("", "[]") + event("", "5")
                + event("response.output_text.delta", "{'cut") + event("response.refusal.delta", "{'delta':'no'}"));
        assertThat(stream.outcome()).isEmpty();
        send(COMPLETED);
        assertThat(outcome()).isInstanceOf(Succeeded.class);
        assertThat(heard).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "event: message\n"})
    void shouldReadEventsThatAreNamedInsideOnly(String line) {
        send(COMPLETED.replace("event: response.completed\n", line));
        assertThat(outcome()).isInstanceOf(Succeeded.class);
    }

    @Test
    void shouldTakeDoneAsTheEnd() {
        send(COMPLETED + "data: [DONE]\n\n");
        assertThat(outcome()).isInstanceOf(Succeeded.class);

        stream = open();
        send(delta(1, "a") + "data: [DONE]\n\n");
        assertThat(error().type()).isEqualTo("stream_interrupted");
        assertThat(((Retry) stream.outcome().orElseThrow()).maybeDone()).isTrue();
        assertThat(error().isRetriable()).isTrue();
    }

    @Test
    void shouldSayHowLongToWaitAfterABreak() {
        send("retry: 3000\n" + delta(1, "a"));
        var broken = (Retry) stream.brokenOff(NetworkFailure.streamInterrupted());
        assertThat(broken.error().type()).isEqualTo("stream_interrupted");
        assertThat(((Retry) stream.brokenOff(NetworkFailure.streamInterrupted().possiblyDone())).maybeDone())
                .isTrue();
        assertThat(broken.serverDelay()).isEqualTo(Duration.ofSeconds(3));
        assertThat(broken.requestId()).isEqualTo("req_1");
    }

    @Test
    void shouldRetryALastEventThatCannotBeRead() {
        send("event: response.completed\ndata: {\"type\":\"response.completed\",\"respon\n\n");
        assertThat(outcome()).isInstanceOf(Retry.class);
        assertThat(error().type()).isEqualTo("parse_error");
    }

    @Test
    void shouldFailALastEventWithoutAResponse() {
        send(event("response.completed", "{'type':'response.completed'}"));
        assertThat(outcome()).isInstanceOf(Failed.class);
        assertThat(error().type()).isEqualTo("parse_error");
    }

    @Test
    void shouldBoundTheResponse() {
        send(event("response.completed", "{'response':'" + "x".repeat(MAX_BYTES) + "'}"));
        assertThat(outcome()).isInstanceOf(Failed.class);
        assertThat(error().type()).isEqualTo("response_too_large");
        assertThat(error().message()).contains("2,000 bytes");
        assertThat(stream.isTooLarge()).isTrue();
    }

    @Test
    void shouldBoundTheWholeStreamMoreLoosely() {
        String delta = delta(1, "x".repeat(100));
        for (int bytes = 0; bytes < 64 * MAX_BYTES - delta.length(); bytes += delta.length()) {
            send(delta);
        }
        assertThat(stream.outcome()).isEmpty();
        send(delta);
        assertThat(error().type()).isEqualTo("response_too_large");
    }

    @Test
    void shouldSayWhenAnEventIsComplete() {
        assertThat(stream.read("data: a\n".getBytes(UTF_8))).isFalse();
        assertThat(stream.read("\n".getBytes(UTF_8))).isTrue();
        assertThat(stream.read(": comment\n\n".getBytes(UTF_8))).isFalse();
    }

    @Test
    void shouldNotShowTheKey() {
        send(event("error", "{'type':'error','code':'c','message':'Your key sk-test-0123456789 is odd'}"));
        assertThat(outcome().toString()).doesNotContain("0123456789");
    }

    @ParameterizedTest
    @CsvSource({
        "200, text/event-stream, true",
        "200, Text/Event-Stream; charset=utf-8, true",
        "200, application/json, false",
        "200, , false",
        "500, text/event-stream, false",
    })
    void shouldKnowAStreamByItsHead(int status, String type, boolean isStream) {
        assertThat(EventStream.is(new HttpAnswer(status, name -> type, new byte[0])))
                .isEqualTo(isStream);
    }

    private StreamedResponse open() {
        var headers = Map.of("content-type", "text/event-stream", "x-request-id", "req_1", "retry-after", "99");
        var head = new HttpAnswer(200, name -> headers.get(name.toLowerCase(Locale.ROOT)), new byte[0]);
        var classifier =
                new ResponseClassifier(new Redactor(ApiKey.of(new Secret("sk-test-0123456789")), List.of()), () -> NOW);
        return new StreamedResponse(head, MAX_BYTES, classifier, failOnIncomplete, listener);
    }

    private void send(String text) {
        stream.read(text.getBytes(UTF_8));
    }

    private CallOutcome outcome() {
        return stream.outcome().orElseThrow();
    }

    private CallError error() {
        return outcome() instanceof Retry retry ? retry.error() : ((Failed) outcome()).error();
    }

    private static String event(String name, String data) {
        return "event: " + name + "\ndata: " + data.replace('\'', '"') + "\n\n";
    }

    private static String delta(int sequence, String text) {
        return event(
                "response.output_text.delta",
                "{'type':'response.output_text.delta','sequence_number':%d,'delta':'%s'}".formatted(sequence, text));
    }
}

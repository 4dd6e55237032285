package io.github.genaistreams.provider.openai;

import static io.github.genaistreams.provider.openai.StreamCase.COMPLETED;
import static io.github.genaistreams.provider.openai.StreamCase.delta;
import static io.github.genaistreams.provider.openai.StreamCase.event;
import static io.github.genaistreams.provider.openai.StreamCase.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.http.EventStream;
import io.github.genaistreams.provider.http.EventStream.Sign;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.provider.http.NetworkFailure;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamedResponseTest {

    private final StreamCase test = new StreamCase();

    @Test
    void takesTheResponseOfTheLastEvent() {
        test.send(
                event("response.created", "{'type':'response.created','response':{'id':'r','status':'in_progress'}}"));
        assertThat(test.stream.outcome()).isEmpty();
        test.send(COMPLETED);

        var answer = ((Succeeded) test.outcome()).answer();
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
    void readsTheLastResponseLikeOneWithoutAStream(
            String name, String response, String outcome, String type, String code) {
        test.send(event(name, "{'type':'%s','response':%s}".formatted(name, response)));

        assertThat(test.outcome().getClass().getSimpleName()).isEqualTo(outcome);
        assertThat(test.error().type()).isEqualTo(type);
        assertThat(test.error().code()).isEqualTo(code);
    }

    @Test
    void takesAnIncompleteResponseIfTheRequestDoes() {
        test.failOnIncomplete = false;
        test.stream = test.open();
        test.send(event("response.incomplete", "{'response':{'incomplete_details':{'reason':'max_output_tokens'}}}"));

        assertThat(((Succeeded) test.outcome()).answer().finish()).isEqualTo("incomplete:max_output_tokens");
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
    void tellsErrorsThatPassFromThoseThatDoNot(String code, String outcome) {
        for (String form : List.of(
                "{'type':'error','sequence_number':3,'code':'%s','message':'Because','param':'p'}",
                "{'type':'error','sequence_number':3,'error':{'type':null,'code':'%s','message':'Because','param':'p'}}")) {
            test.stream = test.open();
            test.send(event("error", form.formatted(code)));

            assertThat(test.outcome().getClass().getSimpleName()).as(form).isEqualTo(outcome);
            assertThat(test.error())
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
    void goesByTheTypeOfAnErrorWithoutCode(String type, String outcome) {
        test.send(event(
                "error", "{'type':'error','error':{'type':'%s','code':null,'message':'Because'}}".formatted(type)));

        assertThat(test.outcome().getClass().getSimpleName()).isEqualTo(outcome);
        assertThat(test.error().type()).isEqualTo(type);
        assertThat(test.error().message()).isEqualTo("The stream ended with " + type + ": Because");
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
    void retriesAnErrorThatDoesNotBlameTheRequest(String text) {
        test.send(text.replace('\'', '"'));

        assertThat(test.outcome()).isInstanceOf(Retry.class);
        assertThat(test.error().message()).startsWith("The stream ended with an error");
    }

    @Test
    void obeysTheHeadersInsideAnError() {
        String error = "{'type':'error','error':{'code':'rate_limit_exceeded','headers':{'Retry-After':'7'}}}";
        test.send(event("error", error));
        assertThat(((Retry) test.outcome()).serverDelay()).isEqualTo(Duration.ofSeconds(7));

        test.stream = test.open();
        test.send(event(
                "error",
                error.replace(
                        "Retry-After':'7'",
                        "x-ratelimit-remaining-tokens':0," + "'x-ratelimit-reset-tokens':'1m30s'")));
        assertThat(((Retry) test.outcome()).serverDelay()).isEqualTo(Duration.ofSeconds(90));

        test.stream = test.open();
        test.send(event("error", error.replace("Retry-After':'7'", "x-should-retry':'false'")));
        assertThat(test.outcome()).isInstanceOf(Failed.class);
    }

    @Test
    void failsARequestThatIsAboveTheWholeLimit() {
        test.send(
                event(
                        "error",
                        "{'type':'error','error':{'code':'rate_limit_exceeded','message':'Too large: Limit 100, Requested 200'}}"));
        assertThat(test.outcome()).isInstanceOf(Failed.class);
    }

    @Test
    void keepsToTheFirstOutcome() {
        test.send(event("error", "{'type':'error','code':'invalid_prompt','message':'Because'}"));
        test.send(COMPLETED);
        assertThat(test.error().code()).isEqualTo("invalid_prompt");
    }

    @Test
    void tellsDeltasInOrder() {
        test.send(delta(4, "Hel") + delta(5, "") + delta(9, "lo €") + COMPLETED + delta(10, "late"));
        assertThat(test.heard).containsExactly("4 Hel", "5 ", "9 lo €");
    }

    @Test
    void countsDeltasThatHaveNoNumber() {
        test.send("data: {\"type\":\"response.output_text.delta\",\"delta\":\"a\"}\n\n".repeat(2));
        assertThat(test.heard).containsExactly("1 a", "2 a");
    }

    @Test
    void survivesAListenerThatThrows() {
        test.listener = (sequence, delta) -> {
            test.heard.add(delta);
            throw new IllegalStateException("listener");
        };
        test.stream = test.open();
        test.send(delta(1, "a") + delta(2, "b") + COMPLETED);

        assertThat(test.outcome()).isInstanceOf(Succeeded.class);
        assertThat(test.heard).containsExactly("a");
    }

    @Test
    void leavesOutWhatItDoesNotKnow() {
        test.send(": comment\n\n" + event("response.new_thing", "not json") + event("", "[]") + event("", "5")
                + event("response.output_text.delta", "{'cut") + event("response.refusal.delta", "{'delta':'no'}"));
        assertThat(test.stream.outcome()).isEmpty();
        test.send(COMPLETED);
        assertThat(test.outcome()).isInstanceOf(Succeeded.class);
        assertThat(test.heard).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "event: message\n"})
    void readsEventsThatAreNamedInsideOnly(String line) {
        test.send(COMPLETED.replace("event: response.completed\n", line));
        assertThat(test.outcome()).isInstanceOf(Succeeded.class);
    }

    @Test
    void takesDoneAsTheEnd() {
        test.send(COMPLETED + "data: [DONE]\n\n");
        assertThat(test.outcome()).isInstanceOf(Succeeded.class);

        test.stream = test.open();
        test.send(delta(1, "a") + "data: [DONE]\n\n");
        assertThat(test.error().type()).isEqualTo("stream_interrupted");
        assertThat(((Retry) test.stream.outcome().orElseThrow()).maybeDone()).isTrue();
        assertThat(test.error().isRetriable()).isTrue();
    }

    /** The last two, only because they have an output already. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "response.done",
                "response.finished",
                "done",
                "",
                "response.created",
                "response.in_progress",
            })
    void endsAtAnyEventWithAResponseWhoseStatusIsFinal(String name) {
        test.send(
                event(name, COMPLETED.substring(COMPLETED.indexOf("data: ") + 6).replace("response.completed", name)));

        assertThat(((Succeeded) test.outcome()).answer().outputText()).isEqualTo("Hi");
    }

    @ParameterizedTest
    @CsvSource({"failed, Retry", "incomplete, Failed", "cancelled, Failed"})
    void endsAtAnyEventWithAResponseThatHasNotSucceeded(String status, String outcome) {
        test.send(event(
                "response.done",
                "{'type':'response.done','response':{'status':'%s','error':{'code':'server_error'}}}"
                        .formatted(status)));

        assertThat(test.outcome().getClass().getSimpleName()).isEqualTo(outcome);
    }

    @Test
    void doesNotTakeTheFirstEventsForTheLast() {
        test.send(
                event("response.created", "{'type':'response.created','response':{'status':'completed','output':[]}}"));
        assertThat(test.stream.outcome()).isEmpty();
        test.send(event("response.in_progress", "{'type':'response.in_progress','response':{'status':'in_progress'}}"));
        test.send(event("response.queued", "{'type':'response.queued','response':{'status':'queued'}}"));
        assertThat(test.stream.outcome()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'message':'Because','code':'insufficient_quota'} | Failed | insufficient_quota",
                "{'type':'invalid_request_error','message':'Because'} | Failed | ",
                "{'type':'server_error','message':'Because'} | Retry | ",
                "{'detail':'Because'} | Retry | ",
                "{'detail':[{'loc':['body','model'],'msg':'Because','type':'missing'}]} | Failed | missing",
                "{'statusCode':429,'message':'Because'} | Retry | 429",
                "{'statusCode':400,'message':'Because'} | Failed | 400",
                "[{'error':{'code':503,'message':'Because'}}] | Retry | 503",
                "{'error':'Because'} | Retry | ",
                "{'error':'resource_unavailable'} | Retry | resource_unavailable",
                "{'type':'error','error':{'code':'resource_unavailable','message':'Because'}} | Retry | resource_unavailable",
                "{'type':'response.error','error':{'code':'invalid_prompt','message':'Because'}} | Failed | invalid_prompt",
                "{'type':'error','code':'498','message':'Because'} | Retry | 498",
                "{'type':'error','code':'529','message':'Because'} | Retry | 529",
            })
    void readsErrorsInAllTheirForms(String json, String outcome, String code) {
        test.send("data: " + json.replace('\'', '"') + "\n\n");

        assertThat(test.outcome().getClass().getSimpleName()).isEqualTo(outcome);
        assertThat(test.error().code()).isEqualTo(code);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{'type':'ping'}", "{'type':'heartbeat','message':'alive'}", "{}", "[]", "{'detail':null}"})
    void doesNotTakeSignsOfLifeForErrors(String json) {
        test.send("data: " + json.replace('\'', '"') + "\n\n");

        assertThat(test.stream.outcome()).isEmpty();
    }

    @Test
    void readsNumbersThatJsonDoesNotHave() {
        test.send(COMPLETED.replace("\"text\":\"Hi\"", "\"text\":\"Hi\",\"logprob\":-Infinity"));

        assertThat(((Succeeded) test.outcome())
                        .answer()
                        .body()
                        .at("/output/0/content/0/logprob")
                        .asText())
                .isEqualTo("-Infinity");
    }

    @Test
    void saysHowLongToWaitAfterABreak() {
        test.send("retry: 3000\n" + delta(1, "a"));
        var broken = (Retry) test.stream.brokenOff(NetworkFailure.streamInterrupted());
        assertThat(broken.error().type()).isEqualTo("stream_interrupted");
        assertThat(((Retry) test.stream.brokenOff(
                                NetworkFailure.streamInterrupted().possiblyDone()))
                        .maybeDone())
                .isTrue();
        assertThat(broken.serverDelay()).isEqualTo(Duration.ofSeconds(3));
        assertThat(broken.requestId()).isEqualTo("req_1");
    }

    @Test
    void retriesALastEventThatCannotBeRead() {
        test.send("event: response.completed\ndata: {\"type\":\"response.completed\",\"respon\n\n");
        assertThat(test.outcome()).isInstanceOf(Retry.class);
        assertThat(test.error().type()).isEqualTo("parse_error");
    }

    @Test
    void failsALastEventWithoutAResponse() {
        test.send(event("response.completed", "{'type':'response.completed'}"));
        assertThat(test.outcome()).isInstanceOf(Failed.class);
        assertThat(test.error().type()).isEqualTo("parse_error");
    }

    @Test
    void saysWhenAnEventIsComplete() {
        assertThat(test.stream.read("data: a\n".getBytes(UTF_8))).isEqualTo(Sign.NONE);
        assertThat(test.stream.read("\n".getBytes(UTF_8))).isEqualTo(Sign.EVENT);
        assertThat(test.stream.read(": comment\n\n".getBytes(UTF_8))).isEqualTo(Sign.ALIVE);
    }

    @Test
    void doesNotShowTheKey() {
        test.send(event("error", "{'type':'error','code':'c','message':'Your key sk-test-0123456789 is odd'}"));
        assertThat(test.outcome().toString()).doesNotContain("0123456789");
    }

    @ParameterizedTest
    @CsvSource({
        "200, text/event-stream, true",
        "200, Text/Event-Stream; charset=utf-8, true",
        "200, application/json, false",
        "200, , false",
        "500, text/event-stream, false",
    })
    void knowsAStreamByItsHead(int status, String type, boolean isStream) {
        assertThat(EventStream.is(new HttpAnswer(status, name -> type, new byte[0])))
                .isEqualTo(isStream);
    }
}

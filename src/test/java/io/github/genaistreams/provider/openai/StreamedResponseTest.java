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
import io.github.genaistreams.provider.http.EventStream.Sign;
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

    private static final String DONE_ITEM = event(
            "response.output_item.done",
            "{'type':'response.output_item.done','output_index':0,'item':{'id':'m1','type':'message','content':"
                    + "[{'type':'output_text','text':'Hello'}]}}");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type':'response.completed','response':{'id':'r','status':'completed','output':[],'usage':{'input_tokens':3}}}",
                "{'type':'response.completed','response':{'id':'r','status':'completed','usage':{'input_tokens':3}}}",
                "{'type':'response.completed','response':{'id':'r','output':null,'usage':{'input_tokens':3}}}",
                "{'type':'response.completed','response':{'id':'r','usage':{'input_tokens':3},'output':"
                        + "[{'type':'message','content':[{'type':'output_text','text':null}]}]}}",
                "{'id':'r','object':'response','status':'completed','usage':{'input_tokens':3}}",
            })
    void shouldTakeTheOutputThatWasStreamedIfTheLastResponseHasNone(String last) {
        send(delta(1, "Hel") + delta(2, "lo") + DONE_ITEM + event("response.completed", last));

        var answer = ((Succeeded) outcome()).answer();
        assertThat(answer.outputText()).isEqualTo("Hello");
        assertThat(answer.finish()).isEqualTo("completed");
        assertThat(answer.usage().inputTokens()).isEqualTo(3);
        assertThat(answer.body().at("/output/0/id").asText()).isEqualTo("m1");
        assertThat(answer.body().path("id").asText()).isEqualTo("r");
    }

    @Test
    void shouldPutTogetherWhatNoEventHeldWhole() {
        send(text(0, 0, "delta", "delta", "Hel")
                + text(0, 0, "delta", "delta", "lo")
                + text(0, 1, "delta", "delta", "wor")
                + text(0, 1, "done", "text", " world")
                + text(1, 0, "delta", "delta", "!"));
        send(event("response.completed", "{'response':{'status':'completed','output':[]}}"));

        assertThat(((Succeeded) outcome()).answer().outputText()).isEqualTo("Hello world!");
    }

    @Test
    void shouldKeepTheOrderOfItemsAndTheirKinds() {
        send(item("added", 0, "{'id':'rs','type':'reasoning'}")
                + item("done", 0, "{'id':'rs','type':'reasoning','x':1}")
                + item("added", 1, "{'id':'fc','type':'function_call','call_id':'c','name':'f','arguments':''}")
                + event(
                        "response.function_call_arguments.done",
                        "{'type':'response.function_call_arguments.done','output_index':1,'item_id':'fc','arguments':'{}'}")
                + event(
                        "response.refusal.done",
                        "{'type':'response.refusal.done','output_index':2,'content_index':0,'refusal':'No'}")
                + event("response.completed", "{'response':{'status':'completed','output':[]}}"));

        assertThat(((Failed) outcome())
                        .answer()
                        .body()
                        .path("output")
                        .toString()
                        .replace('"', '\''))
                .isEqualTo("[{'id':'rs','type':'reasoning','x':1},"
                        + "{'id':'fc','type':'function_call','call_id':'c','name':'f','arguments':'{}'},"
                        + "{'type':'message','role':'assistant','status':'completed','content':"
                        + "[{'type':'refusal','refusal':'No'}]}]");
        assertThat(error().type()).isEqualTo("refusal");
    }

    @Test
    void shouldTellItemsApartThatHaveNoPlace() {
        for (String place : List.of("", "'output_index':0,")) {
            stream = open();
            for (String text : List.of("One", "Two")) {
                send("data: {\"type\":\"response.output_item.done\",%s\"item\":{\"type\":\"message\",\"content\":"
                                .formatted(place.replace('\'', '"'))
                        + "[{\"type\":\"output_text\",\"text\":\"" + text + "\"}]}}\n\n");
            }
            send(event("response.completed", "{'response':{'status':'completed'}}"));

            assertThat(((Succeeded) outcome()).answer().outputText()).isEqualTo("OneTwo");
        }
    }

    @Test
    void shouldAddTheWordsAroundACallOfATool() {
        send(DONE_ITEM
                + event(
                        "response.completed",
                        "{'response':{'status':'completed','output':[{'type':'function_call','name':'f'}]}}"));

        var answer = ((Succeeded) outcome()).answer();
        assertThat(answer.outputText()).isEqualTo("Hello");
        assertThat(answer.body().at("/output/1/name").asText()).isEqualTo("f");
    }

    @Test
    void shouldGiveAnIncompleteAnswerTheTextThatWasStreamed() {
        send(delta(1, "Hel")
                + event(
                        "response.incomplete",
                        "{'response':{'output':[],'incomplete_details':{'reason':'max_output_tokens'}}}"));

        assertThat(((Failed) outcome()).answer().outputText()).isEqualTo("Hel");
    }

    @Test
    void shouldNotDoubleWhatTheLastResponseHolds() {
        send(delta(1, "Hi") + DONE_ITEM + COMPLETED);

        var answer = ((Succeeded) outcome()).answer();
        assertThat(answer.outputText()).isEqualTo("Hi");
        assertThat(answer.body().path("output")).hasSize(1);
    }

    @Test
    void shouldSayThatNothingWasStreamed() {
        send(event("response.completed", "{'response':{'status':'completed','output':[]}}"));

        assertThat(((Succeeded) outcome()).answer().finish()).isEqualTo("empty");
    }

    @Test
    void shouldFailIfMoreWasStreamedThanIsKept() {
        send(delta(1, "x".repeat(1_900)) + delta(2, "x".repeat(1_900)));
        send(event("response.completed", "{'response':{'status':'completed','output':[]}}"));

        assertThat(error().type()).isEqualTo("response_too_large");
        assertThat(outcome()).isInstanceOf(Failed.class);
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
    void shouldEndAtAnyEventWithAResponseWhoseStatusIsFinal(String name) {
        send(event(name, COMPLETED.substring(COMPLETED.indexOf("data: ") + 6).replace("response.completed", name)));

        assertThat(((Succeeded) outcome()).answer().outputText()).isEqualTo("Hi");
    }

    @ParameterizedTest
    @CsvSource({"failed, Retry", "incomplete, Failed", "cancelled, Failed"})
    void shouldEndAtAnyEventWithAResponseThatHasNotSucceeded(String status, String outcome) {
        send(event(
                "response.done",
                "{'type':'response.done','response':{'status':'%s','error':{'code':'server_error'}}}"
                        .formatted(status)));

        assertThat(outcome().getClass().getSimpleName()).isEqualTo(outcome);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'type':'response.failed','error':{'code':'server_error','message':'Oh'}} | Retry",
                "{'type':'response.failed','error':{'code':'invalid_prompt','message':'Oh'}} | Failed",
                "{'type':'response.failed','response':{'id':'r'},'error':{'code':'server_error','message':'Oh'}} | Retry",
                "{'type':'response.failed','response':{'id':'r','error':{'code':'invalid_prompt','message':'Oh'}},"
                        + "'error':{'code':'server_error'}} | Failed",
            })
    void shouldFailAsTheLastEventSaysAlsoAfterOutputThatIsWhole(String last, String outcome) {
        send(delta(1, "Hello") + DONE_ITEM + event("response.failed", last));

        assertThat(outcome().getClass().getSimpleName()).isEqualTo(outcome);
        assertThat(error().message()).contains("Oh");
    }

    @Test
    void shouldNotTakeAStreamThatEndedBeforeItsAnswerForAnEmptyAnswer() {
        String thought = item("done", 0, "{'id':'rs','type':'reasoning'}");
        send(thought + "data: [DONE]\n\n");
        assertThat(error().type()).isEqualTo("stream_interrupted");

        stream = open();
        send(thought + item("done", 1, "{'type':'function_call','name':'f','arguments':'{}'}") + "data: [DONE]\n\n");
        assertThat(outcome()).isInstanceOf(Succeeded.class);
    }

    @Test
    void shouldSayThatItHoldsTheOutput() {
        long before = stream.held();
        for (int i = 0; i < 100; i++) {
            send(delta(i, "x".repeat(10)));
        }
        assertThat(stream.held() - before).isGreaterThanOrEqualTo(1_000);
    }

    @Test
    void shouldNotTakeTheFirstEventsForTheLast() {
        send(event("response.created", "{'type':'response.created','response':{'status':'completed','output':[]}}"));
        assertThat(stream.outcome()).isEmpty();
        send(event("response.in_progress", "{'type':'response.in_progress','response':{'status':'in_progress'}}"));
        send(event("response.queued", "{'type':'response.queued','response':{'status':'queued'}}"));
        assertThat(stream.outcome()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "data: [DONE]\n\n",
                "data:  [DONE] \n\n",
                "event: response.completed\ndata: {\"type\":\"response.completed\"}\n\n",
                "event: response.completed\ndata: {\"type\":\"respon\n\n",
                "event: response.done\ndata: {}\n\n",
            })
    void shouldTakeWhatWasStreamedWholeIfNoResponseCloses(String end) {
        send(event(
                "response.created",
                "{'type':'response.created','response':{'id':'r','model':'m','status':'in_progress'}}"));
        send(delta(1, "Hello") + DONE_ITEM + end);

        var answer = ((Succeeded) outcome()).answer();
        assertThat(answer.outputText()).isEqualTo("Hello");
        assertThat(answer.model()).isEqualTo("m");
        assertThat(answer.usage()).isNull();
        assertThat(answer.body().path("status").asText()).isEqualTo("completed");
    }

    @Test
    void shouldNotTakeWhatWasBegunForTheWhole() {
        send(DONE_ITEM + item("added", 1, "{'type':'message'}") + "data: [DONE]\n\n");

        assertThat(error().type()).isEqualTo("stream_interrupted");
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
    void shouldReadErrorsInAllTheirForms(String json, String outcome, String code) {
        send("data: " + json.replace('\'', '"') + "\n\n");

        assertThat(outcome().getClass().getSimpleName()).isEqualTo(outcome);
        assertThat(error().code()).isEqualTo(code);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{'type':'ping'}", "{'type':'heartbeat','message':'alive'}", "{}", "[]", "{'detail':null}"})
    void shouldNotTakeSignsOfLifeForErrors(String json) {
        send("data: " + json.replace('\'', '"') + "\n\n");

        assertThat(stream.outcome()).isEmpty();
    }

    @Test
    void shouldReadNumbersThatJsonDoesNotHave() {
        send(COMPLETED.replace("\"text\":\"Hi\"", "\"text\":\"Hi\",\"logprob\":-Infinity"));

        assertThat(((Succeeded) outcome())
                        .answer()
                        .body()
                        .at("/output/0/content/0/logprob")
                        .asText())
                .isEqualTo("-Infinity");
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
        assertThat(stream.read("data: a\n".getBytes(UTF_8))).isEqualTo(Sign.NONE);
        assertThat(stream.read("\n".getBytes(UTF_8))).isEqualTo(Sign.EVENT);
        assertThat(stream.read(": comment\n\n".getBytes(UTF_8))).isEqualTo(Sign.ALIVE);
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

    private static String text(int item, int part, String kind, String field, String text) {
        return event(
                "response.output_text." + kind,
                "{'type':'response.output_text.%s','output_index':%d,'content_index':%d,'%s':'%s'}"
                        .formatted(kind, item, part, field, text));
    }

    private static String item(String kind, int index, String item) {
        return event(
                "response.output_item." + kind,
                "{'type':'response.output_item.%s','output_index':%d,'item':%s}".formatted(kind, index, item));
    }

    private static String delta(int sequence, String text) {
        return event(
                "response.output_text.delta",
                "{'type':'response.output_text.delta','sequence_number':%d,'delta':'%s'}".formatted(sequence, text));
    }
}

package io.github.genaistreams.provider.openai;

import static io.github.genaistreams.provider.openai.StreamCase.COMPLETED;
import static io.github.genaistreams.provider.openai.StreamCase.MAX_BYTES;
import static io.github.genaistreams.provider.openai.StreamCase.delta;
import static io.github.genaistreams.provider.openai.StreamCase.event;
import static io.github.genaistreams.provider.openai.StreamCase.item;
import static io.github.genaistreams.provider.openai.StreamCase.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The output that is put together from what was streamed, if no response at the end holds it. */
class StreamedOutputTest {

    private static final String DONE_ITEM = event(
            "response.output_item.done",
            "{'type':'response.output_item.done','output_index':0,'item':{'id':'m1','type':'message','content':"
                    + "[{'type':'output_text','text':'Hello'}]}}");

    private final StreamCase test = new StreamCase();

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
    void takesTheOutputThatWasStreamedIfTheLastResponseHasNone(String last) {
        test.send(delta(1, "Hel") + delta(2, "lo") + DONE_ITEM + event("response.completed", last));

        var answer = ((Succeeded) test.outcome()).answer();
        assertThat(answer.outputText()).isEqualTo("Hello");
        assertThat(answer.finish()).isEqualTo("completed");
        assertThat(answer.usage().inputTokens()).isEqualTo(3);
        assertThat(answer.body().at("/output/0/id").asText()).isEqualTo("m1");
        assertThat(answer.body().path("id").asText()).isEqualTo("r");
    }

    @Test
    void putsTogetherWhatNoEventHeldWhole() {
        test.send(text(0, 0, "delta", "delta", "Hel")
                + text(0, 0, "delta", "delta", "lo")
                + text(0, 1, "delta", "delta", "wor")
                + text(0, 1, "done", "text", " world")
                + text(1, 0, "delta", "delta", "!"));
        test.send(event("response.completed", "{'response':{'status':'completed','output':[]}}"));

        assertThat(((Succeeded) test.outcome()).answer().outputText()).isEqualTo("Hello world!");
    }

    @Test
    void keepsTheOrderOfItemsAndTheirKinds() {
        test.send(item("added", 0, "{'id':'rs','type':'reasoning'}")
                + item("done", 0, "{'id':'rs','type':'reasoning','x':1}")
                + item("added", 1, "{'id':'fc','type':'function_call','call_id':'c','name':'f','arguments':''}")
                + event(
                        "response.function_call_arguments.done",
                        "{'type':'response.function_call_arguments.done','output_index':1,'item_id':'fc','arguments':'{}'}")
                + event(
                        "response.refusal.done",
                        "{'type':'response.refusal.done','output_index':2,'content_index':0,'refusal':'No'}")
                + event("response.completed", "{'response':{'status':'completed','output':[]}}"));

        assertThat(((Failed) test.outcome())
                        .answer()
                        .body()
                        .path("output")
                        .toString()
                        .replace('"', '\''))
                .isEqualTo("[{'id':'rs','type':'reasoning','x':1},"
                        + "{'id':'fc','type':'function_call','call_id':'c','name':'f','arguments':'{}'},"
                        + "{'type':'message','role':'assistant','status':'completed','content':"
                        + "[{'type':'refusal','refusal':'No'}]}]");
        assertThat(test.error().type()).isEqualTo("refusal");
    }

    @Test
    void tellsItemsApartThatHaveNoPlace() {
        for (String place : List.of("", "'output_index':0,")) {
            test.stream = test.open();
            for (String text : List.of("One", "Two")) {
                test.send("data: {\"type\":\"response.output_item.done\",%s\"item\":{\"type\":\"message\",\"content\":"
                                .formatted(place.replace('\'', '"'))
                        + "[{\"type\":\"output_text\",\"text\":\"" + text + "\"}]}}\n\n");
            }
            test.send(event("response.completed", "{'response':{'status':'completed'}}"));

            assertThat(((Succeeded) test.outcome()).answer().outputText()).isEqualTo("OneTwo");
        }
    }

    @Test
    void addsTheWordsAroundACallOfATool() {
        test.send(DONE_ITEM
                + event(
                        "response.completed",
                        "{'response':{'status':'completed','output':[{'type':'function_call','name':'f'}]}}"));

        var answer = ((Succeeded) test.outcome()).answer();
        assertThat(answer.outputText()).isEqualTo("Hello");
        assertThat(answer.body().at("/output/1/name").asText()).isEqualTo("f");
    }

    @Test
    void givesAnIncompleteAnswerTheTextThatWasStreamed() {
        test.send(delta(1, "Hel")
                + event(
                        "response.incomplete",
                        "{'response':{'output':[],'incomplete_details':{'reason':'max_output_tokens'}}}"));

        assertThat(((Failed) test.outcome()).answer().outputText()).isEqualTo("Hel");
    }

    @Test
    void doesNotDoubleWhatTheLastResponseHolds() {
        test.send(delta(1, "Hi") + DONE_ITEM + COMPLETED);

        var answer = ((Succeeded) test.outcome()).answer();
        assertThat(answer.outputText()).isEqualTo("Hi");
        assertThat(answer.body().path("output")).hasSize(1);
    }

    @Test
    void saysThatNothingWasStreamed() {
        test.send(event("response.completed", "{'response':{'status':'completed','output':[]}}"));

        assertThat(((Succeeded) test.outcome()).answer().finish()).isEqualTo("empty");
    }

    @Test
    void failsIfMoreWasStreamedThanIsKept() {
        test.send(delta(1, "x".repeat(1_900)) + delta(2, "x".repeat(1_900)));
        test.send(event("response.completed", "{'response':{'status':'completed','output':[]}}"));

        assertThat(test.error().type()).isEqualTo("response_too_large");
        assertThat(test.outcome()).isInstanceOf(Failed.class);
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
    void failsAsTheLastEventSaysAlsoAfterOutputThatIsWhole(String last, String outcome) {
        test.send(delta(1, "Hello") + DONE_ITEM + event("response.failed", last));

        assertThat(test.outcome().getClass().getSimpleName()).isEqualTo(outcome);
        assertThat(test.error().message()).contains("Oh");
    }

    @Test
    void doesNotTakeAStreamThatEndedBeforeItsAnswerForAnEmptyAnswer() {
        String thought = item("done", 0, "{'id':'rs','type':'reasoning'}");
        test.send(thought + "data: [DONE]\n\n");
        assertThat(test.error().type()).isEqualTo("stream_interrupted");

        test.stream = test.open();
        test.send(
                thought + item("done", 1, "{'type':'function_call','name':'f','arguments':'{}'}") + "data: [DONE]\n\n");
        assertThat(test.outcome()).isInstanceOf(Succeeded.class);
    }

    @Test
    void saysThatItHoldsTheOutput() {
        long before = test.stream.held();
        for (int i = 0; i < 100; i++) {
            test.send(delta(i, "x".repeat(10)));
        }
        assertThat(test.stream.held() - before).isGreaterThanOrEqualTo(1_000);
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
    void takesWhatWasStreamedWholeIfNoResponseCloses(String end) {
        test.send(event(
                "response.created",
                "{'type':'response.created','response':{'id':'r','model':'m','status':'in_progress'}}"));
        test.send(delta(1, "Hello") + DONE_ITEM + end);

        var answer = ((Succeeded) test.outcome()).answer();
        assertThat(answer.outputText()).isEqualTo("Hello");
        assertThat(answer.model()).isEqualTo("m");
        assertThat(answer.usage()).isNull();
        assertThat(answer.body().path("status").asText()).isEqualTo("completed");
    }

    @Test
    void doesNotTakeWhatWasBegunForTheWhole() {
        test.send(DONE_ITEM + item("added", 1, "{'type':'message'}") + "data: [DONE]\n\n");

        assertThat(test.error().type()).isEqualTo("stream_interrupted");
    }

    @Test
    void boundsTheResponse() {
        test.send(event("response.completed", "{'response':'" + "x".repeat(MAX_BYTES) + "'}"));
        assertThat(test.outcome()).isInstanceOf(Failed.class);
        assertThat(test.error().type()).isEqualTo("response_too_large");
        assertThat(test.error().message()).contains("2,000 bytes");
        assertThat(test.stream.isTooLarge()).isTrue();
    }

    @Test
    void boundsTheWholeStreamMoreLoosely() {
        String delta = delta(1, "x".repeat(100));
        for (int bytes = 0; bytes < 64 * MAX_BYTES - delta.length(); bytes += delta.length()) {
            test.send(delta);
        }
        assertThat(test.stream.outcome()).isEmpty();
        test.send(delta);
        assertThat(test.error().type()).isEqualTo("response_too_large");
    }
}

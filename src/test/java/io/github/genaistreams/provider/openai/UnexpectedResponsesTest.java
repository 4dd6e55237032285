package io.github.genaistreams.provider.openai;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.DeltaListener;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that send more, or something else, than the response to a request: it is never taken for the answer to another one. */
@Timeout(60)
class UnexpectedResponsesTest {

    private static final String INTERIM = "HTTP/1.1 102 Processing\r\n\r\n";
    private static final String STRAY = ok(answer("stray"));

    private final ClientCase test = new ClientCase();
    private final AtomicInteger connections = new AtomicInteger();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();

    @AfterEach
    void close() throws Exception {
        test.close();
    }

    /** Answers a request on the first connection; whatever is asked on another one is answered as it should be. */
    private interface First {
        void answer(RawServer.Connection connection) throws IOException;
    }

    private OpenAiClient clientOf(First first) throws Exception {
        return test.clientOf(c -> {
            if (connections.incrementAndGet() == 1) {
                first.answer(c);
                c.waitForClose(closed);
            }
            while (true) {
                c.write(ok(answer(c.readRequest().body())));
            }
        });
    }

    @Test
    void interimResponsesAreReadOver() throws Exception {
        var client = test.clientOf(c -> {
            connections.incrementAndGet();
            for (int i = 0; i < 2; i++) {
                String prompt = c.readRequest().body();
                c.write("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
                c.write(INTERIM.repeat(998));
                c.write(ok(answer(prompt)));
            }
        });

        assertOwn(call(client, "one"), "one");
        assertOwn(call(client, "two"), "two");
        assertThat(connections).hasValue(1);
    }

    @Test
    void interimResponsesWithoutEndBreakOffTheCall() throws Exception {
        var client = clientOf(c -> {
            c.read();
            c.write(INTERIM.repeat(1_001) + STRAY);
        });

        assertRefused(call(client, "one"));
        closed.get(10, SECONDS);
        assertOwn(call(client, "two"), "two");
    }

    @Test
    void aSwitchOfProtocolsBreaksOffTheCall() throws Exception {
        var client = clientOf(c -> {
            c.read();
            c.write("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n" + STRAY);
        });

        assertRefused(call(client, "one"));
        assertOwn(call(client, "two"), "two");
    }

    /** Whole responses, something else, and the beginning of what could be the next one. */
    @ParameterizedTest
    @ValueSource(strings = {"response", "interim", "\r\n", "}", "HTTP/1.1 200 O", "garbage\r\n\r\n"})
    void whatFollowsAResponseClosesTheConnection(String more) throws Exception {
        String rest =
                switch (more) {
                    case "response" -> STRAY;
                    case "interim" -> INTERIM;
                    default -> more;
                };
        var client = clientOf(c -> c.write(ok(answer(c.readRequest().body())) + rest));

        assertOwn(call(client, "one"), "one");
        assertOwn(call(client, "two"), "two");
        closed.get(10, SECONDS);
    }

    @Test
    void whatFollowsAChunkedResponseClosesTheConnection() throws Exception {
        var client = clientOf(c -> c.write(chunked("", answer(c.readRequest().body())) + STRAY));

        assertOwn(call(client, "one"), "one");
        assertOwn(call(client, "two"), "two");
        closed.get(10, SECONDS);
    }

    @Test
    void whatComesLaterOnAConnectionThatIsNotInUseClosesIt() throws Exception {
        var told = new CompletableFuture<Void>();
        var client = clientOf(c -> {
            c.write(ok(answer(c.readRequest().body())));
            told.join();
            c.write(STRAY);
        });

        assertOwn(call(client, "one"), "one");
        told.complete(null);
        closed.get(10, SECONDS);
        assertOwn(call(client, "two"), "two");
    }

    @Test
    void successBeforeTheRequestWasSentIsNotItsAnswer() throws Exception {
        var told = new CompletableFuture<Void>();
        var client = clientOf(c -> {
            c.socket().getInputStream().read();
            c.write(STRAY);
            told.join();
        });

        assertRefused(call(client, "long ".repeat(2_000_000)));
        told.complete(null);
        assertOwn(call(client, "two"), "two");
    }

    @Test
    void aRefusalBeforeTheRequestWasSentIsTaken() throws Exception {
        var told = new CompletableFuture<Void>();
        var client = clientOf(c -> {
            c.socket().getInputStream().read();
            c.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\n{}");
            told.join();
        });

        assertThat(call(client, "long ".repeat(2_000_000)).toString()).contains("413");
        told.complete(null);
        closed.get(10, SECONDS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"408 Request Timeout", "500 Oh", "502 Bad Gateway", "504 Gateway Timeout"})
    void aConnectionIsNotUsedAgainAfterAServersTrouble(String status) throws Exception {
        var client = clientOf(c -> {
            c.read();
            c.write("HTTP/1.1 " + status + "\r\nContent-Length: 2\r\n\r\n{}");
        });

        assertThat(call(client, "one")).isInstanceOf(Retry.class);
        assertOwn(call(client, "two"), "two");
        closed.get(10, SECONDS);
    }

    @Test
    void aResponseWithTwoLengthsIsTakenAndTheConnectionClosed() throws Exception {
        var client = clientOf(c ->
                c.write(chunked("Content-Length: 5\r\n", answer(c.readRequest().body()))));

        assertOwn(call(client, "one"), "one");
        assertOwn(call(client, "two"), "two");
        closed.get(10, SECONDS);
    }

    @Test
    void aConnectionThatIsToBeClosedAmongOtherThingsIsClosed() throws Exception {
        var client = clientOf(c -> {
            String answer = answer(c.readRequest().body());
            c.write("HTTP/1.1 200 OK\r\nConnection: x-hop, close\r\nContent-Length: " + answer.length() + "\r\n\r\n"
                    + answer);
        });

        assertOwn(call(client, "one"), "one");
        assertOwn(call(client, "two"), "two");
        closed.get(10, SECONDS);
    }

    /** In the good case nothing is paid for the care: a connection costs a server and a handshake. */
    @Test
    void aConnectionIsUsedAgainAfterWhateverResponseIsAsItShouldBe() throws Exception {
        var client = test.clientOf(c -> {
            connections.incrementAndGet();
            while (true) {
                c.write(asAsked(c.readRequest().body()));
            }
        });

        for (String form : List.of("plain", "chunked", "long", "429", "400", "429", "plain")) {
            CallOutcome outcome = call(client, form);
            assertThat(outcome)
                    .isInstanceOf(
                            form.equals("429") ? Retry.class : form.equals("400") ? Failed.class : Succeeded.class);
        }
        assertThat(connections).hasValue(1);

        for (int i = 0; i < 20; i++) {
            assertThat(call(client, "as a stream")).isInstanceOf(Succeeded.class);
        }
        // Its last event is the outcome; its end, after which it is used again, follows by a moment.
        assertThat(connections).hasValueLessThan(5);
    }

    private static String asAsked(String request) {
        if (request.contains("\"chunked\"")) {
            return chunked("", answer("x"));
        }
        if (request.contains("\"long\"")) {
            return ok(answer("x".repeat(500_000)));
        }
        if (request.contains("as a stream")) {
            return chunked(
                    "Content-Type: text/event-stream\r\n",
                    "data: {\"type\":\"response.completed\",\"response\":" + answer("x") + "}\n\ndata: [DONE]\n\n");
        }
        return request.contains("\"429\"")
                ? "HTTP/1.1 429 Slow Down\r\nContent-Length: 2\r\n\r\n{}"
                : request.contains("\"400\"")
                        ? "HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
                        : ok(answer("x"));
    }

    private static void assertOwn(CallOutcome outcome, String prompt) {
        assertThat(outcome).isInstanceOfSatisfying(Succeeded.class, succeeded -> {
            assertThat(succeeded.answer().outputText()).isEqualTo("answer to " + prompt);
        });
    }

    private static void assertRefused(CallOutcome outcome) {
        assertThat(outcome).isInstanceOfSatisfying(Retry.class, retry -> {
            assertThat(retry.error().type()).isEqualTo("network_error");
            assertThat(retry.error().message()).contains("does not belong to the request");
            assertThat(retry.maybeDone()).isTrue();
        });
    }

    private static CallOutcome call(OpenAiClient client, String prompt) throws Exception {
        ResponsesRequest.Builder request = ClientCase.request().userPrompt(prompt);
        return ClientCase.call(client, request, DeltaListener.NONE);
    }

    /** @param request its body, or the prompt itself */
    private static String answer(String request) {
        String prompt = request.contains("\"one\"") ? "one" : request.contains("\"two\"") ? "two" : request;
        return "{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"answer to "
                + prompt + "\"}]}]}";
    }

    private static String ok(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + body.length() + "\r\n\r\n"
                + body;
    }

    private static String chunked(String headers, String body) {
        return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + headers + "\r\n"
                + Integer.toHexString(body.length()) + "\r\n" + body + "\r\n0\r\n\r\n";
    }
}

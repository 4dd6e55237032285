package io.github.genaistreams.provider.openai;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.TestJvm;
import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.Secret;
import io.github.genaistreams.provider.http.HttpSettings;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Answers that are compressed, some of which stand for more than there is room for. */
@Timeout(120)
class CompressedAnswersTest {

    private static final String ANSWER =
            "{\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"content\":[{\"type\":\"output_text\",\"text\":\"~\"}]}]}";
    private static final String TOO_LARGE = "response_too_large";

    private final ClientCase test = new ClientCase();

    @AfterEach
    void close() throws Exception {
        test.close();
    }

    @ParameterizedTest
    @CsvSource({"gzip, gzip", "X-GZip, gzip", "deflate, deflate", "identity, none", "'', none"})
    void readsWhatItsHeaderSays(String header, String form) throws Exception {
        byte[] body = form.equals("none") ? answer(3) : compressed(form, answer(3), 1);

        assertThat(text(outcome(header, "application/json", body))).isEqualTo("aaa");
    }

    @Test
    void readsAnAnswerInSeveralParts() throws Exception {
        byte[] answer = answer(3);
        var both = new ByteArrayOutputStream();
        both.write(compressed("gzip", Arrays.copyOf(answer, 20), 1));
        both.write(compressed("gzip", Arrays.copyOfRange(answer, 20, answer.length), 1));

        assertThat(text(outcome("gzip", "application/json", both.toByteArray())))
                .isEqualTo("aaa");
    }

    /** Some proxies undo it, and leave the header. */
    @ParameterizedTest
    @ValueSource(strings = {"gzip", "x-gzip"})
    void readsWhatIsNotCompressedAlthoughItsHeaderSaysSo(String header) throws Exception {
        assertThat(text(outcome(header, "application/json", answer(3)))).isEqualTo("aaa");
        byte[] stream = ("data: {\"type\":\"response.completed\",\"response\":" + new String(answer(3), UTF_8)
                        + "}\n\n")
                .getBytes(UTF_8);
        assertThat(text(outcome(header, "text/event-stream", stream))).isEqualTo("aaa");
    }

    @Test
    void asksForNothingElse() throws Exception {
        var head = new CompletableFuture<String>();
        var client = test.clientOf(c -> {
            head.complete(c.read());
            c.write(head("", "application/json", answer(1).length));
            c.write(answer(1));
        });

        ClientCase.call(client, ClientCase.request(), DeltaListener.NONE);

        assertThat(head.get(5, SECONDS).toLowerCase(Locale.ROOT)).contains("accept-encoding: gzip\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "br, as br",
        "zstd, as zstd",
        "'gzip, gzip', in a way that was not asked for",
        "'gzip; sk-secret', in a way"
    })
    void saysThatItCannotReadAnotherForm(String header, String words) throws Exception {
        assertThat(outcome(header, "application/json", answer(3))).isInstanceOfSatisfying(Failed.class, failed -> {
            assertThat(failed.error().message()).contains(words).doesNotContain("secret");
            assertThat(failed.maybeDone()).isTrue();
        });
    }

    @Test
    void anErrorInAnotherFormIsStillAnError() throws Exception {
        var client = test.clientOf(c -> {
            c.read();
            c.write("HTTP/1.1 503 Oh\r\nContent-Encoding: br\r\nContent-Length: 4\r\n\r\n\1\2\3\4");
        });

        CallOutcome outcome = ClientCase.call(client, ClientCase.request(), DeltaListener.NONE);

        assertThat(((Retry) outcome).error().httpStatus()).isEqualTo(503);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "deflate"})
    void breaksOffABomb(String form) throws Exception {
        byte[] bomb = compressed(form, new byte[1_000_000], 200);
        assertThat(bomb.length).isLessThan(ClientCase.MAX_BYTES);

        assertTooLarge(outcome(form, "application/json", bomb));
        assertTooLarge(outcome(form, "text/event-stream", bomb));
    }

    /** It stands for little: each of its parts for nothing at all. */
    @Test
    void abortsATooLargeAnswerBeforeItIsRead() throws Exception {
        byte[] nothing = compressed("gzip", new byte[0], 1);
        var parts = new ByteArrayOutputStream();
        while (parts.size() <= ClientCase.MAX_BYTES) {
            parts.write(nothing);
        }
        parts.write(compressed("gzip", answer(3), 1));

        assertTooLarge(outcome("gzip", "application/json", parts.toByteArray()));
    }

    @Test
    void whatIsCutOffIsNoAnswer() throws Exception {
        byte[] whole = compressed("gzip", answer(10_000), 1);

        CallOutcome outcome = outcome("gzip", "application/json", Arrays.copyOf(whole, whole.length / 2));

        assertThat(outcome).isNotInstanceOf(Succeeded.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"X: %s\r\n", "X-%s: 1\r\n", "%s\r\n"})
    void breaksOffHeadersOfAbsurdSize(String header) throws Exception {
        var client = test.clientOf(c -> {
            c.read();
            c.write("HTTP/1.1 200 OK\r\n" + header.formatted("x".repeat(4_000_000)) + "\r\n");
        });

        CallOutcome outcome = ClientCase.call(client, ClientCase.request(), DeltaListener.NONE);

        assertThat(((Retry) outcome).error().type()).isEqualTo("network_error");
    }

    /**
     * With the bounds of a worker that has a small heap: answers that are allowed and together larger than the heap, bombs, and streams of
     * one line, twenty at once.
     */
    @Test
    @Tag("long")
    void aSmallHeapSuffices(@TempDir Path dir) throws Exception {
        byte[] large = compressed("gzip", answer(15_500_000), 1);
        byte[] bomb = compressed("gzip", new byte[10_000_000], 100);
        byte[] line = compressed("gzip", ("data: " + "a".repeat(15_500_000)).getBytes(UTF_8), 1);
        byte[] endless = compressed("gzip", ("data: " + "a".repeat(20_000_000)).getBytes(UTF_8), 1);
        var server = test.server(c -> {
            while (true) {
                String prompt = c.readRequest().body();
                if (prompt.contains("large")) {
                    c.write(head("gzip", "application/json", large.length));
                    c.write(large);
                } else if (prompt.contains("bomb")) {
                    c.write(head("gzip", "application/json", bomb.length));
                    c.write(bomb);
                } else {
                    byte[] body = prompt.contains("endless") ? endless : line;
                    c.write(head("gzip", "text/event-stream", body.length));
                    c.write(body);
                }
            }
        });
        File output = dir.resolve("output").toFile();

        Process child = TestJvm.of(
                        List.of("-Xmx256m"), SmallHeap.class, server.url().toString())
                .redirectErrorStream(true)
                .redirectOutput(output)
                .start();
        try {
            assertThat(child.waitFor(100, SECONDS)).isTrue();
        } finally {
            child.destroyForcibly();
        }

        assertThat(Files.readString(output.toPath()))
                .doesNotContain("OutOfMemory")
                .contains("large Succeeded=10", "bomb response_too_large=10")
                .contains("endless response_too_large=10", "line stream_interrupted=10");
    }

    /** Makes its calls and says what became of them. */
    static final class SmallHeap {

        public static void main(String[] args) throws Exception {
            var settings = new HttpSettings(
                    URI.create(args[0]),
                    ApiKey.of(new Secret("key")),
                    Map.of(),
                    20,
                    2,
                    16 << 20,
                    HttpSettings.Route.DIRECT);
            var said = new TreeMap<String, Integer>();
            try (var client = new OpenAiClient(settings)) {
                List<CompletableFuture<String>> calls = new ArrayList<>();
                for (int i = 0; i < 40; i++) {
                    String prompt = List.of("large", "bomb", "line", "endless").get(i % 4);
                    var call = new CompletableFuture<String>();
                    calls.add(call);
                    client.call(
                            ClientCase.request().userPrompt(prompt).timeoutSecs(90).stream(i % 4 > 1)
                                    .build(),
                            1,
                            i,
                            outcome -> call.complete(prompt + " " + kind(outcome)));
                }
                for (var call : calls) {
                    said.merge(call.get(90, SECONDS), 1, Integer::sum);
                }
            }
            System.out.println(said);
        }

        private static String kind(CallOutcome outcome) {
            return outcome instanceof Failed failed
                    ? failed.error().type()
                    : outcome instanceof Retry retry
                            ? retry.error().type()
                            : outcome.getClass().getSimpleName();
        }
    }

    private CallOutcome outcome(String encoding, String type, byte[] body) throws Exception {
        var client = test.clientOf(c -> {
            c.read();
            c.write(head(encoding, type, body.length));
            c.write(body);
            c.waitForClose(new CompletableFuture<>());
        });
        return ClientCase.call(client, ClientCase.request().stream(type.contains("stream")), DeltaListener.NONE);
    }

    private static String head(String encoding, String type, int length) {
        return "HTTP/1.1 200 OK\r\n" + (encoding.isEmpty() ? "" : "Content-Encoding: " + encoding + "\r\n")
                + "Content-Type: " + type + "\r\nContent-Length: " + length + "\r\n\r\n";
    }

    private static void assertTooLarge(CallOutcome outcome) {
        assertThat(outcome).isInstanceOfSatisfying(Failed.class, failed -> assertThat(
                        failed.error().type())
                .isEqualTo(TOO_LARGE));
    }

    private static String text(CallOutcome outcome) {
        return ((Succeeded) outcome).answer().outputText();
    }

    private static byte[] answer(int length) {
        return ANSWER.replace("~", "a".repeat(length)).getBytes(UTF_8);
    }

    private static byte[] compressed(String form, byte[] content, int times) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (OutputStream out = form.equals("gzip") ? new GZIPOutputStream(bytes) : new DeflaterOutputStream(bytes)) {
            for (int i = 0; i < times; i++) {
                out.write(content);
            }
        }
        return bytes.toByteArray();
    }
}

package io.github.genaistreams.sandbox;

import static io.github.genaistreams.sandbox.SandboxCalls.HELLO;
import static io.github.genaistreams.sandbox.SandboxCalls.always;
import static io.github.genaistreams.sandbox.SandboxCalls.json;
import static io.github.genaistreams.sandbox.SandboxCalls.post;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What goes wrong when it is told to. */
@Timeout(60)
class SandboxFaultsTest {

    @RegisterExtension
    final SandboxCalls test = new SandboxCalls();

    @ParameterizedTest
    @CsvSource({
        "RATE_LIMIT, 429, rate_limit_exceeded",
        "QUOTA, 429, insufficient_quota",
        "BAD_REQUEST, 400, invalid_prompt",
        "SERVER_ERROR, 500, server_error",
        "OVERLOADED, 503, server_is_overloaded"
    })
    void refusesAsTheApiDoes(Fault fault, int status, String code) throws Exception {
        test.start(always(fault).withRetryAfter(Duration.ofMillis(1_500)));

        var response = test.call(HELLO, "b/0/1/x");

        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(json(response).at("/error/code").asText()).isEqualTo(code);
        assertThat(response.headers().firstValue("retry-after").isPresent()).isEqualTo(fault == Fault.RATE_LIMIT);
        if (fault == Fault.RATE_LIMIT) {
            assertThat(response.headers().firstValue("retry-after")).hasValue("2");
            assertThat(response.headers().firstValue("retry-after-ms")).hasValue("1500");
        }
        await().untilAsserted(() -> {
            assertThat(test.sandbox.stats().faults()).containsEntry(fault, 1L);
            assertThat(test.sandbox.stats().byStatus()).containsEntry(status, 1L);
            assertThat(test.sandbox.stats().inFlight()).isZero();
        });
    }

    @Test
    void sendsAnHtmlPageAsABadGateway() throws Exception {
        test.start(always(Fault.BAD_GATEWAY));
        var response = test.call(HELLO, "b/0/1/x");
        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.headers().firstValue("content-type")).hasValue("text/html");
        assertThat(response.body()).startsWith("<html>");
    }

    @Test
    void resetsTheConnection() throws Exception {
        test.start(always(Fault.RESET));
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), test.sandbox.port())) {
            post(socket);
            assertThatThrownBy(() -> socket.getInputStream().read())
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
        await().until(() -> test.sandbox.stats().inFlight() == 0);
    }

    @Test
    void endsTheConnectionInTheMiddleOfTheBody() throws Exception {
        test.start(always(Fault.TRUNCATED));
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), test.sandbox.port())) {
            post(socket);
            String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            String[] parts = answer.split("\r\n\r\n", 2);
            assertThat(parts[0]).startsWith("HTTP/1.1 200");
            int announced = Integer.parseInt(parts[0].replaceAll("(?is).*content-length: (\\d+).*", "$1"));
            assertThat(parts[1].getBytes(StandardCharsets.UTF_8).length)
                    .isPositive()
                    .isLessThan(announced);
        }
        assertThat(test.sandbox.stats().item("b", 0).succeeded()).isZero();
    }

    @Test
    void hangsUntilTheClientGivesUpAndRecoversOnRequest() throws Exception {
        test.start(always(Fault.HANG));
        assertThatThrownBy(() -> test.client.send(
                        test.request(HELLO, "b/0/1/x")
                                .timeout(Duration.ofMillis(200))
                                .build(),
                        BodyHandlers.ofString()))
                .isInstanceOf(HttpTimeoutException.class);
        await().until(() -> test.sandbox.stats().inFlight() == 0);

        test.sandbox.apply(SandboxSettings.DEFAULTS);

        assertThat(test.call(HELLO, "b/0/2/x").statusCode()).isEqualTo(200);
    }

    @Test
    void endsHungCallsWhenClosed() throws Exception {
        test.start(always(Fault.HANG));
        var hung = test.client.sendAsync(test.request(HELLO, "b/0/1/x").build(), BodyHandlers.ofString());
        await().until(() -> test.sandbox.stats().inFlight() == 1);

        long closing = System.nanoTime();
        test.sandbox.close();

        assertThat(Duration.ofNanos(System.nanoTime() - closing)).isLessThan(Duration.ofSeconds(5));
        assertThatThrownBy(() -> hung.get(10, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IOException.class);
    }

    @Test
    void meetsFaultsAsTheSettingsForetell() throws Exception {
        var settings = SandboxSettings.DEFAULTS.withSeed(42).withFault(Fault.SERVER_ERROR, 0.3);
        test.start(settings);
        for (int index = 0; index < 50; index++) {
            int expected = settings.faultFor("b", index, 1).isPresent() ? 500 : 200;
            assertThat(test.call(HELLO, "b/" + index + "/1/x").statusCode()).isEqualTo(expected);
        }
    }
}

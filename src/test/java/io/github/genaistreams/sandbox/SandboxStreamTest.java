package io.github.genaistreams.sandbox;

import static io.github.genaistreams.sandbox.SandboxCaller.JSON;
import static io.github.genaistreams.sandbox.SandboxCaller.hello;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class SandboxStreamTest {

    private static final String STREAM = hello("'stream':true");

    @Test
    void streamsTheAnswerThatItGivesInOnePieceOtherwise() throws Exception {
        try (var api = new SandboxCaller(SandboxSettings.DEFAULTS)) {
            String whole = SandboxCaller.text(api.answer(hello("")));
            var response = api.post(STREAM);

            assertThat(response.headers().firstValue("content-type")).hasValue("text/event-stream; charset=utf-8");
            assertThat(response.body()).contains(": keep-alive\n\n");
            List<JsonNode> events = events(response.body());
            assertThat(types(events).stream().distinct())
                    .containsExactly(
                            "response.created",
                            "response.in_progress",
                            "response.output_item.added",
                            "response.content_part.added",
                            "response.output_text.delta",
                            "response.output_text.done",
                            "response.content_part.done",
                            "response.output_item.done",
                            "response.completed");
            assertThat(events.stream().map(event -> event.get("sequence_number").asInt()))
                    .containsExactlyElementsOf(
                            IntStream.range(0, events.size()).boxed().toList());
            assertThat(deltas(events)).isEqualTo(whole);
            JsonNode result = last(events).get("response");
            assertThat(SandboxCaller.text(result)).isEqualTo(whole);
            assertThat(result.at("/usage/total_tokens").asInt()).isPositive();
            assertThat(events.get(0).at("/response/usage").isNull()).isTrue();
            assertThat(events.get(0).at("/response/id")).isEqualTo(result.get("id"));
            assertThat(api.sandbox.stats().item(SandboxCaller.BATCH, 1).succeeded())
                    .isEqualTo(1);
        }
    }

    @Test
    void padsDeltasUnlessThisIsSwitchedOff() throws Exception {
        try (var api = new SandboxCaller(SandboxSettings.DEFAULTS)) {
            assertThat(api.post(STREAM).body()).contains("\"obfuscation\"");
            assertThat(api.post(hello("'stream':true,'stream_options':{'include_obfuscation':false}"))
                            .body())
                    .doesNotContain("\"obfuscation\"");
        }
    }

    @Test
    void spreadsTheEventsOverTheLatency() throws Exception {
        var latency = Duration.ofSeconds(1);
        try (var api = new SandboxCaller(SandboxSettings.DEFAULTS.withLatency(new Latency.Fixed(latency)))) {
            long start = System.nanoTime();
            try (InputStream body = api.open(STREAM).body()) {
                assertThat(body.read()).isEqualTo('e');
                long first = System.nanoTime() - start;
                body.readAllBytes();
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(latency);
                assertThat(Duration.ofNanos(first)).isLessThan(latency);
            }
        }
    }

    @Test
    void closesTheConnectionInMidStream() throws Exception {
        try (var api = SandboxCaller.meeting(Fault.STREAM_CUT)) {
            String raw = api.raw(STREAM);
            assertThat(raw)
                    .contains("response.output_text.delta")
                    .doesNotContain("response.completed")
                    .doesNotEndWith("\n\n\r\n")
                    .doesNotEndWith("\r\n0\r\n\r\n");
            assertThat(api.sandbox.stats().succeeded(SandboxCaller.BATCH)).isZero();
            try (InputStream body = api.open(STREAM).body()) {
                assertThatThrownBy(body::readAllBytes).isInstanceOf(IOException.class);
            }
        }
    }

    @Test
    void endsNormallyWithoutATerminalEvent() throws Exception {
        try (var api = SandboxCaller.meeting(Fault.STREAM_END)) {
            String text = api.post(STREAM).body();
            assertThat(last(events(text)).get("type").asText()).isEqualTo("response.output_text.delta");
            assertNotAnswered(api, text);
        }
    }

    @Test
    void sendsTheFlatErrorEvent() throws Exception {
        try (var api = SandboxCaller.meeting(Fault.STREAM_ERROR)) {
            String text = api.post(STREAM).body();
            JsonNode error = last(events(text));
            assertThat(error.get("type").asText()).isEqualTo("error");
            assertThat(error.get("code").asText()).isEqualTo("server_error");
            assertThat(error.get("sequence_number").asInt())
                    .isEqualTo(events(text).size() - 1);
            assertNotAnswered(api, text);
        }
    }

    @Test
    void sendsTheNestedErrorEvent() throws Exception {
        try (var api = SandboxCaller.meeting(Fault.STREAM_ERROR_NESTED)) {
            String text = api.post(STREAM).body();
            JsonNode error = last(events(text));
            assertThat(error.get("type").asText()).isEqualTo("error");
            assertThat(error.has("code")).isFalse();
            assertThat(error.at("/error/code").asText()).isEqualTo("server_error");
            assertNotAnswered(api, text);
        }
    }

    @Test
    void failsInMidStream() throws Exception {
        try (var api = SandboxCaller.meeting(Fault.STREAM_FAILED)) {
            String text = api.post(STREAM).body();
            JsonNode failed = last(events(text));
            assertThat(failed.get("type").asText()).isEqualTo("response.failed");
            assertThat(failed.at("/response/status").asText()).isEqualTo("failed");
            assertThat(failed.at("/response/error/code").asText()).isEqualTo("server_error");
            assertNotAnswered(api, text);
        }
    }

    @Test
    void stallsInMidStreamOverAnOpenConnection() throws Exception {
        try (var api = SandboxCaller.meeting(Fault.STREAM_STALL)) {
            var body = api.open(STREAM).body();
            var text = new StringBuilder();
            while (!text.toString().endsWith("\n\n") || !text.toString().contains("output_text.delta")) {
                text.append((char) body.read());
            }
            assertThat(api.sandbox.stats().inFlight()).isEqualTo(1);
            body.close();
            await().until(() -> api.sandbox.stats().inFlight() == 0);
            assertNotAnswered(api, text.toString());
        }
    }

    @Test
    void dripsAGoodStreamInPiecesCutInsideCharacters() throws Exception {
        try (var api = SandboxCaller.meeting(Fault.SLOW_DRIP)) {
            List<JsonNode> events = events(api.post(STREAM).body());
            assertThat(last(events).get("type").asText()).isEqualTo("response.completed");
            assertThat(deltas(events)).contains("“Say hello”");
            assertThat(api.sandbox.stats().faults()).containsEntry(Fault.SLOW_DRIP, 1L);
            assertThat(api.sandbox.stats().succeeded(SandboxCaller.BATCH)).isEqualTo(1);
        }
    }

    @Test
    void cutsDripsInsideEveryCharacterOfSeveralBytes() {
        var event = JSON.createObjectNode().put("type", "x").put("delta", "“ä€😀”");
        var events = List.<ObjectNode>of(event, event);

        var script =
                StreamScript.of(events, Optional.of(Fault.SLOW_DRIP), Draw.of(1, SandboxCaller.BATCH, 0, 1, "drip"));

        assertThat(script.pieces()).hasSizeGreaterThan(10);
        for (byte[] piece : script.pieces()) {
            for (int i = 0; i < piece.length - 1; i++) {
                assertThat(piece[i] & 0xc0).as("a lead byte ends its piece").isNotEqualTo(0xc0);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"RATE_LIMIT", "SERVER_ERROR"})
    void refusesAStreamAsAnyOtherCall(Fault fault) throws Exception {
        try (var api = SandboxCaller.meeting(fault)) {
            var response = api.post(STREAM);
            assertThat(response.statusCode()).isEqualTo(fault == Fault.RATE_LIMIT ? 429 : 500);
            assertThat(response.headers().firstValue("content-type")).hasValue("application/json");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"STREAM_CUT", "STREAM_FAILED", "SLOW_DRIP", "POLL_ERROR"})
    void leavesCallsAloneThatAskForNoStream(Fault fault) throws Exception {
        try (var api = SandboxCaller.meeting(fault)) {
            assertThat(api.answer(hello("")).path("status").asText()).isEqualTo("completed");
            assertThat(api.sandbox.stats().faults()).isEmpty();
        }
    }

    private static void assertNotAnswered(SandboxCaller api, String text) throws IOException {
        assertThat(types(events(text))).doesNotContain("response.completed").startsWith("response.created");
        assertThat(api.sandbox.stats().succeeded(SandboxCaller.BATCH)).isZero();
    }

    /** A plain reading of the stream, for well-formed text only. */
    static List<JsonNode> events(String text) throws IOException {
        var events = new ArrayList<JsonNode>();
        for (String block : text.split("\n\n")) {
            if (!block.startsWith(":")) {
                String[] lines = block.split("\n");
                JsonNode event = JSON.readTree(lines[1].substring("data: ".length()));
                assertThat(lines[0]).isEqualTo("event: " + event.get("type").asText());
                events.add(event);
            }
        }
        return events;
    }

    private static List<String> types(List<JsonNode> events) {
        return events.stream().map(event -> event.get("type").asText()).toList();
    }

    private static String deltas(List<JsonNode> events) {
        return events.stream()
                .filter(event -> event.get("type").asText().equals("response.output_text.delta"))
                .map(event -> event.get("delta").asText())
                .collect(Collectors.joining());
    }

    private static JsonNode last(List<JsonNode> events) {
        return events.get(events.size() - 1);
    }
}

package io.github.genaistreams.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.TestDocuments;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.assertj.core.api.Assertions;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The document API as its contract has it, limits and failures included. */
@Timeout(60)
class SandboxDocumentsTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final SandboxSettings.Documents BOUNDS = SandboxSettings.Documents.DEFAULTS;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private ApiSandbox sandbox;

    @AfterEach
    void close() {
        if (sandbox != null) {
            sandbox.close();
        }
    }

    @Test
    void refusesADocumentThatIsTooLarge() throws Exception {
        start(SandboxSettings.DEFAULTS.withDocuments(
                new SandboxSettings.Documents(BOUNDS.atOnce(), BOUNDS.pagesInFlight(), 100, BOUNDS.kept())));

        assertRefused(submit(Map.of()), 413, "File too large");
    }

    /** A worker polls a document only on the host that it has submitted it to: in a container, the container's name. */
    @Test
    void givesItsAddressesOnTheHostThatTheClientKnows() throws Exception {
        start(SandboxSettings.DEFAULTS.withHost("0.0.0.0"));
        endpoint = "http://localhost:" + sandbox.port() + "/api/v1/convert";

        HttpResponse<String> submitted = submit(Map.of("sandbox_result_url", "true"));

        assertThat(JSON.readTree(submitted.body()).path("request_check_url").asText())
                .startsWith(endpoint + "/");
        assertThat(result(submitted).path("result_url").asText())
                .startsWith("http://localhost:" + sandbox.port() + "/api/v1/results/");
    }

    @Test
    void refusesMoreThanAreAllowedAMinute() throws Exception {
        start(SandboxSettings.DEFAULTS.withRpm(2));

        assertThat(submit(Map.of()).statusCode()).isEqualTo(200);
        assertThat(submit(Map.of()).statusCode()).isEqualTo(200);
        assertRefused(submit(Map.of()), 429, "You can make 2 requests every 60 seconds");
    }

    @Test
    void refusesMoreThanAreAllowedAtOnce() throws Exception {
        start(SandboxSettings.DEFAULTS
                .withLatency(Latency.parse("fixed:300ms"))
                .withDocuments(new SandboxSettings.Documents(1, 5_000, BOUNDS.maxBytes(), BOUNDS.kept())));

        assertThat(submit(Map.of()).statusCode()).isEqualTo(200);
        assertRefused(submit(Map.of()), 429, "You can have 1 concurrent requests");
        Awaitility.await().until(() -> submit(Map.of()).statusCode() == 200);
    }

    @Test
    void refusesMorePagesThanMayBeInFlight() throws Exception {
        start(SandboxSettings.DEFAULTS.withDocuments(
                new SandboxSettings.Documents(BOUNDS.atOnce(), 1, BOUNDS.maxBytes(), BOUNDS.kept())));

        JsonNode refused = JSON.readTree(submit(Map.of()).body());

        assertThat(refused.path("success").asBoolean(true)).isFalse();
        assertThat(refused.path("error").asText()).startsWith("Page rate limit exceeded");
    }

    @Test
    void meetsThePageLimitAlsoWhileADocumentIsProcessed() throws Exception {
        start(SandboxSettings.DEFAULTS);

        JsonNode result = result(submit(Map.of("sandbox_fault", "page_limit")));

        assertThat(result.path("success").asBoolean(true)).isFalse();
        assertThat(result.path("error").asText()).startsWith("Page rate limit exceeded");
    }

    @Test
    void forgetsAResultSomeTimeAfterItsCompletion() throws Exception {
        start(SandboxSettings.DEFAULTS
                .withLatency(Latency.parse("fixed:500ms"))
                .withDocuments(new SandboxSettings.Documents(
                        BOUNDS.atOnce(), BOUNDS.pagesInFlight(), BOUNDS.maxBytes(), Duration.ofMillis(700))));

        HttpResponse<String> submitted = submit(Map.of());

        assertThat(result(submitted).path("success").asBoolean()).isTrue();
        Awaitility.await().until(() -> poll(submitted).statusCode() == 404);
    }

    @Test
    void failsPollsAsConfigured() throws Exception {
        start(SandboxSettings.DEFAULTS.withFault(Fault.POLL_LIMIT, 1));
        HttpResponse<String> submitted = submit(Map.of());
        assertRefused(poll(submitted), 429, "You can make 200 requests every 60 seconds");

        sandbox.apply(sandbox.settings().withFaults(Map.of(Fault.POLL_ERROR, 1.0)));
        assertThat(poll(submitted).statusCode()).isEqualTo(500);

        sandbox.apply(sandbox.settings().withFaults(Map.of(Fault.POLL_HANG, 1.0)));
        Assertions.assertThatExceptionOfType(HttpTimeoutException.class).isThrownBy(() -> poll(submitted));
    }

    @Test
    void takesAFormFieldOfAMebibyte() throws Exception {
        start(SandboxSettings.DEFAULTS);
        String schema = "{\"type\":\"object\",\"description\":\"" + "x".repeat(1024 * 1024)
                + "\",\"properties\":{\"a\":{\"type\":\"string\"}}}";

        JsonNode result = result(submit(Map.of("page_schema", schema)));

        assertThat(result.path("extraction_schema_json").asText()).startsWith("{\"a\":");
    }

    @Test
    void answersAFormThatCannotBeRead() throws Exception {
        start(SandboxSettings.DEFAULTS);
        String unreadable = "There was an error parsing the body";

        assertRefused(submit(Map.of("page_schema", "x".repeat(17 * 1024 * 1024))), 400, unreadable);
        assertRefused(send("application/json", "{}".getBytes(UTF_8)), 400, unreadable);
        assertThat(send("multipart/form-data", new byte[10]).statusCode()).isEqualTo(422);
    }

    @Test
    void refusesAFaultThatItDoesNotKnow() throws Exception {
        start(SandboxSettings.DEFAULTS);

        HttpResponse<String> refused = submit(Map.of("sandbox_fault", "nonsense"));

        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(JSON.readTree(refused.body()).at("/detail/0/loc/1").asText()).isEqualTo("sandbox_fault");
    }

    @ParameterizedTest
    @CsvSource({"page_range, first", "max_pages, many", "sandbox_result_bytes, lots"})
    void answersAlsoWhatItCannotUnderstand(String field, String value) throws Exception {
        start(SandboxSettings.DEFAULTS);

        JsonNode result = result(submit(Map.of(field, value)));

        assertThat(result.path("success").asBoolean(true)).isFalse();
        assertThat(result.path("error_in").asText()).isEqualTo("VALIDATION");
    }

    @ParameterizedTest
    @ValueSource(ints = {50, 95})
    void failsAPdfThatIsCutOff(int percent) throws Exception {
        start(SandboxSettings.DEFAULTS);
        byte[] whole = TestDocuments.pdf("Report", 2);

        JsonNode result = result(submit(Map.of(), Arrays.copyOf(whole, whole.length * percent / 100)));

        assertThat(result.path("success").asBoolean(true)).isFalse();
        assertThat(result.path("error").asText()).contains("not complete");
        assertThat(result.path("error_in").asText()).isEqualTo("VALIDATION");
    }

    private String endpoint = "marker";

    private void start(SandboxSettings settings) {
        sandbox = ApiSandbox.start(settings);
    }

    private static void assertRefused(HttpResponse<String> response, int status, String detail) throws IOException {
        assertThat(response.statusCode()).isEqualTo(status);
        assertThat(JSON.readTree(response.body()).path("detail").asText()).isEqualTo(detail);
    }

    private HttpResponse<String> submit(Map<String, String> fields) throws Exception {
        return submit(fields, TestDocuments.pdf("Report", 2));
    }

    private HttpResponse<String> submit(Map<String, String> fields, byte[] document) throws Exception {
        var body = new ByteArrayOutputStream();
        for (var field : fields.entrySet()) {
            body.writeBytes(("--x\r\nContent-Disposition: form-data; name=\"" + field.getKey() + "\"\r\n\r\n"
                            + field.getValue() + "\r\n")
                    .getBytes(UTF_8));
        }
        body.writeBytes(("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n"
                        + "Content-Type: application/pdf\r\n\r\n")
                .getBytes(UTF_8));
        body.writeBytes(document);
        body.writeBytes("\r\n--x--\r\n".getBytes(UTF_8));
        return send("multipart/form-data; boundary=x", body.toByteArray());
    }

    private HttpResponse<String> send(String contentType, byte[] body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(URI.create(sandbox.datalabUrl()).resolve(endpoint))
                        .header("X-API-Key", "k")
                        .header("Content-Type", contentType)
                        .timeout(Duration.ofSeconds(10))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> poll(HttpResponse<String> submitted) throws Exception {
        String url = JSON.readTree(submitted.body()).path("request_check_url").asText();
        return http.send(
                HttpRequest.newBuilder(URI.create(url))
                        .header("X-API-Key", "k")
                        .timeout(Duration.ofSeconds(1))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** The answer once it says no longer that it is being processed. */
    private JsonNode result(HttpResponse<String> submitted) {
        return Awaitility.await()
                .until(
                        () -> JSON.readTree(poll(submitted).body()),
                        body -> body.has("status")
                                && !body.path("status").asText().equals("processing"));
    }
}

package io.github.genaistreams.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.registry.RegistryHttp.RegistryAnswer;
import io.github.genaistreams.registry.SchemaApi.Lookup;
import io.github.genaistreams.wire.WireException;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Over HTTP, with a registry that answers in every way. */
class SchemaRegistryTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final String SCHEMA =
            "{\"type\":\"record\",\"name\":\"R\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}]}";

    @TempDir
    Path dir;

    private final FakeRegistry fake = FakeRegistry.start();

    @AfterEach
    void close() {
        fake.close();
    }

    @Test
    void asksForASchemaOnce() throws Exception {
        int id = fake.add(SCHEMA);
        try (var registry = registry(Map.of())) {
            assertThat(registry.await(id, LONG)).isNull();
            registry.of(id);
            assertThat(registry.await(id, Duration.ZERO)).isNull();
        }
        assertThat(fake.requests()).containsExactly("GET /schemas/ids/" + id);
        assertThat(fake.header("Authorization")).isEmpty();
        assertThat(fake.header("Accept").get(0)).contains("application/vnd.schemaregistry.v1+json");
    }

    @Test
    void treatsAForeignAnswerAsAnUnreachableRegistry() {
        try (var api = new SchemaApi(new RegistryHttp(settings(Map.of())))) {
            for (String[] row : new String[][] {
                {"500", "{\"error_code\":50001,\"message\":\"Error in the backend\"}", "HTTP 500"},
                {"503", "", "HTTP 503"},
                {"429", "", "HTTP 429"},
                {"400", "", "HTTP 400"},
                {"401", "{\"error_code\":401,\"message\":\"Unauthorized\"}", "schema.registry.user"},
                {"403", "{\"error_code\":40301,\"message\":\"Forbidden\"}", "schema.registry.token.file"},
                {"404", "{\"error_code\":404,\"message\":\"HTTP 404 Not Found\"}", "check the address"},
                {"404", "<html>not here</html>", "check the address"},
                {"200", "<html>please log in</html>", "check the address"},
                {"200", "{\"schem\":\"x\"}", "no `schema`"},
                {"200", "[]", "check the address"},
                {"307", "", "redirect"}
            }) {
                fake.answerWith(Integer.parseInt(row[0]), row[1]);
                assertThat(api.schema(1).join())
                        .as(String.join(" ", row))
                        .isInstanceOfSatisfying(Lookup.Away.class, away -> assertThat(away.reason())
                                .contains(row[2]));
            }
        }
    }

    @Test
    void doesNotTakeCredentialsWhereARedirectLeads() throws Exception {
        try (var elsewhere = FakeRegistry.start()) {
            fake.behave(exchange -> {
                exchange.getResponseHeaders().add("Location", elsewhere.url() + "/schemas/ids/1");
                exchange.sendResponseHeaders(302, -1);
                return true;
            });
            assertThat(away(1, Map.of(RegistrySettings.TOKEN_FILE, file("token", "t0k3n"))))
                    .contains("redirect");
            assertThat(elsewhere.requests()).isEmpty();
        }
        assertThat(fake.header("Authorization")).isNotEmpty().containsOnly("Bearer t0k3n");
    }

    @Test
    void isAwayWhenItCannotBeReachedOrIsSilentOrSlow() throws Exception {
        int id = fake.add(SCHEMA);
        var over = new CountDownLatch(1);
        fake.behave(exchange -> {
            exchange.sendResponseHeaders(200, 100);
            exchange.getResponseBody().write("{".getBytes(UTF_8));
            exchange.getResponseBody().flush();
            try {
                over.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return true;
        });
        assertThat(away(id, Map.of(RegistrySettings.TIMEOUT_MS, "200"))).contains("schema.registry.timeout.ms");
        over.countDown();
        fake.close();
        assertThat(away(id, Map.of())).contains("ConnectException");
    }

    @Test
    void goesOnByItself() throws Exception {
        int id = fake.add(SCHEMA);
        fake.behave(exchange -> {
            fake.beWell();
            exchange.sendResponseHeaders(503, -1);
            return true;
        });
        try (var registry = registry(Map.of())) {
            assertThat(registry.await(id, LONG)).isNull();
        }
        assertThat(fake.requests()).hasSize(2);
    }

    @Test
    void asksAtTheNextAddressWhenOneDoesNotAnswer() throws Exception {
        int id = fake.add(SCHEMA);
        try (var other = FakeRegistry.start()) {
            other.answerWith(500, "");
            try (var registry = registry(Map.of(RegistrySettings.URL, other.url() + "," + fake.url() + "/"))) {
                assertThat(registry.await(id, LONG)).isNull();
            }
        }
    }

    @Test
    void saysWhatCannotBeUsedForGood() throws Exception {
        int protobuf =
                fake.add("syntax = \"proto3\";", Map.of("schemaType", JsonNodeFactory.instance.textNode("PROTOBUF")));
        int broken = fake.add("{\"type\":\"recor\"}");
        var references = JsonNodeFactory.instance.arrayNode().add("x");
        int inParts = fake.add("\"com.acme.Other\"", Map.of("references", references));
        int resolved = fake.add(
                "\"com.acme.Other\"",
                Map.of("references", references, "resolved", JsonNodeFactory.instance.textNode(SCHEMA)));
        int large = fake.add("x".repeat(RegistryHttp.MAX_BYTES));
        try (var registry = registry(Map.of())) {
            for (var reasons : Map.of(
                            protobuf, "is not an Avro schema",
                            broken, "not a valid Avro schema",
                            inParts, "refers to other schemas",
                            large, "larger than")
                    .entrySet()) {
                assertThat(registry.await(reasons.getKey(), LONG)).isNull();
                assertThatThrownBy(() -> registry.of(reasons.getKey()))
                        .isInstanceOf(WireException.class)
                        .hasMessageContaining(reasons.getValue());
            }
            assertThat(registry.await(resolved, LONG)).isNull();
            assertThat(registry.of(resolved)).isNotNull();
        }
        try (var http = new RegistryHttp(settings(Map.of()))) {
            assertThat(http.get("/schemas/ids/999999").join()).isEqualTo(new RegistryAnswer.Missing(40403));
        }
    }

    @Test
    void registersASchemaOrOnlyLooksForIt() throws Exception {
        try (var looking = registry(Map.of(RegistrySettings.AUTO_REGISTER, "false"));
                var registering = registry(Map.of())) {
            assertThatThrownBy(() -> looking.idOf("s-value", SCHEMA, Duration.ZERO))
                    .isInstanceOf(RegistryException.class)
                    .hasMessageContaining("s-value")
                    .hasMessageContaining("schema.registry.auto.register=true");

            int id = registering.idOf("s-value", SCHEMA, Duration.ZERO);

            assertThat(fake.schema(id)).isEqualTo(SCHEMA);
            assertThat(fake.subjects()).containsEntry("s-value", List.of(id));
            assertThat(registering.isAtHand(id)).isTrue();
            assertThat(looking.idOf("s-value", SCHEMA, Duration.ZERO)).isEqualTo(id);
            assertThat(fake.requests())
                    .containsExactly(
                            "POST /subjects/s-value", "POST /subjects/s-value/versions", "POST /subjects/s-value");
        }
    }

    @Test
    void saysWhyASchemaCannotBeRegistered() throws Exception {
        try (var registry = registry(Map.of())) {
            fake.answerWith(409, "{\"error_code\":409,\"message\":\"Schema being registered is\\nincompatible\"}");
            assertThatThrownBy(() -> registry.idOf("s-value", SCHEMA, Duration.ZERO))
                    .isInstanceOf(RegistryException.class)
                    .hasMessageContaining("HTTP 409: Schema being registered is incompatible");
            fake.answerWith(503, "");
            assertThatThrownBy(() -> registry.idOf("s-value", SCHEMA, Duration.ZERO))
                    .isInstanceOf(RegistryException.class)
                    .hasMessageContaining("HTTP 503");
            fake.behave(exchange -> {
                fake.beWell();
                exchange.sendResponseHeaders(503, -1);
                return true;
            });
            assertThat(registry.idOf("s-value", SCHEMA, LONG)).isPositive();
        }
    }

    @Test
    void authenticatesWithWhatIsInTheFilesNow() throws Exception {
        fake.answerWith(503, "");
        Path token = Path.of(file("token", "old"));
        try (var registry = registry(Map.of(RegistrySettings.TOKEN_FILE, token.toString()))) {
            registry.await(1, Duration.ZERO);
            Files.writeString(token, "new");
            Files.setLastModifiedTime(token, FileTime.from(Instant.now().plusSeconds(60)));
            await().until(() -> {
                registry.isAtHand(1);
                return fake.header("Authorization").contains("Bearer new");
            });
        }
        assertThat(fake.header("Authorization").get(0)).isEqualTo("Bearer old");
        try (var registry = registry(
                Map.of(RegistrySettings.USER, "ann", RegistrySettings.PASSWORD_FILE, file("password", "secret\n")))) {
            registry.isAtHand(1);
            await().until(() -> fake.header("Authorization").contains("Basic YW5uOnNlY3JldA=="));
        }
    }

    @Test
    void trustsTheCertificatesThatAreGivenAndNoOthers() throws Exception {
        X509Bundle server = new CertificateBuilder()
                .subject("CN=localhost")
                .ecp256()
                .addSanIpAddress("127.0.0.1")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(server.toKeyManagerFactory().getKeyManagers(), null, null);
        try (var secure = FakeRegistry.start(tls)) {
            int id = secure.add(SCHEMA);
            var trusting = new HashMap<>(Map.of(RegistrySettings.URL, secure.url()));
            assertThat(away(id, trusting)).contains("SSLHandshakeException");
            trusting.put(RegistrySettings.TRUSTED_CERTIFICATES, file("ca.pem", server.getCertificatePEM()));
            try (var registry = registry(trusting)) {
                assertThat(registry.await(id, LONG)).isNull();
            }
        }
    }

    /** Why nothing is known of an ID. */
    private String away(int id, Map<String, String> settings) {
        try (var api = new SchemaApi(new RegistryHttp(settings(settings)))) {
            return ((Lookup.Away) api.schema(id).join()).reason();
        }
    }

    private SchemaRegistry registry(Map<String, String> settings) {
        return new SchemaRegistry(settings(settings));
    }

    private RegistrySettings settings(Map<String, String> settings) {
        var all = new HashMap<String, Object>(Map.of(RegistrySettings.URL, fake.url()));
        all.putAll(settings);
        return RegistrySettings.of(all).orElseThrow();
    }

    private String file(String name, String content) throws Exception {
        return Files.writeString(dir.resolve(name), content).toString();
    }
}

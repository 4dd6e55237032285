package io.github.genaistreams.sandbox;

import static io.github.genaistreams.sandbox.SandboxCalls.HELLO;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where it listens, and TLS. */
@Timeout(60)
class SandboxAddressTest {

    @RegisterExtension
    final SandboxCalls test = new SandboxCalls();

    @Test
    void speaksHttp2OverTls() throws Exception {
        test.start(SandboxSettings.DEFAULTS.withTls(true));
        var certificates = test.sandbox.trustedCertificates().orElseThrow();
        try (var secure = new SecureClient(certificates)) {
            var response = secure.client.send(test.request(HELLO, "b/0/1/x").build(), BodyHandlers.ofString());
            assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
            assertThat(response.statusCode()).isEqualTo(200);

            test.sandbox.apply(test.sandbox.settings().withFault(Fault.RESET, 1));
            assertThatThrownBy(() ->
                            secure.client.send(test.request(HELLO, "b/1/1/x").build(), BodyHandlers.ofString()))
                    .isInstanceOf(IOException.class);
        }
        test.sandbox.close();
        assertThat(certificates).doesNotExist();
    }

    @Test
    void namesThePortThatIsInUse() {
        test.start(SandboxSettings.DEFAULTS);
        var same = SandboxSettings.DEFAULTS.withPort(test.sandbox.port());
        assertThatThrownBy(() -> ApiSandbox.start(same))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Port " + test.sandbox.port() + " on 127.0.0.1 is in use");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void listensOnlyOnTheConfiguredHost() throws Exception {
        test.start(SandboxSettings.DEFAULTS.withHost("127.0.0.2"));

        assertThat(test.sandbox.baseUrl()).startsWith("http://127.0.0.2:");
        assertThat(test.call(HELLO, "b/0/1/x").statusCode()).isEqualTo(200);
        assertThatThrownBy(() -> new Socket("127.0.0.1", test.sandbox.port()).close())
                .isInstanceOf(ConnectException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.1", "no such host"})
    void saysThatAHostIsNotThisMachine(String host) {
        var elsewhere = SandboxSettings.DEFAULTS.withHost(host);

        assertThatThrownBy(() -> ApiSandbox.start(elsewhere))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining(host + " is not an address of this machine")
                .hasMessageContaining("0.0.0.0");
    }

    /** A client that trusts one certificate. */
    private record SecureClient(HttpClient client) implements AutoCloseable {

        SecureClient(Path certificates) throws Exception {
            this(HttpClient.newBuilder().sslContext(trusting(certificates)).build());
        }

        private static SSLContext trusting(Path certificates) throws Exception {
            var store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            try (var in = Files.newInputStream(certificates)) {
                store.setCertificateEntry(
                        "sandbox", CertificateFactory.getInstance("X.509").generateCertificate(in));
            }
            var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            var context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        }

        @Override
        public void close() {
            // Java 17 has no way to close an HttpClient.
        }
    }
}

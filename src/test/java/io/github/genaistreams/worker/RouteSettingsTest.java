package io.github.genaistreams.worker;

import static io.github.genaistreams.worker.Configured.config;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.TestCertificates;
import io.github.genaistreams.TestCertificates.Identity;
import io.netty.pkitesting.CertificateBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The way to each API: certificates and proxies. */
class RouteSettingsTest {

    private static final String CERTIFICATE = """
            -----BEGIN CERTIFICATE-----
            MIIBdTCCARugAwIBAgIUG+/pX+6AyAiVP9870hmEnCkTcJ4wCgYIKoZIzj0EAwIw
            DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjYyMjEwMzZaGA8yMTI2MTEwMjIyMTAz
            NlowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABArk
            EcrOcRoI962HiSPcPigfnWv7moLXUG+uAz+9/q1AK2wFphuXc49KF5hC4nXc8Un+
            9AarbWqYuzEBT/HKg0KjUzBRMB0GA1UdDgQWBBRX53y4w1GZ4qeyDLy5zp7tn7rn
            TjAfBgNVHSMEGDAWgBRX53y4w1GZ4qeyDLy5zp7tn7rnTjAPBgNVHRMBAf8EBTAD
            AQH/MAoGCCqGSM49BAMCA0gAMEUCIQC5a+A8zbL6Ta1ywwIQkZUslXmJL5eooJ6L
            kC9EChgm6wIgN4l3yMCVDFf6s9pffNiIFfVaOPTJH9NxPBibwjDgCG4=
            -----END CERTIFICATE-----
            """;

    @TempDir
    Path dir;

    @ParameterizedTest
    @CsvSource({
        "openai.trusted.certificates, missing, cannot be read",
        "datalab.trusted.certificates, missing, cannot be read",
        "datalab.trusted.certificates, empty, contains no certificate",
        "datalab.trusted.certificates, broken, is not a PEM file with certificates",
    })
    void namesTheSettingOfCertificatesThatCannotBeTrusted(String key, String file, String says) throws Exception {
        Files.createFile(dir.resolve("empty"));
        Files.writeString(dir.resolve("broken"), "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
        GenAiConfig config = config(Map.of(
                "openai.api.key",
                "k",
                "datalab.api.key",
                "k",
                key,
                dir.resolve(file).toString()));

        assertThatThrownBy(() -> {
                    config.responses().http(config.responses().credentials().get("default"), 1);
                    config.documents().http(config.documents().credentials().get("default"), 1);
                })
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll(key, says, file, "Name a PEM file");
    }

    @Test
    void trustsTheCertificatesOfEachApiForThatApiOnly() throws Exception {
        Path openAi = Files.writeString(dir.resolve("openai.pem"), CERTIFICATE);
        Path datalab = Files.writeString(dir.resolve("datalab.pem"), CERTIFICATE);
        var config = new GenAiConfig(Map.of(
                "bootstrap.servers", "b:1",
                "openai.api.key", "sk",
                "openai.trusted.certificates", openAi.toString(),
                "datalab.api.key", "dl",
                "datalab.trusted.certificates", datalab.toString()));

        assertThat(config.responses()
                        .http(config.responses().credentials().get("default"), 1)
                        .route()
                        .trustedCertificates())
                .isEqualTo(openAi);
        assertThat(config.documents()
                        .http(config.documents().credentials().get("default"), 1)
                        .route()
                        .trustedCertificates())
                .isEqualTo(datalab);

        var plain = new GenAiConfig(Map.of(
                "bootstrap.servers", "b:1", "datalab.api.key", "dl", "openai.trusted.certificates", "/openai.pem"));
        assertThat(plain.documents()
                        .http(plain.documents().credentials().get("default"), 1)
                        .route()
                        .trustedCertificates())
                .isNull();
    }

    @Test
    void givesEachCredentialItsProxy() throws Exception {
        Path login = Files.writeString(dir.resolve("login"), "me:s3cr3t-word\n");
        Path file = Files.writeString(dir.resolve("worker.properties"), """
                https.proxy=http://for-all:1
                openai.api.key=sk-1
                openai.http.proxy=http://own:2
                openai.http.proxy.credentials.file=%s
                openai.credentials=inherits,other,none
                openai.credentials.inherits.api.key=sk-2
                openai.credentials.other.api.key=sk-3
                openai.credentials.other.http.proxy=http://me:word@other:3
                openai.credentials.none.api.key=sk-4
                openai.credentials.none.http.proxy=none
                datalab.api.key=dl-1
                """.formatted(login));
        GenAiConfig config = config(ConfigSources.merge(file, new Properties(), Map.of(), Map.of()));

        assertThat(config.responses().credentials().values())
                .extracting(Credential::place)
                .containsExactly(
                        "https://api.openai.com/v1 by way of own:2",
                        "https://api.openai.com/v1 by way of own:2",
                        "https://api.openai.com/v1 by way of other:3",
                        "https://api.openai.com/v1");
        assertThat(config.documents().credentials().get("default").place()).endsWith(" by way of for-all:1");
        assertThat(config.toString() + config.values() + config.responses().credentials())
                .doesNotContain("s3cr3t", "me:word");
    }

    @ParameterizedTest
    @CsvSource({
        "https.proxy,socks5://me:s3cr3t@proxy:1,https.proxy (or the environment variable HTTPS_PROXY) must be http://",
        "openai.http.proxy,http://me:s3cr3t@proxy:0,openai.http.proxy has no valid port",
        "https.proxy.credentials.file,/no/such/file,https.proxy.credentials.file",
        "openai.client.certificate,/no/such/file,Set both openai.client.certificate and openai.client.key",
        "openai.client.key,/no/such/file,Set both openai.client.certificate and openai.client.key",
        "openai.trusted.certificates,/no/such/file,openai.trusted.certificates cannot be read",
    })
    void namesTheSettingOfAWayThatCannotBeTaken(String key, String value, String told) {
        Map<String, String> settings = new HashMap<>(Map.of("openai.api.key", "sk-1", "https.proxy", "http://proxy:1"));
        settings.put(key, value);
        GenAiConfig config = config(settings);

        assertThatThrownBy(() ->
                        config.responses().http(config.responses().credentials().get("default"), 1))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(told)
                .hasMessageNotContaining("s3cr3t");
    }

    @Test
    void keepsTheClientCertificateOfACredentialToItself() throws Exception {
        Identity identity = new TestCertificates(dir, "authority").issue("worker", new CertificateBuilder());
        GenAiConfig config = config(Map.of(
                "openai.api.key",
                "sk-1",
                "openai.client.certificate",
                identity.certificate().toString(),
                "openai.client.key",
                identity.key().toString(),
                "openai.trusted.certificates",
                identity.certificate().toString(),
                "openai.credentials",
                "other",
                "openai.credentials.other.api.key",
                "sk-2"));

        assertThat(config.responses()
                        .credentials()
                        .get("default")
                        .route()
                        .read()
                        .certificate())
                .isNotNull();
        assertThat(config.responses().credentials().get("other").route().read().certificate())
                .isNull();
        assertThat(config.responses().credentials().get("other").route().read().trustedCertificates())
                .isEqualTo(identity.certificate());
    }

    @Test
    void takesTheProxyOfTheEnvironmentWhereNoSettingSaysOtherwise() throws IOException {
        Map<String, String> environment = Map.of("https_proxy", "http://env:1", "NO_PROXY", "gw.internal");
        Path file = Files.writeString(dir.resolve("worker.properties"), "https.proxy=http://file:1");

        assertThat(ConfigSources.merge(null, new Properties(), environment, Map.of()))
                .isEqualTo(Map.of("https.proxy", "http://env:1", "no.proxy", "gw.internal"));
        assertThat(ConfigSources.merge(file, new Properties(), environment, Map.of()))
                .containsEntry("https.proxy", "http://file:1");
        assertThat(ConfigSources.merge(
                        null, new Properties(), Map.of("HTTPS_PROXY", "a:1", "GENAI_HTTPS_PROXY", "none"), Map.of()))
                .isEqualTo(Map.of("https.proxy", "none"));
    }
}

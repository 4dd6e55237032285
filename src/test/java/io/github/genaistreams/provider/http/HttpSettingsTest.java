package io.github.genaistreams.provider.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.Secret;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpSettingsTest {

    private static final URI OPENAI = URI.create("https://api.openai.com/v1");

    @ParameterizedTest
    @CsvSource({
        "https://api.openai.com/v1, api.openai.com, 443, /v1/responses, true",
        "http://localhost:8080, localhost, 8080, /responses, false",
        "HTTP://gateway/, gateway, 80, /responses, false",
        "http://vllm_1:8000/v1, vllm_1, 8000, /v1/responses, false",
        "https://_gateway.my_net, _gateway.my_net, 443, /responses, true",
        "http://my_host:/v1, my_host, 80, /v1/responses, false",
        "https://[::1]:9443/openai/v1//, ::1, 9443, /openai/v1/responses, true"
    })
    void knowsWhereToGo(URI url, String host, int port, String path, boolean tls) {
        var settings = settings(url, "key", 10, 1, 10_000);

        assertThat(settings.host()).isEqualTo(host);
        assertThat(settings.port()).isEqualTo(port);
        assertThat(settings.pathOf("responses")).isEqualTo(path);
        assertThat(settings.tls()).isEqualTo(tls);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://host/v1",
                "api.openai.com/v1",
                "https:///v1",
                "https://user:hunter2@host/v1",
                "https://user:hunter2@my_host/v1",
                "https://host/v1?x=1",
                "https://host/v1#x",
                "https://host:70000/v1",
                "https://my_host:70000/v1",
                "https://my_host:0/v1",
                "https://my_host:port/v1",
                "https://my%20host/v1",
                "https://my_host$/v1"
            })
    void refusesOtherAddresses(URI url) {
        assertThatThrownBy(() -> settings(url, "key", 10, 1, 10_000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("baseUrl")
                .hasMessageNotContaining("hunter2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "hunter2\n", "hunter2\r\nX-Evil: 1", "hunter2 hunter2", "hunter2é", "hunter2\0"})
    void refusesAKeyThatNoHeaderCanCarryWithoutQuotingIt(String key) {
        assertThatThrownBy(() -> settings(OPENAI, key, 10, 1, 10_000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("apiKey")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void refusesNumbersOutOfRange() {
        assertThatThrownBy(() -> settings(OPENAI, "key", 0, 1, 10_000))
                .hasMessage("connections must be between 1 and 10000, not 0");
        assertThatThrownBy(() -> settings(OPENAI, "key", 10_001, 1, 10_000)).hasMessageContaining("connections");
        assertThatThrownBy(() -> settings(OPENAI, "key", 1, 0, 10_000)).hasMessageContaining("eventLoops");
        assertThatThrownBy(() -> settings(OPENAI, "key", 1, 1, 0)).hasMessageContaining("maxResponseBytes");
    }

    @Test
    void doesNotPrintTheKey() {
        assertThat(settings(OPENAI, "hunter2", 1, 1, 10_000).toString()).doesNotContain("hunter2");
    }

    private static HttpSettings settings(URI url, String key, int connections, int loops, int bytes) {
        return new HttpSettings(
                url, ApiKey.of(new Secret(key)), Map.of(), connections, loops, bytes, HttpSettings.Route.DIRECT);
    }
}

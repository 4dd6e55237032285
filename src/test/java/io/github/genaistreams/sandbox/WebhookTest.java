package io.github.genaistreams.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhookTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:8080/hook?a=b",
                "http://localhost/hook",
                "http://localhost:8080",
            })
    void shouldBeOnThisMachine(String url) {
        assertThat(Webhook.of(url)).isPresent();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://127.0.0.1:80@127.0.0.2:18777/evil",
                "http://127.0.0.1@example.org/",
                "http://localhost:80@localhost:18777/",
                "http://127.0.0.1:80\\@example.org/",
                "http://127.0.0.1.example.org/",
                "http://localhost.example.org:80/",
                "http://example.org/#http://127.0.0.1:",
                "https://127.0.0.1/",
                "file:///etc/passwd",
                "127.0.0.1:80",
                "",
            })
    void shouldBeOnNoOther(String url) {
        assertThat(Webhook.of(url)).isEmpty();
    }

    @Test
    void shouldNotBeNeeded() {
        assertThat(Webhook.of(null)).isEmpty();
    }
}

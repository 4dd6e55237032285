package io.github.genaistreams.provider.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.Secret;
import io.vertx.core.net.ProxyOptions;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpProxyTest {

    @ParameterizedTest
    @CsvSource({
        "http://proxy.internal:3128,       proxy.internal, 3128,",
        "HTTP://proxy.internal:3128/,      proxy.internal, 3128,",
        "proxy_1:3128,                     proxy_1,        3128,",
        "http://proxy,                     proxy,          80,",
        "http://[fd00::1]:3128,            fd00::1,        3128,",
        "http://me:s%40cr+t:1@proxy:3128,  proxy,          3128, me:s@cr+t:1",
        "http://me:@proxy_1:3128,          proxy_1,        3128, me:",
    })
    void readsItsAddress(String address, String host, int port, String login) {
        ProxyOptions options = HttpProxy.of(address, null, List.of())
                .to(true, "api.example.com", 443)
                .orElseThrow();

        assertThat(options.getHost()).isEqualTo(host);
        assertThat(options.getPort()).isEqualTo(port);
        assertThat(options.getProxyAuthorization())
                .isEqualTo(login == null ? null : "Basic " + Base64.getEncoder().encodeToString(login.getBytes()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://me:s3cr3t-word@proxy:3128",
                "socks5://me:s3cr3t-word@proxy:1080",
                "http://me:s3cr3t-word@:3128",
                "http://me:s3cr3t-word@proxy:0",
                "http://me:s3cr3t-word@proxy:70000",
                "http://me:s3cr3t-word@proxy:3128/path",
                "http://me:s3cr3t-word@proxy:3128?query",
                "http://me:s3cr3t-word@pro xy:3128",
                "http://me:s3cr3t-word%zz@proxy:3128",
                "http://s3cr3t-word@proxy:3128",
                ""
            })
    void refusesAnInvalidProxyWithoutQuotingIt(String address) {
        assertThatThrownBy(() -> HttpProxy.of(address, null, List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasNoCause()
                .hasMessageNotContaining("s3cr3t")
                .message()
                .matches("(must be|has) .*");
    }

    @Test
    void takesItsUserFromOnePlaceOnly() {
        assertThatThrownBy(() -> HttpProxy.of("http://me:word@proxy:1", ApiKey.of(new Secret("me:other")), List.of()))
                .hasMessageContaining("remove one of them");
    }

    @Test
    void thatOfTheEnvironmentIsForHttpsOnlyAndNotForThisMachine() {
        HttpProxy proxy = HttpProxy.ofEnvironment("proxy:3128", null, List.of("gw.internal"));

        assertThat(proxy.to(true, "api.example.com", 443)).isPresent();
        assertThat(proxy.to(false, "api.example.com", 80)).isEmpty();
        assertThat(proxy.to(true, "localhost", 443)).isEmpty();
        assertThat(proxy.to(true, "gw.internal", 443)).isEmpty();
    }

    @Test
    void itsPasswordIsShownNowhere() {
        HttpProxy proxy = HttpProxy.of("http://me:correct-horse@proxy:3128", null, List.of());
        var settings = new HttpSettings(
                java.net.URI.create("https://api.example.com"),
                ApiKey.of(new Secret("sk-0123456789")),
                Map.of(),
                1,
                1,
                10_000,
                new HttpSettings.Route(null, null, proxy));

        String basic = Base64.getEncoder().encodeToString("me:correct-horse".getBytes());
        assertThat(new Redactor(settings).clean("me:correct-horse, correct-horse; Proxy-Authorization: Basic " + basic))
                .isEqualTo("[redacted], [redacted]; Proxy-Authorization: Basic [redacted]");
        assertThat(proxy).hasToString("proxy:3128");
        assertThat(settings.toString() + settings.route()).doesNotContain("correct-horse", basic);
    }
}

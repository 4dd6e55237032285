package io.github.genaistreams.provider.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NoProxyTest {

    @ParameterizedTest
    @CsvSource({
        "example.com,        example.com,         443, true",
        "example.com,        API.Example.COM.,    443, true",
        "example.com,        notexample.com,      443, false",
        "example.com,        example.com.evil.io, 443, false",
        ".example.com,       example.com,         443, true",
        "*.example.com,      api.example.com,     443, true",
        " Example.com. ,     example.com,         443, true",
        "example.com:8443,   example.com,        8443, true",
        "example.com:8443,   example.com,         443, false",
        "10.1.2.3,           10.1.2.3,            443, true",
        "10.1.2.3:80,        10.1.2.3,            443, false",
        "10.1.2,             10.1.2.3,            443, false",
        "10.0.0.0/8,         10.255.0.1,          443, true",
        "10.0.0.0/8,         11.0.0.1,            443, false",
        "10.0.0.0/8,         10.example.com,      443, false",
        "10.128.0.0/9,       10.127.0.1,          443, false",
        "10.0.0.0/33,        10.0.0.0,            443, false",
        "10.0.0.0/x,         10.0.0.0,            443, false",
        "0.0.0.0/0,          ::1,                 443, false",
        "::1,                0:0:0:0:0:0:0:1,     443, true",
        "[::1]:8443,         ::1,                8443, true",
        "fd00::/8,           fd12::1,             443, true",
        "*,                  anything,            443, true",
        "'',                 anything,            443, false",
        "3.4,                1.2.3.4,             443, false",
    })
    void coversTheHostsOfItsEntries(String entry, String host, int port, boolean expected) {
        assertThat(new NoProxy(List.of("other.invalid", entry)).covers(host, port))
                .isEqualTo(expected);
    }

    @Test
    void knowsThisMachine() {
        assertThat(List.of(
                        "localhost", "LOCALHOST.", "api.localhost", "127.0.0.1", "127.9.9.9", "::1", "0:0:0:0:0:0:0:1"))
                .allMatch(NoProxy::isLoopback);
        assertThat(List.of("localhost.example.com", "128.0.0.1", "127.0.0.1.example.com", "::2", "::"))
                .noneMatch(NoProxy::isLoopback);
    }
}

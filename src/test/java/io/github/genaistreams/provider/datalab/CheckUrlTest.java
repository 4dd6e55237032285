package io.github.genaistreams.provider.datalab;

import static io.github.genaistreams.provider.datalab.ApiAnswers.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.provider.http.HttpSettings;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckUrlTest {

    @ParameterizedTest
    @CsvSource({
        "/api/v1/marker/abc, true",
        "/api/v1/marker/a?x=1&y=2, true",
        "/api/v1/marker/a?sig=a+b/c==;d, true",
        "/api/v1/marker/.hidden, false",
        "/api/v1//marker, false",
        "/api/../admin, false",
        "//evil.example/x, false",
        "https://evil.example/x, false",
        "/a b, false",
    })
    void onlyPathsAreAskedFor(String path, boolean isOne) {
        assertThat(CheckUrl.isPath(path)).isEqualTo(isOne);
    }

    @ParameterizedTest
    @CsvSource({
        // base, check URL, path that is asked for; none if it is not followed
        "https://gw.example/v1, https://gw.example/v1/r1, /v1/r1",
        "https://gw.example/v1, https://GW.example:443/v1/r1?s=a+b/c, /v1/r1?s=a+b/c",
        "https://gw.example/v1, http://gw.example/v1/r1, /v1/r1",
        "http://gw.example/v1, https://gw.example/v1/r1, /v1/r1",
        "http://gw.example:8000/v1, http://gw.example:8000/v1/r1, /v1/r1",
        "https://gw.example/v1, /v1/r1, /v1/r1",
        "https://www.datalab.to/api/v1/marker, https://api.datalab.to/x/r1, /x/r1",
        "https://gw.example/v1, //gw.example/v1/r1, /v1/r1",
        "https://gw.example/v1, https://gw.example:8443/v1/r1,",
        "http://gw.example:8000/v1, http://gw.example/v1/r1,",
        "http://gw.example:8000/v1, https://gw.example:8001/v1/r1,",
        "https://gw.example/v1, //evil.example/v1/r1,",
        "https://gw.example/v1, https://gw.example@evil.example/v1/r1,",
        "https://gw.example/v1, https://user:pw@gw.example/v1/r1,",
        "https://gw.example/v1, https://gw.example.evil.example/v1/r1,",
        "https://gw.example/v1, https://evil.example/https://gw.example/v1/r1,",
        "https://gw.example/v1, ftp://gw.example/v1/r1,",
        "https://gw.example/v1, https://gw.example\\@evil.example/v1,",
        "https://gw.example/v1, javascript:alert(1),",
    })
    void followsCheckUrlsOnItsOwnHostOnly(String base, String url, String path) {
        var settings = new HttpSettings(URI.create(base), KEY, Map.of(), 1, 1, 10_000, HttpSettings.Route.DIRECT);

        assertThat(CheckUrl.of(url, null, "/v1", settings)).isEqualTo(java.util.Optional.ofNullable(path));
        assertThat(CheckUrl.of(url, "r9", "/v1", settings)).contains(path == null ? "/v1/r9?" : path);
    }

    @ParameterizedTest
    @CsvSource({
        "https://files.example/r?sig=x, https://files.example/r?sig=x",
        "/files/r, https://gw.example/files/r",
        "http://files.example/r,",
        "http://gw.example/r,",
        "https://user@files.example/r,",
        "file:///etc/passwd,",
    })
    void fetchesResultsOverTlsOrAsTheApiItself(String url, String from) {
        var settings = new HttpSettings(
                URI.create("https://gw.example/v1"), KEY, Map.of(), 1, 1, 10_000, HttpSettings.Route.DIRECT);

        assertThat(CheckUrl.fetchable(url, settings).map(URI::toString)).isEqualTo(java.util.Optional.ofNullable(from));
    }

    @Test
    void noLineBreakGetsIntoARequest() {
        assertThat(CheckUrl.isPath("/a\r\nX: y")).isFalse();
    }
}

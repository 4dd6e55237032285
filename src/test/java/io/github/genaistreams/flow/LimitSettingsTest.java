package io.github.genaistreams.flow;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.flow.LimitSettings.Adaptive;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LimitSettingsTest {

    @ParameterizedTest
    @CsvSource({
        "-1,  0,  0,  0, 'concurrent must be at least 1, or 0 for no limit, not -1'",
        " 0, -2,  0,  0, 'pages must be at least 1, or 0 for no limit, not -2'",
        " 0,  0, -3,  0, 'requestsPerMinute must be at least 1, or 0 for the limits in the API''s headers, not -3'",
        " 0,  0,  0, -4, 'tokensPerMinute must be at least 1, or 0 for the limits in the API''s headers, not -4'"
    })
    void refusesANegativeLimitAndNamesIt(int concurrent, int pages, long requests, long tokens, String message) {
        assertThatThrownBy(() -> new LimitSettings(concurrent, pages, requests, tokens, Adaptive.OFF))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}

package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.flow.CallReport;
import io.github.genaistreams.flow.Sign;
import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.RemoteJob;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportsTest {

    private static final ItemKey ITEM = new ItemKey("b", 3);
    private static final Duration TOOK = Duration.ofSeconds(2);

    @ParameterizedTest
    @CsvSource({
        "401, invalid_request_error, invalid_api_key, , KEY_REFUSED",
        "401, http_error, , , KEY_REFUSED",
        "403, request_forbidden, unsupported_country_region_territory, , KEY_REFUSED",
        "403, permission_error, , , KEY_REFUSED",
        "403, invalid_request_error, model_not_found, , ANSWERED",
        "403, invalid_request_error, no_access, model, ANSWERED",
        "403, http_error, , , ANSWERED",
        "429, insufficient_quota, insufficient_quota, , QUOTA_EXHAUSTED",
        "429, requests, rate_limit_exceeded, , LIMITED",
        "498, http_error, , , CROWDED",
        "429, resource_unavailable, resource_unavailable, , CROWDED",
        "400, invalid_request_error, invalid_prompt, , ANSWERED",
        "404, invalid_request_error, model_not_found, model, ANSWERED",
        "500, server_error, server_error, , FAILING",
        "504, http_error, , , FAILING",
        "502, http_error, , , TURNED_AWAY",
        "503, service_unavailable_error, server_is_overloaded, , TURNED_AWAY",
        "529, overloaded_error, , , TURNED_AWAY",
        "200, parse_error, , , ANSWERED",
        ", parse_error, , , NONE",
        ", store_unavailable, store_unavailable, , NONE",
        ", aborted, , , NONE"
    })
    void tellsWhatAnErrorSaysOfItsCredential(Integer status, String type, String code, String param, Sign sign) {
        var error = new CallError("words", type, code, param, true, status);

        assertThat(of(new CallOutcome.Retry(error, Duration.ZERO, null))).satisfies(report -> {
            assertThat(report.sign()).isEqualTo(sign);
            assertThat(report.words()).isEqualTo("words");
            assertThat(report.item()).isEqualTo(ITEM);
        });
        assertThat(of(new CallOutcome.Failed(error, null, null)).sign()).isEqualTo(sign);
    }

    /** A request that was sent and not answered may be one that nobody can answer. */
    @Test
    void blamesNoRequestThatWasNotSent() {
        for (String type : new String[] {"network_error", "timeout"}) {
            var lost = new CallOutcome.Retry(new CallError("w", type, null, null, true, null), Duration.ZERO, null);

            assertThat(of(lost).sign()).isEqualTo(Sign.UNREACHED);
            assertThat(of(lost).isFree()).isTrue();
            assertThat(of(lost.possiblyDone()).sign()).isEqualTo(Sign.FAILING);
            assertThat(of(lost.possiblyDone()).isFree()).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "400, invalid_request_error, true",
        "401, invalid_api_key, true",
        "429, tokens, true",
        ", store_unavailable, true",
        "500, server_error, false",
        "503, http_error, false",
        "200, parse_error, false"
    })
    void knowsWhichCallsHaveUsedNoTokens(Integer status, String type, boolean isFree) {
        var failed = new CallOutcome.Failed(new CallError("words", type, null, null, false, status), null, null);

        assertThat(of(failed).isFree()).isEqualTo(isFree);
        assertThat(of(failed.possiblyDone()).isFree()).isFalse();
        assertThat(of(new CallOutcome.Failed(failed.error(), answer(1, 1), null))
                        .isFree())
                .isFalse();
    }

    @Test
    void tellsTheTokensOfAnAnswerAndOfThoseThatItCorrects() {
        var limits = new ApiLimits(new ApiLimits.Figure(60, 59, Duration.ofSeconds(1)), null);
        Answer answer = answer(100, 10)
                .repairing(List.of(answer(90, 30), Answer.UNSEEN))
                .withLimits(limits);

        assertThat(of(new CallOutcome.Succeeded(answer)))
                .isEqualTo(new CallReport(
                        Sign.ANSWERED, ITEM, null, TOOK, new Usage(190, Map.of(), 40, Map.of(), 230), false, limits));
    }

    @Test
    void tellsWhatTheAnswerToASubmissionSaysOfItsLimits() {
        var limits = new ApiLimits(new ApiLimits.Figure(60, 59, Duration.ofSeconds(1)), null);
        var accepted = new CallOutcome.Accepted(new RemoteJob("resp_1", Instant.EPOCH, Duration.ZERO));

        assertThat(of(accepted.withLimits(limits)))
                .isEqualTo(new CallReport(Sign.ACCEPTED, ITEM, null, TOOK, null, false, limits));
    }

    private static Answer answer(long input, long output) {
        Usage usage = new Usage(input, Map.of(), output, Map.of(), input + output);
        return new Answer(null, "text", usage, "m", null, Answer.COMPLETED, null);
    }

    private static CallReport of(CallOutcome outcome) {
        return Reports.of(ITEM, outcome, TOOK);
    }
}

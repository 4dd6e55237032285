package io.github.genaistreams.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CallKindTest {

    @Test
    void aCallWithoutAnErrorIsASuccess() {
        assertThat(CallKind.of(null)).isEqualTo(CallKind.SUCCESS);
    }

    @ParameterizedTest
    @CsvSource({
        // type, code, status, kind
        "rate_limit_error,            rate_limit_exceeded,     429, RATE_LIMIT",
        "http_error,                  ,                        429, RATE_LIMIT",
        "http_error,                  ,                        498, RATE_LIMIT",
        "rate_limit_error,            page_rate_limit_exceeded, 200, RATE_LIMIT",
        "response_failed,             rate_limit_exceeded,     200, RATE_LIMIT",
        "stream_error,                429,                     200, RATE_LIMIT",
        "server_error,                resource_unavailable,    503, RATE_LIMIT",
        "resource_unavailable,        ,                        400, RATE_LIMIT",
        "stream_error,                capacity_exceeded,       200, RATE_LIMIT",
        "insufficient_quota,          resource_unavailable,    503, QUOTA",
        "insufficient_quota,          insufficient_quota,      429, QUOTA",
        "http_error,                  billing_not_active,      403, QUOTA",
        "invalid_request_error,       invalid_api_key,         401, AUTH",
        "permission_error,            ,                        403, AUTH",
        "invalid_request_error,       ,                        400, INVALID_REQUEST",
        "not_found_error,             model_not_found,         404, INVALID_REQUEST",
        "invalid_request,             invalid_request,         ,    INVALID_REQUEST",
        "server_error,                ,                        500, SERVER_ERROR",
        "overloaded_error,            ,                        529, SERVER_ERROR",
        "response_failed,             server_error,            200, SERVER_ERROR",
        "internal_error,              ,                        500, SERVER_ERROR",
        "timeout,                     ,                        ,    TIMEOUT",
        "timeout,                     total_wait,              200, TIMEOUT",
        "http_error,                  ,                        408, TIMEOUT",
        "network_error,               ,                        ,    NETWORK",
        "stream_interrupted,          ,                        ,    NETWORK",
        "aborted,                     ,                        ,    CANCELLED",
        "cancelled,                   cancelled,               200, CANCELLED",
        "budget_exceeded,             budget_exceeded,         ,    CANCELLED",
        "refusal,                     refusal,                 200, OTHER",
        "incomplete,                  max_output_tokens,       200, OTHER",
        "parse_error,                 ,                        200, OTHER",
        "job_lost,                    job_lost,                404, OTHER",
        "conflict,                    ,                        409, OTHER",
        "internal_error,              internal_error,          ,    OTHER",
    })
    void tellsKindsOfFailuresApart(String type, String code, Integer status, CallKind kind) {
        assertThat(CallKind.of(new CallError("words", type, code, null, true, status)))
                .isEqualTo(kind);
    }
}

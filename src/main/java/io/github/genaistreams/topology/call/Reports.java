package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.CallReport;
import io.github.genaistreams.flow.Sign;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.provider.CallKind;
import io.github.genaistreams.provider.CallOutcome;

/** What a call's outcome says about its credential. */
final class Reports {

    private static final int FORBIDDEN = 403;

    private Reports() {}

    static CallReport of(CallOutcome outcome) {
        CallError error = error(outcome);
        return new CallReport(sign(error), error == null ? null : error.message());
    }

    private static CallError error(CallOutcome outcome) {
        if (outcome instanceof CallOutcome.Retry retry) {
            return retry.error();
        }
        return outcome instanceof CallOutcome.Failed failed ? failed.error() : null;
    }

    private static Sign sign(CallError error) {
        return switch (CallKind.of(error)) {
            case SUCCESS, INVALID_REQUEST -> Sign.ANSWERED;
            case RATE_LIMIT -> Sign.LIMITED;
            case QUOTA -> Sign.QUOTA_EXHAUSTED;
            case AUTH -> isOfKey(error) ? Sign.KEY_REFUSED : Sign.ANSWERED;
            case SERVER_ERROR, TIMEOUT, NETWORK -> Sign.AWAY;
            case CANCELLED -> Sign.NONE;
            // Without an HTTP status, the failure may be our own.
            case OTHER -> error.httpStatus() == null ? Sign.NONE : Sign.ANSWERED;
        };
    }

    /**
     * Whether the key itself is refused. A 403 may be about the request: a model that the project may not use names the
     * model in its code or parameter, and a firewall in front of the API answers without a code.
     */
    private static boolean isOfKey(CallError error) {
        return error.httpStatus() == null
                || error.httpStatus() != FORBIDDEN
                || error.code() != null && !error.code().contains("model") && error.param() == null;
    }
}

package io.github.genaistreams.topology.call;

import io.github.genaistreams.flow.CallReport;
import io.github.genaistreams.flow.Sign;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallKind;
import io.github.genaistreams.provider.CallOutcome;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a call's outcome says about its credential. */
final class Reports {

    private static final int BAD_REQUEST = 400;
    private static final int FORBIDDEN = 403;
    private static final int BAD_GATEWAY = 502;
    private static final int UNAVAILABLE = 503;

    /** 520 to 530 are Cloudflare's statuses; 529 also means overloaded. */
    private static final int MIN_PROXY_STATUS = 520;

    private Reports() {}

    /** @param took from the call's start to its outcome */
    static CallReport of(ItemKey item, CallOutcome outcome, Duration took) {
        CallError error = Results.error(outcome);
        Sign sign = sign(outcome);
        return new CallReport(
                sign,
                item,
                error == null ? null : error.message(),
                took,
                usage(outcome),
                isFree(sign, error, outcome),
                outcome.limits());
    }

    /** A refused or unsent call uses no tokens. Any other failed call may have used them. */
    private static boolean isFree(Sign sign, @Nullable CallError error, CallOutcome outcome) {
        if (error == null || Costs.answer(outcome) != null || isMaybeDone(outcome)) {
            return false;
        }
        return switch (sign) {
            case UNREACHED, LIMITED, CROWDED, KEY_REFUSED, QUOTA_EXHAUSTED, NONE -> true;
            case ANSWERED, ACCEPTED -> error.httpStatus() != null && error.httpStatus() >= BAD_REQUEST;
            case TURNED_AWAY, FAILING -> false;
        };
    }

    private static boolean isMaybeDone(CallOutcome outcome) {
        return outcome instanceof CallOutcome.Retry retry && retry.maybeDone()
                || outcome instanceof CallOutcome.Failed failed && failed.maybeDone();
    }

    /** The usage of an outcome, with that of corrected answers; null if it reports none. */
    private static @Nullable Usage usage(CallOutcome outcome) {
        Answer answer = Costs.answer(outcome);
        if (answer == null || answer.usage() == null) {
            return null;
        }
        Usage sum = answer.usage();
        for (Answer corrected : answer.repaired()) {
            sum = corrected.usage() == null ? sum : sum.plus(corrected.usage());
        }
        return sum;
    }

    private static Sign sign(CallOutcome outcome) {
        CallError error = Results.error(outcome);
        if (error == null) {
            return outcome instanceof CallOutcome.Accepted ? Sign.ACCEPTED : Sign.ANSWERED;
        }
        return switch (CallKind.of(error)) {
            case SUCCESS, INVALID_REQUEST -> Sign.ANSWERED;
            case RATE_LIMIT -> CallKind.isOutOfCapacity(error) ? Sign.CROWDED : Sign.LIMITED;
            case QUOTA -> Sign.QUOTA_EXHAUSTED;
            case AUTH -> isOfKey(error) ? Sign.KEY_REFUSED : Sign.ANSWERED;
            case SERVER_ERROR, TIMEOUT, NETWORK -> failure(error, outcome);
            case CANCELLED -> Sign.NONE;
            // Without an HTTP status, the worker itself may have failed.
            case OTHER -> error.httpStatus() == null ? Sign.NONE : Sign.ANSWERED;
        };
    }

    /**
     * 502, 503 and 520 and above are answers of a proxy or of an overloaded server. A 500 and a time-out may well be the
     * request's fault.
     */
    private static Sign failure(CallError error, CallOutcome outcome) {
        Integer status = error.httpStatus();
        if (status == null) {
            return outcome instanceof CallOutcome.Retry retry && !retry.maybeDone() ? Sign.UNREACHED : Sign.FAILING;
        }
        return status == BAD_GATEWAY || status == UNAVAILABLE || status >= MIN_PROXY_STATUS
                ? Sign.TURNED_AWAY
                : Sign.FAILING;
    }

    /** Whether the outcome means that the key or the account is refused. */
    static boolean isRefusal(CallOutcome outcome) {
        Sign sign = sign(outcome);
        return sign == Sign.KEY_REFUSED || sign == Sign.QUOTA_EXHAUSTED;
    }

    /**
     * Whether a refusal is about the key or the account. A 403 may also be about the request: for a model that the project may not
     * use, its code or parameter names the model, and a firewall in front of the API gives neither code nor type. Datalab's
     * 403 is about the subscription; it has only the type that this program gives it.
     */
    private static boolean isOfKey(CallError error) {
        if (error.httpStatus() == null || error.httpStatus() != FORBIDDEN) {
            return true;
        }
        boolean isOfTheApi = error.code() == null
                ? error.type().equals("permission_error")
                : !error.code().contains("model");
        return isOfTheApi && error.param() == null;
    }
}

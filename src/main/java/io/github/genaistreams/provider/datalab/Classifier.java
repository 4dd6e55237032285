package io.github.genaistreams.provider.datalab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.CostBreakdown;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.http.ErrorBody;
import io.github.genaistreams.provider.http.HttpAnswer;
import io.github.genaistreams.provider.http.Redactor;
import io.github.genaistreams.provider.http.ServerDelay;
import io.github.genaistreams.wire.Json;
import io.github.genaistreams.wire.RawJson;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Translates the API's errors and results into ours, for all readers of its answers. */
final class Classifier {

    /** Wait after a 429 that states none. The API says "You can make N requests every 60 seconds". */
    private static final Duration RATE_LIMIT = Duration.ofSeconds(30);

    /** Wait until other pages are finished. A page takes seconds. */
    private static final Duration PAGES_IN_FLIGHT = Duration.ofSeconds(15);

    private static final int MAX_REQUEST_ID_LENGTH = 1_000;

    private final Redactor redactor;
    private final InstantSource clock;

    Classifier(Redactor redactor, InstantSource clock) {
        this.redactor = redactor;
        this.clock = clock;
    }

    InstantSource clock() {
        return clock;
    }

    /** The body as an object; empty if it is anything else. */
    static Optional<ObjectNode> object(HttpAnswer http) {
        try {
            return Json.read(http.body()) instanceof ObjectNode body ? Optional.of(body) : Optional.empty();
        } catch (IOException notJson) {
            return Optional.empty();
        }
    }

    /**
     * Whether an error has the API's own form, an object with {@code detail} or {@code error}, and is no proxy's page.
     */
    static boolean isApisOwn(HttpAnswer http) {
        return object(http)
                .filter(body -> body.hasNonNull("detail") || body.hasNonNull("error"))
                .isPresent();
    }

    /** Whether a retry may succeed after this status. */
    static boolean isTransientStatus(int status) {
        return status == 408 || status == 429 || status >= 500;
    }

    Duration serverDelay(HttpAnswer http) {
        Duration asked = ServerDelay.of(http.status(), http.headers(), clock.instant());
        return asked.isZero() && http.status() == 429 ? RATE_LIMIT : asked;
    }

    /** An HTTP error, in the API's words if there are any. */
    CallError httpError(HttpAnswer http, boolean retriable) {
        ErrorBody said = body(http);
        return error(
                "HTTP " + http.status() + (said.message() == null ? "" : ": " + said.message()),
                type(http.status()),
                said.code(),
                said.param(),
                retriable,
                http);
    }

    private static ErrorBody body(HttpAnswer http) {
        try {
            return ErrorBody.of(Json.read(http.body()));
        } catch (IOException notJson) {
            return ErrorBody.NONE;
        }
    }

    /** The error in an answer with status 200. Null if there is none. */
    static @Nullable String said(ObjectNode body) {
        return ErrorBody.of(body).message();
    }

    private static String type(int status) {
        return switch (status) {
            case 400, 413, 422 -> "invalid_request_error";
            case 401 -> "authentication_error";
            case 403 -> "permission_error";
            case 404, 410 -> "not_found_error";
            case 429 -> "rate_limit_error";
            case 529 -> "overloaded_error";
            default -> status >= 500 ? "server_error" : "http_error";
        };
    }

    /** An error that an answer reports. */
    CallError error(String message, String type, @Nullable String code, boolean retriable, HttpAnswer http) {
        return error(message, type, code, null, retriable, http);
    }

    private CallError error(
            String message,
            String type,
            @Nullable String code,
            @Nullable String param,
            boolean retriable,
            HttpAnswer http) {
        return new CallError(
                redactor.clean(message),
                type,
                redactor.cleanOrNull(code),
                redactor.cleanOrNull(param),
                retriable,
                http.status());
    }

    /**
     * A refusal until other documents are finished. It comes with status 200 and no code, on submission or during
     * processing, so only its words identify it: "Page rate limit exceeded … pages in flight …". Empty for any other
     * refusal.
     */
    Optional<Retry> pageLimit(ObjectNode body, @Nullable String requestId, HttpAnswer http) {
        String said = said(body);
        if (said == null || !said.toLowerCase(Locale.ROOT).contains("page rate limit exceeded")) {
            return Optional.empty();
        }
        CallError error = error(
                "Too many pages are being processed: " + said,
                "rate_limit_error",
                "page_rate_limit_exceeded",
                true,
                http);
        return Optional.of(new Retry(error, PAGES_IN_FLIGHT, requestId));
    }

    /**
     * The API's ID of a job. Null if it is missing, or longer than any ID: it goes into the journal and into the
     * result.
     */
    static @Nullable String requestId(ObjectNode body) {
        String said = Json.text(body, "request_id");
        return said == null || said.length() > MAX_REQUEST_ID_LENGTH ? null : said;
    }

    /** The result of a finished job. */
    static Answer answer(ObjectNode body, @Nullable String requestId, boolean success) {
        JsonNode pages = body.path("page_count");
        return new Answer(
                RawJson.of(body),
                null,
                // The text is in the body, in the requested format. It is not kept or written twice.
                null,
                null,
                null,
                requestId,
                success ? "completed" : "failed",
                null,
                new Answer.DocumentFigures(
                        pages.isInt() && pages.intValue() >= 0 ? pages.intValue() : null,
                        breakdown(body.path("cost_breakdown"))),
                List.of(),
                ApiLimits.NONE);
    }

    private static @Nullable CostBreakdown breakdown(JsonNode figures) {
        Map<String, BigDecimal> cents = new LinkedHashMap<>();
        figures.properties().forEach(figure -> {
            if (figure.getValue().isNumber()) {
                cents.put(figure.getKey(), figure.getValue().decimalValue());
            }
        });
        var bill = new CostBreakdown(cents);
        return bill.cents().isEmpty() ? null : bill;
    }

    /** The cost of a document, as the API itself states it. */
    static Cost cost(Answer answer) {
        CostBreakdown bill =
                answer.document() == null ? null : answer.document().costBreakdown();
        if (bill == null || bill.finalCostCents() == null) {
            return Cost.unknown("the API has reported no cost");
        }
        return Cost.of(bill.finalCostCents().movePointLeft(2), null);
    }
}

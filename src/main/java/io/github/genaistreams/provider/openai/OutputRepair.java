package io.github.genaistreams.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.check.OutputCheck;
import io.github.genaistreams.check.OutputCheck.Violation;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.Abort;
import io.github.genaistreams.provider.AbortChain;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.RetryDelay;
import io.github.genaistreams.provider.http.NetworkFailure;
import io.github.genaistreams.provider.http.Redactor;
import io.github.genaistreams.provider.http.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Checks the answers of one attempt against the requested schema, and asks for a correction of an answer that violates
 * it, with the whole conversation, the model's answer, and its problems. Each correction is a call of its own, with the
 * attempt's time limit again, in the foreground and not streamed. Each answer is billed, and each is included in the
 * bill, whatever the outcome.
 *
 * <p>A correction that fails temporarily is repeated on its own, as often and with the same waits as the request's
 * attempts: the earlier answers are paid for, and are not requested again. After that, the answer that violates the
 * schema is final.
 *
 * <p>One call is in progress at a time, so no two threads use this at once.
 */
final class OutputRepair implements Consumer<CallOutcome> {

    /** A schema whose regular expressions take longer than this on an answer is unusable. */
    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(10);

    private final ResponsesRequest request;
    private final Transport transport;
    private final Redactor redactor;
    private final BiFunction<ObjectNode, Consumer<CallOutcome>, Abort> ask;
    private final Consumer<CallOutcome> whenDone;
    private final RandomGenerator random = RandomGenerator.getDefault();

    /** Billed costs before the current call, whether received or not. */
    private final List<Answer> paid = new ArrayList<>();

    private final AbortChain calls = new AbortChain();
    private Answer broken;
    private List<Violation> violations;
    private int repairs;
    private int repeats;

    /**
     * @param ask      makes another call with this body
     * @param whenDone receives the outcome of the attempt
     */
    OutputRepair(
            ResponsesRequest request,
            Transport transport,
            Redactor redactor,
            BiFunction<ObjectNode, Consumer<CallOutcome>, Abort> ask,
            Consumer<CallOutcome> whenDone) {
        this.request = request;
        this.transport = transport;
        this.redactor = redactor;
        this.ask = ask;
        this.whenDone = whenDone;
    }

    /** The first call was made. Returns an abort of the call in progress; no other one is made then. */
    Abort first(Abort call) {
        calls.first(call);
        return calls;
    }

    @Override
    public void accept(CallOutcome outcome) {
        if (outcome instanceof Succeeded succeeded) {
            if (hasSomethingToCheck(succeeded.answer())) {
                check(succeeded.answer());
            } else {
                whenDone.accept(new Succeeded(billed(succeeded.answer())));
            }
        } else if (outcome instanceof Failed failed) {
            if (broken != null && failed.answer() == null && failed.error().httpStatus() == null) {
                // For example, too large to process.
                paid.add(Answer.UNSEEN);
            }
            whenDone.accept(
                    new Failed(failed.error(), billed(failed.answer()), failed.requestId(), failed.maybeDone()));
        } else if (broken == null) {
            whenDone.accept(outcome);
        } else if (outcome instanceof Retry retry) {
            repeat(retry);
        } else {
            // The call is in the foreground: its cost is not awaited, but marked as unknown.
            paid.add(Answer.UNSEEN);
            whenDone.accept(schemaViolation(billed(null), "the correction is still in progress", false));
        }
    }

    /** A call for a correction failed temporarily. */
    private void repeat(Retry why) {
        if (why.answer() != null) {
            paid.add(why.answer());
        } else if (why.maybeDone()) {
            paid.add(Answer.UNSEEN);
        }
        if (calls.isAborted()) {
            brokenOff(why);
        } else if (repeats == request.policy().maxRetries()) {
            whenDone.accept(schemaViolation(
                    billed(null), "the correction failed: " + why.error().message(), true));
        } else {
            repeats++;
            Duration wait = RetryDelay.after(repeats, request.policy(), why.serverDelay(), random);
            calls.next(transport.later(wait, this::askAgain, () -> brokenOff(NetworkFailure.notMade())));
        }
    }

    private void brokenOff(Retry why) {
        whenDone.accept(new Retry(
                why.error(), why.serverDelay(), why.requestId(), billed(null), why.maybeDone(), why.limits()));
    }

    private void check(Answer answer) {
        try {
            // Off the event loop, which others need.
            transport
                    .offLoop(
                            () -> OutputCheck.of(request).violations(AnswerReader.finalText(answer.body())),
                            CHECK_TIMEOUT)
                    .onComplete(checked -> {
                        if (checked.succeeded()) {
                            settle(answer, checked.result());
                        } else {
                            uncheckable(answer, checked.cause());
                        }
                    });
        } catch (RuntimeException closed) {
            Retry retry = NetworkFailure.clientClosed();
            whenDone.accept(new Retry(retry.error(), retry.serverDelay(), answer.requestId(), billed(answer), false));
        }
    }

    private void settle(Answer answer, List<Violation> found) {
        if (found.isEmpty()) {
            whenDone.accept(new Succeeded(billed(answer)));
            return;
        }
        violations = found;
        if (repairs < request.maxRepairs() && !calls.isAborted()) {
            repairs++;
            broken = answer;
            paid.add(answer);
            askAgain();
        } else {
            whenDone.accept(schemaViolation(billed(answer), null, false));
        }
    }

    private void askAgain() {
        calls.next(ask.apply(correction(), this));
    }

    /** {@code more} is an additional explanation, or null. */
    private Failed schemaViolation(Answer answer, String more, boolean isRetriable) {
        Violation first = violations.get(0);
        CallError error = new CallError(
                redactor.clean("The answer does not match the schema of response_format: " + first
                        + (violations.size() > 1 ? " (and " + (violations.size() - 1) + " more)" : "")
                        + (more == null ? "" : "; " + more)),
                "invalid_output",
                "schema_violation",
                redactor.cleanOrNull(first.at().isEmpty() ? null : first.at()),
                isRetriable,
                null);
        return new Failed(error, answer, answer.requestId());
    }

    private void uncheckable(Answer answer, Throwable e) {
        String why = e instanceof TimeoutException
                ? "checking it took more than " + CHECK_TIMEOUT.toSeconds() + " s; simplify its patterns"
                : redactor.clean(String.valueOf(e.getMessage()));
        CallError error = new CallError(
                "The answer could not be checked against the schema of response_format: " + why,
                "invalid_request",
                "schema_unusable",
                "response_format",
                false,
                null);
        whenDone.accept(new Failed(error, billed(answer), answer.requestId()));
    }

    /** The answer with all earlier billed costs; without one, the last answer that violated the schema. */
    private Answer billed(Answer answer) {
        if (broken == null) {
            return answer;
        }
        Answer shown = answer == null ? broken : answer;
        return shown.repairing(paid.stream().filter(other -> other != shown).toList());
    }

    /**
     * The body for the correction. A conversation already has the question and the answer; otherwise both are repeated.
     */
    private ObjectNode correction() {
        ObjectNode body = ResponsesBody.of(request);
        JsonNode before = body.get("input");
        ArrayNode input = JsonNodeFactory.instance.arrayNode();
        if (!body.has("conversation")) {
            if (before instanceof ArrayNode items) {
                input.addAll(items);
            } else if (before != null) {
                input.add(message("user", before.asText()));
            }
            input.add(message("assistant", AnswerReader.finalText(broken.body())));
        }
        input.add(message("user", demand()));
        body.set("input", input);
        body.remove(List.of("stream", "stream_options", "background"));
        return body;
    }

    private static ObjectNode message(String role, String content) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", "message")
                .put("role", role)
                .put("content", content);
    }

    private String demand() {
        return violations.stream()
                .map(violation -> "- " + violation)
                .collect(Collectors.joining(
                        "\n",
                        "Your answer does not match the JSON schema:\n",
                        "\nAnswer again with the corrected JSON only."));
    }

    /** Whether there is something to check: a complete answer that is a text or empty, and not only tool calls. */
    private static boolean hasSomethingToCheck(Answer answer) {
        if (!answer.isWhole()) {
            return false;
        }
        JsonNode body = answer.body();
        return !AnswerReader.finalText(body).isEmpty() || !AnswerReader.callsTools(body);
    }
}

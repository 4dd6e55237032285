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
import org.jspecify.annotations.Nullable;

/**
 * Checks the answers of one attempt against the requested schema. If an answer violates it, asks for a correction, with
 * the whole conversation, the answer, and its violations. Each correction is a call of its own, in the foreground and
 * not streamed, with the time limit of the attempt. Each answer is billed, and each counts in the cost, whatever the
 * outcome.
 *
 * <p>A correction that fails temporarily is repeated by itself, as often and with the same waits as the request's
 * attempts: the earlier answers are paid for, and are not requested again. After that, the answer that violates the
 * schema is final.
 *
 * <p>One call is in progress at a time, so no two threads use this at once.
 */
final class OutputRepair implements Consumer<CallOutcome> {

    /** Maximum time for the check of an answer. A schema whose regular expressions take longer cannot be used. */
    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(10);

    private final ResponsesRequest request;
    private final Transport transport;
    private final Redactor redactor;
    private final BiFunction<ObjectNode, Consumer<CallOutcome>, Abort> ask;
    private final Consumer<CallOutcome> whenDone;
    private final RandomGenerator random = RandomGenerator.getDefault();

    /** Earlier answers that were, or may have been, billed. */
    private final List<Answer> paid = new ArrayList<>();

    private final AbortChain calls = new AbortChain();
    private @Nullable Broken broken;
    private int repairs;
    private int repeats;

    /**
     * An answer that violates the schema.
     *
     * @param text       what was checked of it
     * @param violations at least one
     */
    private record Broken(Answer answer, String text, List<Violation> violations) {}

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

    /** Notes the first call, which was made. Returns what aborts the current call and prevents any further one. */
    Abort first(Abort call) {
        calls.first(call);
        return calls;
    }

    @Override
    public void accept(CallOutcome outcome) {
        Broken last = broken;
        if (outcome instanceof Succeeded succeeded) {
            receive(succeeded.answer());
        } else if (last == null) {
            whenDone.accept(outcome);
        } else if (outcome instanceof Failed failed) {
            fail(last, failed);
        } else if (outcome instanceof Retry retry) {
            repeat(last, retry);
        } else {
            // The API made a job of this foreground call. Nobody polls it, so its cost stays unknown.
            paid.add(Answer.UNSEEN);
            whenDone.accept(
                    schemaViolation(last.answer, last.violations, "the correction is still in progress", false));
        }
    }

    private void receive(Answer answer) {
        // An answer that the model has not finished is not checked.
        JsonNode body = answer.isWhole() ? answer.body() : null;
        String text = body == null ? "" : AnswerReader.finalText(body);
        if (body == null || text.isEmpty() && AnswerReader.callsTools(body)) {
            whenDone.accept(new Succeeded(billed(answer)));
        } else {
            check(answer, text);
        }
    }

    /** Handles the permanent failure of a call for a correction. */
    private void fail(Broken last, Failed why) {
        if (why.answer() == null && why.error().httpStatus() == null) {
            // For example, an answer that is too large to process.
            paid.add(Answer.UNSEEN);
        }
        Answer shown = why.answer() == null ? last.answer : why.answer();
        whenDone.accept(new Failed(why.error(), billed(shown), why.requestId(), why.maybeDone()));
    }

    /** Handles the temporary failure of a call for a correction. */
    private void repeat(Broken last, Retry why) {
        if (why.answer() != null) {
            paid.add(why.answer());
        } else if (why.maybeDone()) {
            paid.add(Answer.UNSEEN);
        }
        if (calls.isAborted()) {
            breakOff(last, why);
        } else if (repeats == request.policy().maxRetries()) {
            whenDone.accept(schemaViolation(
                    last.answer,
                    last.violations,
                    "the correction failed: " + why.error().message(),
                    true));
        } else {
            repeats++;
            Duration wait = RetryDelay.after(repeats, request.policy(), why.serverDelay(), random);
            calls.next(transport.later(wait, () -> correct(last), () -> breakOff(last, NetworkFailure.notMade())));
        }
    }

    private void breakOff(Broken last, Retry why) {
        whenDone.accept(new Retry(
                why.error(), why.serverDelay(), why.requestId(), billed(last.answer), why.maybeDone(), why.limits()));
    }

    private void check(Answer answer, String text) {
        try {
            // Off the event loop, which others need.
            transport
                    .offLoop(() -> OutputCheck.of(request).violations(text), CHECK_TIMEOUT)
                    .onComplete(checked -> {
                        if (checked.succeeded()) {
                            settle(answer, text, checked.result());
                        } else {
                            uncheckable(answer, checked.cause());
                        }
                    });
        } catch (RuntimeException closed) {
            Retry retry = NetworkFailure.clientClosed();
            whenDone.accept(new Retry(retry.error(), retry.serverDelay(), answer.requestId(), billed(answer), false));
        }
    }

    private void settle(Answer answer, String text, List<Violation> violations) {
        if (violations.isEmpty()) {
            whenDone.accept(new Succeeded(billed(answer)));
        } else if (repairs < request.maxRepairs() && !calls.isAborted()) {
            repairs++;
            paid.add(answer);
            var last = new Broken(answer, text, violations);
            broken = last;
            correct(last);
        } else {
            whenDone.accept(schemaViolation(answer, violations, null, false));
        }
    }

    private void correct(Broken last) {
        calls.next(ask.apply(correction(last), this));
    }

    /** @param more an additional explanation, if there is one */
    private Failed schemaViolation(
            Answer answer, List<Violation> violations, @Nullable String more, boolean isRetriable) {
        Violation first = violations.get(0);
        CallError error = new CallError(
                redactor.clean("The answer does not match the schema of response_format: " + first
                        + (violations.size() > 1 ? " (and " + (violations.size() - 1) + " more)" : "")
                        + (more == null ? "" : "; " + more)),
                "invalid_output",
                "schema_violation",
                first.at().isEmpty() ? null : redactor.clean(first.at()),
                isRetriable,
                null);
        return new Failed(error, billed(answer), answer.requestId());
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

    /** The answer, with all others that are billed. */
    private Answer billed(Answer answer) {
        return answer.repairing(paid.stream().filter(other -> other != answer).toList());
    }

    /**
     * The body for the correction. A conversation has the question and the answer already. Otherwise both are repeated.
     */
    private ObjectNode correction(Broken last) {
        ObjectNode body = ResponsesBody.of(request);
        JsonNode before = body.get("input");
        ArrayNode input = JsonNodeFactory.instance.arrayNode();
        if (!body.has("conversation")) {
            if (before instanceof ArrayNode items) {
                input.addAll(items);
            } else if (before != null) {
                input.add(message("user", before.asText()));
            }
            input.add(message("assistant", last.text));
        }
        input.add(message("user", demand(last.violations)));
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

    private static String demand(List<Violation> violations) {
        return violations.stream()
                .map(violation -> "- " + violation)
                .collect(Collectors.joining(
                        "\n",
                        "Your answer does not match the JSON schema:\n",
                        "\nAnswer again with the corrected JSON only."));
    }
}

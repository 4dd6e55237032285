package io.github.genaistreams.provider.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.Abort;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.CallOutcome.Succeeded;
import io.github.genaistreams.provider.http.NetworkFailure;
import io.github.genaistreams.provider.http.Redactor;
import io.github.genaistreams.provider.http.Transport;
import io.github.genaistreams.provider.openai.OutputCheck.Violation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Checks the answers of one attempt against the schema that was asked for, and asks again for one that breaks it: with all
 * that was said before, the model's own answer, and what is wrong with it. Each question after the first is a call of its
 * own, with the attempt's time limit again, in the foreground and not streamed; each answer is billed, and none is lost from
 * the bill, whatever the outcome.
 *
 * <p>One call is under way at a time, so nothing here is touched by two threads at once.
 */
final class OutputRepair implements Consumer<CallOutcome> {

    /** A schema whose regular expressions take longer than this on an answer is not one to check with. */
    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(10);

    private final ResponsesRequest request;
    private final Transport transport;
    private final Redactor redactor;
    private final BiFunction<ObjectNode, Consumer<CallOutcome>, Abort> ask;
    private final Consumer<CallOutcome> whenDone;
    private final List<Answer> broken = new ArrayList<>();
    private OutputCheck check;
    private volatile boolean aborted;
    private volatile Abort underWay = Abort.NONE;

    /**
     * @param ask      makes another call with this body
     * @param whenDone is told the outcome of the attempt
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

    /** The first call was made. */
    void underWay(Abort call) {
        underWay = call;
        if (aborted) {
            call.now();
        }
    }

    /** Breaks off the call under way; no other one is made. Any thread. */
    void abort() {
        aborted = true;
        underWay.now();
    }

    @Override
    public void accept(CallOutcome outcome) {
        if (outcome instanceof Succeeded succeeded) {
            if (OutputCheck.appliesTo(succeeded.answer())) {
                check(succeeded.answer());
            } else {
                whenDone.accept(new Succeeded(billed(succeeded.answer())));
            }
        } else if (outcome instanceof Retry retry) {
            whenDone.accept(new Retry(
                    retry.error(), retry.serverDelay(), retry.requestId(), billed(retry.answer()), retry.maybeDone()));
        } else if (outcome instanceof Failed failed) {
            whenDone.accept(new Failed(failed.error(), billed(failed.answer()), failed.requestId()));
        } else {
            whenDone.accept(outcome);
        }
    }

    private void check(Answer answer) {
        try {
            // Off the event loop: others wait there.
            transport
                    .offLoop(() -> check().violations(answer.outputText()), CHECK_TIMEOUT)
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

    private OutputCheck check() {
        if (check == null) {
            check = new OutputCheck(request);
        }
        return check;
    }

    private void settle(Answer answer, List<Violation> violations) {
        if (violations.isEmpty()) {
            whenDone.accept(new Succeeded(billed(answer)));
        } else if (broken.size() < request.mostRepairs() && !aborted) {
            broken.add(answer);
            underWay(ask.apply(again(answer, violations), this));
        } else {
            Violation first = violations.get(0);
            CallError error = new CallError(
                    redactor.clean("The answer breaks the schema of response_format: " + first
                            + (violations.size() > 1 ? " (and " + (violations.size() - 1) + " more)" : "")),
                    "invalid_output",
                    "schema_violation",
                    redactor.clean(first.at().isEmpty() ? null : first.at()),
                    false,
                    null);
            whenDone.accept(new Failed(error, billed(answer), answer.requestId()));
        }
    }

    private void uncheckable(Answer answer, Throwable e) {
        String why = e instanceof TimeoutException
                ? "checking it took more than " + CHECK_TIMEOUT.toSeconds() + " s; make its patterns simpler"
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

    /** The answer with those before it; without one, the last of those. */
    private Answer billed(Answer answer) {
        if (broken.isEmpty()) {
            return answer;
        }
        int last = broken.size() - 1;
        return answer == null ? broken.get(last).repairing(broken.subList(0, last)) : answer.repairing(broken);
    }

    /** The body that asks again. A conversation has the question and the answer already; else both are said once more. */
    private ObjectNode again(Answer answer, List<Violation> violations) {
        ObjectNode body = ResponsesBody.of(request);
        JsonNode before = body.get("input");
        ArrayNode input = JsonNodeFactory.instance.arrayNode();
        if (!body.has("conversation")) {
            if (before.isArray()) {
                input.addAll((ArrayNode) before);
            } else {
                input.add(message("user", before.asText()));
            }
            input.add(message("assistant", answer.outputText()));
        }
        input.add(message("user", demand(violations)));
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

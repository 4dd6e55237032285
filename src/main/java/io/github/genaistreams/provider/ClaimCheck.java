package io.github.genaistreams.provider;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.HostPort;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.store.DocumentStoreException;
import io.github.genaistreams.wire.RawJson;
import io.vertx.core.Context;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts answers that are too large for a record into the document store, and their references into the results. The
 * answer is paid for, so a write that fails temporarily is tried again. An answer that the API still has is left there
 * and polled again later, as long as the API keeps it. Only after that does the item fail.
 *
 * <p>The answer of a failed call is stored in the same way, but never polled again.
 *
 * @param <Q> the API's request type
 */
public final class ClaimCheck<Q extends ApiRequest> implements ApiClient<Q> {

    private static final Logger LOG = LoggerFactory.getLogger(ClaimCheck.class);

    /** Few are written at once, since each is in memory. */
    private static final int WRITERS = 2;

    private static final int TRIES = 5;
    private static final long PAUSE_MILLIS = 500;

    /** Delay until the next poll of an answer that could not be stored. */
    private static final Duration POLL_AGAIN = Duration.ofSeconds(5);

    private final ApiClient<Q> client;
    private final DocumentStore store;
    private final int maxBytes;
    private final ExecutorService writers = Executors.newFixedThreadPool(WRITERS, task -> {
        Thread thread = new Thread(task, "genai-store");
        thread.setDaemon(true);
        return thread;
    });

    /**
     * @param client   owned
     * @param maxBytes largest answer that stays in its record, as JSON
     */
    public ClaimCheck(ApiClient<Q> client, DocumentStore store, int maxBytes) {
        this.client = client;
        this.store = store;
        this.maxBytes = maxBytes;
    }

    @Override
    public Optional<HostPort> server(Q request) {
        return client.server(request);
    }

    @Override
    public Optional<CallError> refusal(Q request) {
        return client.refusal(request);
    }

    @Override
    public Abort call(Q request, int attempt, int lane, Consumer<CallOutcome> whenDone) {
        return client.call(request, attempt, lane, outcome -> check(outcome, null, whenDone));
    }

    @Override
    public Abort call(Q request, int attempt, int lane, DeltaListener deltas, Consumer<CallOutcome> whenDone) {
        return client.call(request, attempt, lane, deltas, outcome -> check(outcome, null, whenDone));
    }

    @Override
    public Abort poll(Q request, RemoteJob job, int attempt, int lane, Consumer<CallOutcome> whenDone) {
        return client.poll(request, job, attempt, lane, outcome -> check(outcome, leftWith(job, request), whenDone));
    }

    @Override
    public Optional<Q> forPolling(Q request) {
        return client.forPolling(request);
    }

    @Override
    public Optional<Q> lastResort(Q request, CallError error) {
        return client.lastResort(request, error);
    }

    @Override
    public void cancel(Q request, RemoteJob job, int lane) {
        client.cancel(request, job, lane);
    }

    /** The job to poll again. Null if there is no time for that. */
    private @Nullable RemoteJob leftWith(RemoteJob job, Q request) {
        Instant deadline = job.acceptedAt().plus(request.maxJobTime());
        return Instant.now().plus(POLL_AGAIN).isBefore(deadline) ? job.after(POLL_AGAIN) : null;
    }

    /** @param again the job that still has the answer, if there is time for another poll */
    private void check(CallOutcome outcome, @Nullable RemoteJob again, Consumer<CallOutcome> whenDone) {
        Answer answer = outcome instanceof CallOutcome.Succeeded succeeded
                ? succeeded.answer()
                : outcome instanceof CallOutcome.Failed failed ? failed.answer() : null;
        RawJson json = answer == null ? null : answer.json();
        if (answer == null || json == null || room(json, maxBytes) >= 0) {
            whenDone.accept(outcome);
            return;
        }
        Runnable keep = () -> whenDone.accept(
                outcome instanceof CallOutcome.Failed failed ? kept(failed, answer, json) : kept(answer, json, again));
        if (!Context.isOnEventLoopThread()) {
            // This runs on a large answer's own thread, and its memory counts until this returns.
            keep.run();
            return;
        }
        try {
            writers.execute(keep);
        } catch (RejectedExecutionException closed) {
            // The process ends; the next owner of the partition polls the job again.
            whenDone.accept(outcome);
        }
    }

    private static long room(RawJson json, long room) {
        byte[] text = json.text();
        return text == null ? room(json.tree(), room) : room - text.length;
    }

    /**
     * The bytes left of {@code room} after a tree, or a negative number if it may not fit. A fast upper estimate: a
     * character takes at most six bytes.
     */
    private static long room(JsonNode tree, long room) {
        long left = room - 6L * (tree.isValueNode() ? tree.asText().length() : 0) - 4;
        if (tree.isArray()) {
            for (Iterator<JsonNode> items = tree.elements(); left >= 0 && items.hasNext(); ) {
                left = room(items.next(), left);
            }
        } else if (tree.isObject()) {
            for (Iterator<Map.Entry<String, JsonNode>> fields =
                            tree.properties().iterator();
                    left >= 0 && fields.hasNext(); ) {
                Map.Entry<String, JsonNode> field = fields.next();
                left = room(field.getValue(), left - 6L * field.getKey().length() - 4);
            }
        }
        return left;
    }

    /** A failure keeps its own reason, wherever its answer is. */
    private CallOutcome kept(CallOutcome.Failed failed, Answer answer, RawJson body) {
        CallOutcome kept = kept(answer, body, null);
        Answer told = kept instanceof CallOutcome.Succeeded succeeded
                ? succeeded.answer()
                : ((CallOutcome.Failed) kept).answer();
        return new CallOutcome.Failed(failed.error(), told, failed.requestId(), failed.maybeDone(), failed.limits());
    }

    /**
     * Catches an Error too, such as an answer too large for the heap: a call without an outcome would block its lane
     * for ever.
     */
    private CallOutcome kept(Answer answer, RawJson body, @Nullable RemoteJob again) {
        try {
            return stored(answer, body, again);
        } catch (Throwable e) {
            LOG.error("An answer could not be stored", e);
            CallError error = CallError.internal("The answer could not be stored: " + e);
            return again == null
                    ? new CallOutcome.Failed(error, answer.at(null, maxBytes), answer.requestId())
                    : new CallOutcome.Accepted(again, error);
        }
    }

    private CallOutcome stored(Answer answer, RawJson body, @Nullable RemoteJob again) {
        byte[] json;
        try {
            byte[] text = body.text();
            json = text == null ? new JsonMapper().writeValueAsBytes(body.tree()) : text;
        } catch (IOException | RuntimeException e) {
            return new CallOutcome.Failed(
                    CallError.internal(
                            "The answer cannot be written: " + e.getClass().getSimpleName()),
                    answer.at(null, maxBytes),
                    answer.requestId());
        }
        if (json.length <= maxBytes) {
            return new CallOutcome.Succeeded(answer);
        }
        String why = "";
        for (int attempt = 0; attempt < TRIES; attempt++) {
            try {
                return new CallOutcome.Succeeded(answer.at(store.put(json), maxBytes));
            } catch (DocumentStoreException e) {
                why = String.valueOf(e.getMessage());
                pause();
            }
        }
        CallError error = new CallError(
                "The answer was paid for, but is lost: it has " + json.length
                        + " bytes, which is too much for a record, and could"
                        + " not be stored: "
                        + why,
                "store_unavailable",
                "result_not_stored",
                null,
                false,
                null);
        if (again != null) {
            LOG.warn("An answer of {} bytes stays at the API for now: {}", json.length, why);
            return new CallOutcome.Accepted(again, error);
        }
        return new CallOutcome.Failed(error, answer.at(null, maxBytes), answer.requestId());
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        client.close();
        writers.shutdown();
    }
}

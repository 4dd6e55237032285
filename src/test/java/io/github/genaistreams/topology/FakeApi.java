package io.github.genaistreams.topology;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.HostPort;
import io.github.genaistreams.provider.Abort;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.RemoteJob;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;

/** Holds every call and every poll until the test says how it ends. For one thread. */
public final class FakeApi<Q extends ApiRequest> implements ApiClient<Q> {

    /** A call or a poll that was started. */
    public final class Held implements Consumer<CallOutcome> {

        private final Q request;
        private final Optional<RemoteJob> job;
        private final SpanContext span = Span.current().getSpanContext();
        private final Consumer<CallOutcome> whenDone;

        private Held(Q request, Optional<RemoteJob> job, Consumer<CallOutcome> whenDone) {
            this.request = request;
            this.job = job;
            this.whenDone = whenDone;
        }

        public Q request() {
            return request;
        }

        /** Which job a poll asks for; empty for a call. */
        public Optional<RemoteJob> job() {
            return job;
        }

        /** The span in which it was started. */
        public SpanContext span() {
            return span;
        }

        /** Ends it, as an event loop would. */
        @Override
        public void accept(CallOutcome outcome) {
            open.remove(this);
            whenDone.accept(outcome);
        }

        private void abort(CallOutcome outcome) {
            if (open.contains(this)) {
                aborted.add(request.index());
                accept(outcome);
            }
        }
    }

    /** All that were started, and those without an outcome. */
    public final List<Held> calls = new ArrayList<>();

    public final List<Held> polls = new ArrayList<>();
    public final List<Held> open = new ArrayList<>();

    public final List<String> cancelled = new ArrayList<>();
    public final List<Integer> aborted = new ArrayList<>();

    /** Of the latest call. */
    public DeltaListener listener;

    public Function<Q, CallError> refusal = request -> null;
    public Function<Q, Q> forPolling = request -> null;
    public BiFunction<Q, CallError, Optional<Q>> lastResort = (request, error) -> Optional.empty();
    public HostPort server;

    /** What each call or poll throws instead of being made; null: none does. */
    public RuntimeException broken;

    /** Ends the latest call or poll. */
    public void end(CallOutcome outcome) {
        open.get(open.size() - 1).accept(outcome);
    }

    /** Indices of the items that wait for an outcome. */
    public List<Integer> openCalls() {
        return open.stream().map(held -> held.request().index()).toList();
    }

    public List<String> polled() {
        return polls.stream().map(poll -> poll.job().orElseThrow().id()).toList();
    }

    @Override
    public Optional<HostPort> server(Q request) {
        return Optional.ofNullable(server);
    }

    @Override
    public Optional<CallError> refusal(Q request) {
        return Optional.ofNullable(refusal.apply(request));
    }

    @Override
    public Abort call(Q request, int attempt, int lane, DeltaListener deltas, Consumer<CallOutcome> whenDone) {
        listener = deltas;
        return call(request, attempt, lane, whenDone);
    }

    @Override
    public Abort call(Q request, int attempt, int lane, Consumer<CallOutcome> whenDone) {
        Held call = new Held(request, Optional.empty(), whenDone);
        calls.add(call);
        if (broken != null) {
            throw broken;
        }
        open.add(call);
        var error = new CallError("broken off", ABORTED, null, null, true, null);
        return () -> call.abort(new CallOutcome.Retry(error, Duration.ZERO, null, null, true));
    }

    @Override
    public Abort poll(Q request, RemoteJob job, int attempt, int lane, Consumer<CallOutcome> whenDone) {
        Held poll = new Held(request, Optional.of(job), whenDone);
        polls.add(poll);
        if (broken != null) {
            throw broken;
        }
        open.add(poll);
        return () -> poll.abort(new CallOutcome.Accepted(job));
    }

    @Override
    public Optional<Q> forPolling(Q request) {
        return Optional.ofNullable(forPolling.apply(request));
    }

    @Override
    public Optional<Q> lastResort(Q request, CallError error) {
        return lastResort.apply(request, error);
    }

    @Override
    public void cancel(Q request, RemoteJob job, int lane) {
        cancelled.add(job.id());
    }

    @Override
    public void close() {}
}

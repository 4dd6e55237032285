package io.github.genaistreams.provider;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.HostPort;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Makes each call with the client of the request's credential. Each credential has its own client, so that one without
 * free connections, or with a hanging server, does not block another. Owns the clients.
 *
 * @param <Q> the API's request type
 */
public final class ByCredential<Q extends ApiRequest> implements ApiClient<Q> {

    /** Delay until the next poll of a job whose key is missing. */
    private static final Duration KEY_MISSING = Duration.ofSeconds(30);

    private final Map<String, ApiClient<Q>> clients;
    private final Function<Q, Optional<CallError>> rule;

    /** @param clients by alias; {@link ApiRequest#DEFAULT_CREDENTIAL} may be missing */
    public ByCredential(Map<String, ApiClient<Q>> clients) {
        this(clients, request -> Optional.empty());
    }

    /** @param rule a further reason to refuse a request that its client accepts; empty for none */
    public ByCredential(Map<String, ApiClient<Q>> clients, Function<Q, Optional<CallError>> rule) {
        this.clients = Map.copyOf(clients);
        this.rule = rule;
    }

    @Override
    public Optional<HostPort> server(Q request) {
        ApiClient<Q> client = clients.get(request.credentialOrDefault());
        return client == null ? Optional.empty() : client.server(request);
    }

    @Override
    public Optional<CallError> refusal(Q request) {
        ApiClient<Q> client = clients.get(request.credentialOrDefault());
        return client == null
                ? Optional.of(unknown(request))
                : client.refusal(request).or(() -> rule.apply(request));
    }

    private CallError unknown(Q request) {
        String has = String.join(", ", new TreeSet<>(clients.keySet()));
        return CallError.invalidRequest(
                "credential",
                request.credential() == null
                        ? "`credential` is missing, and this worker has no default credential; use one of: " + has
                        : "`credential` names an unknown credential; use one of: " + has);
    }

    @Override
    public Abort call(Q request, int attempt, int lane, Consumer<CallOutcome> whenDone) {
        return call(request, attempt, lane, DeltaListener.NONE, whenDone);
    }

    @Override
    public Abort call(Q request, int attempt, int lane, DeltaListener deltas, Consumer<CallOutcome> whenDone) {
        ApiClient<Q> client = clients.get(request.credentialOrDefault());
        if (client == null) {
            // A worker that had this credential has taken the request in and journaled it.
            whenDone.accept(new CallOutcome.Failed(unknown(request), null, null));
            return Abort.NONE;
        }
        return client.call(request, attempt, lane, deltas, whenDone);
    }

    @Override
    public Abort poll(Q request, RemoteJob job, int attempt, int lane, Consumer<CallOutcome> whenDone) {
        ApiClient<Q> client = clients.get(request.credentialOrDefault());
        if (client == null) {
            // The job is paid for: the worker may still get its key back.
            whenDone.accept(new CallOutcome.Accepted(job.after(KEY_MISSING), unknown(request)));
            return Abort.NONE;
        }
        return client.poll(request, job, attempt, lane, whenDone);
    }

    @Override
    public Optional<Q> forPolling(Q request) {
        ApiClient<Q> client = clients.get(request.credentialOrDefault());
        return client == null ? Optional.empty() : client.forPolling(request);
    }

    @Override
    public Optional<Q> lastResort(Q request, CallError error) {
        ApiClient<Q> client = clients.get(request.credentialOrDefault());
        return client == null ? Optional.empty() : client.lastResort(request, error);
    }

    @Override
    public void cancel(Q request, RemoteJob job, int lane) {
        ApiClient<Q> client = clients.get(request.credentialOrDefault());
        if (client != null) {
            client.cancel(request, job, lane);
        }
    }

    @Override
    public void close() {
        clients.values().forEach(ApiClient::close);
    }
}

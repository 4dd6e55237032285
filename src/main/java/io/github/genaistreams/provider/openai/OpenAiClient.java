package io.github.genaistreams.provider.openai;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.check.ResponsesCheck;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.HostPort;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.Abort;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.provider.CallKind;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.DeltaListener;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.provider.http.ClientRequestId;
import io.github.genaistreams.provider.http.HttpSettings;
import io.github.genaistreams.provider.http.LargeAnswers;
import io.github.genaistreams.provider.http.Redactor;
import io.github.genaistreams.provider.http.TimeLimits;
import io.github.genaistreams.provider.http.Transport;
import io.github.genaistreams.wire.Json;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls {@code POST /responses} and the requests of its background mode.
 *
 * <p>The time limit of an attempt covers everything: to connect, to send, and to receive the whole body. A streamed
 * answer must begin within it. After that, the silence between two events and the total time have their own limits
 * ({@link TimeLimits}).
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">Create a response</a>
 */
public final class OpenAiClient implements ApiClient<ResponsesRequest> {

    /** The API's base URL, before {@code /responses}. */
    public static final URI OPENAI = URI.create("https://api.openai.com/v1");

    private static final Logger LOG = LoggerFactory.getLogger(OpenAiClient.class);

    /** Time limit of a request that needs no model, unless the call's own is shorter. */
    private static final Duration LOOKUP_TIMEOUT = Duration.ofSeconds(60);

    private static final String JSON = "application/json";

    private final HttpSettings settings;
    private final String host;
    private final int port;
    private final String responses;
    private final ResponseClassifier classifier;
    private final Redactor redactor;
    private final Transport transport;

    /** A client that shares nothing with others. */
    public OpenAiClient(HttpSettings settings) {
        this(settings, LargeAnswers.ofHeap());
    }

    /**
     * Starts the event loops. Does not connect yet.
     *
     * @param large shared limits of large answers, for all clients
     * @throws IllegalArgumentException if the trusted certificates cannot be read
     */
    public OpenAiClient(HttpSettings settings, LargeAnswers large) {
        this.settings = settings;
        this.host = settings.host();
        this.port = settings.port();
        this.responses = settings.pathOf("responses");
        this.redactor = new Redactor(settings);
        this.classifier = new ResponseClassifier(redactor, InstantSource.system());
        this.transport = new Transport(settings, large);
    }

    @Override
    public Optional<HostPort> server(ResponsesRequest request) {
        return Optional.of(settings.server());
    }

    @Override
    public Optional<CallError> refusal(ResponsesRequest request) {
        return ResponsesCheck.firstProblem(request);
    }

    @Override
    public Abort call(ResponsesRequest request, int attempt, int lane, Consumer<CallOutcome> whenDone) {
        return call(request, attempt, lane, DeltaListener.NONE, whenDone);
    }

    @Override
    public Abort call(
            ResponsesRequest request, int attempt, int lane, DeltaListener deltas, Consumer<CallOutcome> whenDone) {
        if (!request.validatesOutput()) {
            return first(request, attempt, lane, deltas, whenDone);
        }
        OutputRepair checked = repair(request, attempt, lane, whenDone);
        return checked.first(first(request, attempt, lane, deltas, checked));
    }

    private Abort first(
            ResponsesRequest request, int attempt, int lane, DeltaListener deltas, Consumer<CallOutcome> whenDone) {
        return send(request, () -> ResponsesBody.of(request), limits(request), attempt, lane, deltas, whenDone);
    }

    /** Receives the outcomes of calls before the caller, and checks the answers. */
    private OutputRepair repair(ResponsesRequest request, int attempt, int lane, Consumer<CallOutcome> whenDone) {
        return new OutputRepair(
                request,
                transport,
                redactor,
                (body, told) -> send(
                        request,
                        () -> body,
                        TimeLimits.of(request.policy().timeout()),
                        attempt,
                        lane,
                        DeltaListener.NONE,
                        told),
                whenDone);
    }

    /** @param body creates the body on the event loop, so that the time for it counts too */
    private Abort send(
            ResponsesRequest request,
            Supplier<ObjectNode> body,
            TimeLimits limits,
            int attempt,
            int lane,
            DeltaListener deltas,
            Consumer<CallOutcome> whenDone) {
        var message = new Transport.Message() {
            @Override
            public HttpRequest<Buffer> request(WebClient web) {
                return authorised(web.post(port, host, responses))
                        .putHeader("Content-Type", JSON)
                        .putHeader("Accept", request.wantsStream() ? "text/event-stream, " + JSON : JSON)
                        .putHeader(ClientRequestId.HEADER, requestId(request, attempt));
            }

            @Override
            public Future<HttpResponse<Buffer>> send(HttpRequest<Buffer> http) throws JsonProcessingException {
                return http.sendBuffer(Buffer.buffer(Json.MAPPER.writeValueAsBytes(body.get())));
            }
        };
        var handler =
                new CallResponseHandler(classifier, request.failsOnIncomplete(), deltas, settings.maxResponseBytes());
        return transport.send(message, lane, limits, handler, whenDone);
    }

    private HttpRequest<Buffer> authorised(HttpRequest<Buffer> request) {
        return request.putHeader(
                "Authorization", "Bearer " + settings.apiKey().current().reveal());
    }

    private static TimeLimits limits(ResponsesRequest request) {
        Duration timeout = request.policy().timeout();
        return request.wantsStream()
                ? new TimeLimits(timeout, request.streamIdleTimeout(), request.totalWait())
                : TimeLimits.of(timeout);
    }

    /** @see <a href="https://platform.openai.com/docs/api-reference/responses/get">Get a response</a> */
    @Override
    public Abort poll(ResponsesRequest request, RemoteJob job, int attempt, int lane, Consumer<CallOutcome> whenDone) {
        if (!BackgroundResponse.isId(job.id())) {
            whenDone.accept(
                    new Failed(CallError.internal("The ID of the job is not the ID of a response"), null, null));
            return Abort.NONE;
        }
        if (!request.validatesOutput()) {
            return get(request, job, attempt, lane, whenDone);
        }
        OutputRepair checked = repair(request, attempt, lane, whenDone);
        return checked.first(get(request, job, attempt, lane, checked));
    }

    private Abort get(ResponsesRequest request, RemoteJob job, int attempt, int lane, Consumer<CallOutcome> whenDone) {
        String path = settings.pathOf(BackgroundResponse.path(job)) + BackgroundResponse.query(request.include());
        Transport.Message message = web -> authorised(web.get(port, host, path))
                .putHeader("Accept", JSON)
                .putHeader(ClientRequestId.HEADER, requestId(request, attempt));
        return transport.send(
                message,
                lane,
                lookupLimits(request),
                new PollResponseHandler(classifier, request.failsOnIncomplete(), job),
                whenDone);
    }

    /** The request on the default tier, after flex had no capacity. Such a refusal costs nothing. */
    @Override
    public Optional<ResponsesRequest> lastResort(ResponsesRequest request, CallError error) {
        return request.fallsBackFromFlex() && CallKind.isOutOfCapacity(error)
                ? Optional.of(request.onDefaultTier())
                : Optional.empty();
    }

    /** @see <a href="https://platform.openai.com/docs/api-reference/responses/cancel">Cancel a response</a> */
    @Override
    public void cancel(ResponsesRequest request, RemoteJob job, int lane) {
        if (!BackgroundResponse.isId(job.id())) {
            return;
        }
        String path = settings.pathOf(BackgroundResponse.cancelPath(job));
        var message = new Transport.Message() {
            @Override
            public HttpRequest<Buffer> request(WebClient web) {
                return authorised(web.post(port, host, path)).putHeader("Accept", JSON);
            }

            /** With an empty body: some servers refuse a POST without Content-Length. */
            @Override
            public Future<HttpResponse<Buffer>> send(HttpRequest<Buffer> http) {
                return http.sendBuffer(Buffer.buffer());
            }
        };
        transport.send(
                message,
                lane,
                lookupLimits(request),
                new PollResponseHandler(classifier, request.failsOnIncomplete(), job),
                outcome -> LOG.debug("Asked to cancel {}", job.id()));
    }

    private static TimeLimits lookupLimits(ResponsesRequest request) {
        Duration timeout = request.policy().timeout();
        return TimeLimits.of(timeout.compareTo(LOOKUP_TIMEOUT) < 0 ? timeout : LOOKUP_TIMEOUT);
    }

    private static String requestId(ResponsesRequest request, int attempt) {
        return ClientRequestId.of(request.key(), attempt).format();
    }

    /**
     * Ends calls in progress as a network error that can be retried, and polls as unanswered. Then closes every
     * connection.
     */
    @Override
    public void close() {
        transport.close();
    }
}

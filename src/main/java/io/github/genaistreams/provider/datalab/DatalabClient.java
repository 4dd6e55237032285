package io.github.genaistreams.provider.datalab;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.check.DocumentCheck;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.DocumentBytes;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.DocumentRules;
import io.github.genaistreams.model.HostPort;
import io.github.genaistreams.provider.Abort;
import io.github.genaistreams.provider.AbortChain;
import io.github.genaistreams.provider.Answer;
import io.github.genaistreams.provider.ApiClient;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import io.github.genaistreams.provider.RemoteJob;
import io.github.genaistreams.provider.http.ClientRequestId;
import io.github.genaistreams.provider.http.HttpSettings;
import io.github.genaistreams.provider.http.LargeAnswers;
import io.github.genaistreams.provider.http.NetworkFailure;
import io.github.genaistreams.provider.http.Redactor;
import io.github.genaistreams.provider.http.TimeLimits;
import io.github.genaistreams.provider.http.Transport;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.store.DocumentStoreException;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.client.HttpRequest;
import io.vertx.ext.web.client.HttpResponse;
import io.vertx.ext.web.client.WebClient;
import io.vertx.ext.web.multipart.MultipartForm;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Submits documents to the Datalab API and polls their results. A document in the store is sent from its file, and is
 * never completely in memory. The URL in the settings and the request determine the {@link Endpoint}.
 *
 * @see <a href="https://documentation.datalab.to">Datalab's documentation</a>
 */
public final class DatalabClient implements ApiClient<DocumentRequest> {

    private static final String KEY_HEADER = "X-API-Key";

    /** A poll is answered within this time, or not at all. */
    private static final Duration POLL_TIMEOUT = Duration.ofSeconds(30);

    private static final Duration STORE_TIMEOUT = Duration.ofMinutes(10);

    private final HttpSettings settings;
    private final DocumentStore store;
    private final Duration storeTimeout;
    private final Classifier classifier;
    private final Redactor redactor;
    private final Transport transport;

    /**
     * Starts the event loops. Does not connect yet.
     *
     * @param store has the documents that a request only refers to
     * @param large shared limits of large answers, for all clients
     */
    public DatalabClient(HttpSettings settings, DocumentStore store, LargeAnswers large) {
        this(settings, store, large, STORE_TIMEOUT);
    }

    /** @param storeTimeout maximum wait for a document from the store */
    DatalabClient(HttpSettings settings, DocumentStore store, LargeAnswers large, Duration storeTimeout) {
        this.settings = settings;
        this.store = store;
        this.storeTimeout = storeTimeout;
        this.redactor = new Redactor(settings);
        this.classifier = new Classifier(redactor, InstantSource.system());
        this.transport = new Transport(settings, large);
    }

    /** The cost of an answer of this API. */
    public static Cost cost(Answer answer) {
        return Classifier.cost(answer);
    }

    @Override
    public Optional<HostPort> server(DocumentRequest request) {
        return Optional.of(settings.server());
    }

    @Override
    public Optional<CallError> refusal(DocumentRequest request) {
        return DocumentCheck.firstProblem(request)
                .or(() -> Endpoint.of(basePath(), request).problem(request));
    }

    /**
     * As specified by {@link ApiClient#call}, except that a submission in progress cannot be aborted: it might still be
     * billed, and its job would be unknown. It is short, so it runs to its end.
     */
    @Override
    public Abort call(DocumentRequest request, int attempt, int lane, Consumer<CallOutcome> whenDone) {
        String reference = request.documentRef();
        if (reference == null) {
            submit(request, form(request), attempt, lane, whenDone);
            return Abort.NONE;
        }
        // The submission and an abort both set this. Only the one that sets it first goes on.
        var isDecided = new AtomicBoolean();
        try {
            transport
                    .offLoop(() -> stored(request, reference), storeTimeout, StoredDocument::close)
                    .onComplete(fetched -> {
                        if (!isDecided.compareAndSet(false, true)) {
                            if (fetched.succeeded()) {
                                fetched.result().close();
                            }
                        } else if (fetched.succeeded()) {
                            submit(request, fetched.result(), attempt, lane, whenDone);
                        } else {
                            whenDone.accept(notFetched(fetched.cause()));
                        }
                    });
        } catch (RuntimeException closed) {
            whenDone.accept(NetworkFailure.clientClosed());
            return Abort.NONE;
        }
        return () -> {
            if (isDecided.compareAndSet(false, true)) {
                whenDone.accept(NetworkFailure.aborted());
            }
        };
    }

    /** The form of a request that has its document itself, or only its URL. */
    private static Function<Endpoint, MultipartForm> form(DocumentRequest request) {
        DocumentBytes document = request.document();
        if (document == null) {
            return endpoint -> DocumentForm.of(request, endpoint);
        }
        // Detected here, since that takes too long for the event loop.
        var type = MediaType.of(request, document.bytes());
        return endpoint -> DocumentForm.of(request, endpoint, document.bytes(), type);
    }

    /** A document from the store. */
    private record StoredDocument(DocumentStore.Fetched content, long size, MediaType type) {

        boolean isTooLarge() {
            return size > DocumentRules.MAX_BYTES;
        }

        void close() {
            content.close();
        }
    }

    private StoredDocument stored(DocumentRequest request, String reference) throws IOException {
        DocumentStore.Fetched content = store.fetch(reference);
        try {
            return new StoredDocument(content, Files.size(content.file()), MediaType.of(request, content.file()));
        } catch (IOException | RuntimeException e) {
            content.close();
            throw e;
        }
    }

    private void submit(
            DocumentRequest request, StoredDocument document, int attempt, int lane, Consumer<CallOutcome> whenDone) {
        if (document.isTooLarge()) {
            document.close();
            whenDone.accept(tooLarge());
            return;
        }
        Path file = document.content().file();
        submit(
                request,
                endpoint -> DocumentForm.of(request, endpoint, file, document.type()),
                attempt,
                lane,
                outcome -> {
                    document.close();
                    whenDone.accept(outcome);
                });
    }

    /** The API would refuse it too, but only after an upload of 200 MB. */
    private static Failed tooLarge() {
        CallError error = new CallError(
                "`document_ref` is a document larger than 200 MB, the maximum of the API: split it",
                "invalid_request",
                "document_too_large",
                "document_ref",
                false,
                null);
        return new Failed(error, null, null);
    }

    /** Nothing was submitted, so nothing is billed. */
    private CallOutcome notFetched(Throwable e) {
        boolean again = !(e instanceof DocumentStoreException store) || store.isRetriable();
        String message = e instanceof DocumentStoreException
                ? String.valueOf(e.getMessage())
                : "The document store does not respond: " + e;
        CallError error = new CallError(
                redactor.clean(message),
                again ? "store_unavailable" : "invalid_request",
                again ? "store_unavailable" : "document_missing",
                "document_ref",
                again,
                null);
        return again ? new Retry(error, Duration.ZERO, null) : new Failed(error, null, null);
    }

    private void submit(
            DocumentRequest request,
            Function<Endpoint, MultipartForm> form,
            int attempt,
            int lane,
            Consumer<CallOutcome> whenDone) {
        Endpoint endpoint = Endpoint.of(basePath(), request);
        String path = endpoint.path(basePath());
        var message = new Transport.Message() {
            @Override
            public HttpRequest<Buffer> request(WebClient web) {
                return authorised(web.post(settings.port(), settings.host(), path), request, attempt);
            }

            @Override
            public Future<HttpResponse<Buffer>> send(HttpRequest<Buffer> http) {
                return http.sendMultipartForm(form.apply(endpoint));
            }
        };
        transport.send(
                message,
                lane,
                TimeLimits.of(request.policy().timeout()),
                new SubmitResponseHandler(classifier, settings, path, request),
                whenDone);
    }

    private String basePath() {
        String path = settings.baseUrl().getRawPath();
        return path == null ? "" : path;
    }

    private HttpRequest<Buffer> authorised(HttpRequest<Buffer> http, DocumentRequest request, int attempt) {
        return http.putHeader(KEY_HEADER, settings.apiKey().current().reveal())
                .putHeader("Accept", "application/json")
                .putHeader(
                        ClientRequestId.HEADER,
                        ClientRequestId.of(request.key(), attempt).format());
    }

    @Override
    public Abort poll(DocumentRequest request, RemoteJob job, int attempt, int lane, Consumer<CallOutcome> whenDone) {
        if (!CheckUrl.isPath(job.id())) {
            CallError error = CallError.internal("The address of the job does not belong to this API");
            whenDone.accept(new Failed(error, null, job.requestId()));
            return Abort.NONE;
        }
        var calls = new AbortChain();
        var results = new ResultResponseHandler(classifier, job, request.pollInterval());
        Transport.Message message =
                web -> authorised(web.get(settings.port(), settings.host(), job.id()), request, attempt);
        calls.first(transport.send(message, lane, pollLimits(request, job), results, outcome -> {
            ObjectNode elsewhere = results.elsewhere();
            if (elsewhere == null) {
                whenDone.accept(outcome);
            } else {
                calls.next(follow(request, job, results, elsewhere, lane, whenDone));
            }
        }));
        return calls;
    }

    @Override
    public Optional<DocumentRequest> forPolling(DocumentRequest request) {
        return Optional.of(request.toBuilder().document((byte[]) null).buildUnchecked());
    }

    /** Fetches a result from where the API has stored it, without the key. */
    private Abort follow(
            DocumentRequest request,
            RemoteJob job,
            ResultResponseHandler results,
            ObjectNode pollAnswer,
            int lane,
            Consumer<CallOutcome> whenDone) {
        Optional<URI> url = CheckUrl.fetchable(pollAnswer.path("result_url").asText(), settings);
        if (url.isEmpty()) {
            CallError error = new CallError(
                    "The result has an address that is neither https nor an address of the API",
                    "foreign_result_url",
                    "foreign_result_url",
                    null,
                    false,
                    null);
            whenDone.accept(new Failed(error, results.billed(), job.requestId()));
            return Abort.NONE;
        }
        var message = new Transport.Message() {
            @Override
            public HttpRequest<Buffer> request(WebClient web) {
                return get(web, url.get()).putHeader("Accept", "application/json");
            }

            @Override
            public boolean isForTheApi() {
                return false;
            }
        };
        return transport.send(
                message,
                lane,
                pollLimits(request, job),
                new FollowResponseHandler(classifier, results, pollAnswer),
                whenDone);
    }

    /**
     * Builds the request from the parts of its URL: given the whole text, {@link URI} finds no host that has an
     * underscore.
     */
    private static HttpRequest<Buffer> get(WebClient web, URI url) {
        HostPort place = HostPort.of(url).orElseThrow();
        boolean tls = "https".equalsIgnoreCase(url.getScheme());
        String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
        return web.get(place.port() > 0 ? place.port() : tls ? 443 : 80, place.bare(), path + query)
                .ssl(tls);
    }

    /** The longer a job has taken, the longer a poll may take: a large result needs time on a slow connection. */
    private static TimeLimits pollLimits(DocumentRequest request, RemoteJob job) {
        Duration max = request.policy().timeout();
        Duration wanted = job.pollAfter().compareTo(POLL_TIMEOUT) > 0 ? job.pollAfter() : POLL_TIMEOUT;
        return TimeLimits.of(wanted.compareTo(max) < 0 ? wanted : max);
    }

    /** Does nothing: the API cannot cancel a job. */
    @Override
    public void cancel(DocumentRequest request, RemoteJob job, int lane) {}

    /** Ends calls in progress as a network error, and polls as unanswered. Then closes every connection. */
    @Override
    public void close() {
        transport.close();
    }
}

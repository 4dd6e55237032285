package io.github.genaistreams.serve.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.KafkaException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request and its answer. For one thread at a time. */
final class RequestExchange {

    private static final Logger LOG = LoggerFactory.getLogger(RequestExchange.class);

    /** How long a client may go on sending the body of a refused request. */
    private static final int DRAIN_SECONDS = 5;

    /** How long a client may take to receive an answer that is in memory. */
    private static final int MAX_TAKE_SECONDS = 60;

    private static final int RETRY_SECONDS = 2;

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final RequestThreads threads;
    private @Nullable Multipart parts; // null if it is not an upload

    RequestExchange(HttpServerRequest request, RequestThreads threads) {
        this.request = request;
        this.response = request.response();
        this.threads = threads;
    }

    /** Answers an upload when its turn comes. */
    void run(Router.Handler handler, Request asked, Multipart form) {
        parts = form;
        run(threads.uploads(), handler, asked, form::start, () -> {});
    }

    /**
     * Answers a request that is not an upload when its turn comes.
     *
     * @param end runs at the end in any case
     */
    void run(Router.Handler handler, Request asked, Runnable end) {
        run(threads.requests(), handler, asked, () -> {}, end);
    }

    private void run(FairThreads where, Router.Handler handler, Request asked, Runnable begin, Runnable end) {
        boolean isTaken = false;
        try {
            where.execute(asked.caller().name(), () -> {
                try {
                    begin.run();
                    answer(handler, asked);
                } finally {
                    end.run();
                }
            });
            isTaken = true;
        } catch (ApiException e) {
            refuse(e);
        } catch (RejectedExecutionException e) {
            refuse(ApiException.busy("The server is stopping. Send the request again in a moment.", RETRY_SECONDS));
        } finally {
            if (!isTaken) {
                end.run();
            }
        }
    }

    /** Answers on this thread. A slow client could hold the thread, so a streamed body is sent by another one. */
    void answer(Router.Handler handler, Request asked) {
        try {
            HttpReply reply = handler.handle(asked);
            if (request.method() == HttpMethod.HEAD) {
                head(reply);
                response.end();
            } else if (reply instanceof HttpReply.Whole whole) {
                head(whole);
                response.end(Buffer.buffer(whole.body()))
                        .timeout(MAX_TAKE_SECONDS, TimeUnit.SECONDS)
                        .onFailure(slow -> request.connection().close());
            } else if (reply instanceof HttpReply.Streamed streamed) {
                FairThreads where = streamed.isLive() ? threads.live() : threads.downloads();
                requireMarkedEnd(streamed);
                where.execute(asked.caller().name(), () -> stream(streamed, new ClientPace(where::isWanted)));
            }
        } catch (ApiException e) {
            refuse(e);
        } catch (IOException e) {
            LOG.debug("{} was interrupted", this, e);
            request.connection().close();
        } catch (BatchClientException | KafkaException e) {
            LOG.warn("{} failed: {}", this, e.getMessage());
            refuse(ApiException.failed(500, "Kafka does not answer correctly; the log of the server has details."));
        } catch (Exception e) {
            LOG.error("{} failed", this, e);
            refuse(ApiException.failed(500, "The server failed; its log says why."));
        }
    }

    /** With HTTP/1.0, a body of unknown length looks complete even if the connection breaks. */
    private void requireMarkedEnd(HttpReply.Streamed reply) {
        if (request.version() == HttpVersion.HTTP_1_0 && reply.length().isEmpty() && !reply.isLive()) {
            throw ApiException.refused(
                    505,
                    "This file is sent with HTTP/1.1 only, which marks its end. Make your proxy speak HTTP/1.1 to this"
                            + " server.");
        }
    }

    private void head(HttpReply reply) {
        response.setStatusCode(reply.status()).putHeader("Content-Type", reply.type());
        reply.headers().forEach(response::putHeader);
        if (!reply.headers().containsKey("Cache-Control")) {
            response.putHeader("Cache-Control", "no-store");
        }
        response.putHeader("X-Content-Type-Options", "nosniff");
        if (reply instanceof HttpReply.Whole whole) {
            response.putHeader("Content-Length", Integer.toString(whole.body().length));
        } else if (reply instanceof HttpReply.Streamed streamed
                && streamed.length().isPresent()) {
            response.putHeader("Content-Length", Long.toString(streamed.length().getAsLong()));
        } else {
            response.setChunked(true);
        }
    }

    private void stream(HttpReply.Streamed reply, ClientPace pace) {
        if (response.closed()) {
            return;
        }
        head(reply);
        try {
            var out = new ResponseStream(response, pace);
            reply.body().write(out);
            out.close();
        } catch (ResponseStream.ClientException e) {
            LOG.debug("{}: {}", this, e.getMessage());
            request.connection().close();
        } catch (IOException | RuntimeException e) {
            if (e instanceof IOException || e instanceof BatchClientException || e instanceof KafkaException) {
                LOG.warn("{} could not be sent completely: {}", this, e.getMessage());
            } else {
                LOG.error("{} failed", this, e);
            }
            if (response.headWritten()) {
                // Only a closed connection tells the client that the body is incomplete.
                request.connection().close();
            } else {
                response.headers().clear();
                response.setChunked(false);
                refuse(ApiException.failed(500, "The file could not be produced; the server's log says why."));
            }
        }
    }

    /** Answers with an error, unless an answer has been sent. */
    void refuse(ApiException why) {
        if (response.ended() || response.closed() || response.headWritten()) {
            return;
        }
        byte[] body = why.body().toString().getBytes(UTF_8);
        response.setStatusCode(why.status())
                .putHeader("Content-Type", HttpReply.JSON)
                .putHeader("Content-Length", Integer.toString(body.length));
        if (why.status() == 401) {
            response.putHeader("WWW-Authenticate", "Bearer");
        }
        why.retrySeconds().ifPresent(seconds -> response.putHeader("Retry-After", Integer.toString(seconds)));
        if (!why.isRepeatable() && request.method() == HttpMethod.POST) {
            // OpenAI's clients obey this header: https://github.com/openai/openai-python, _base_client.py.
            response.putHeader("x-should-retry", "false");
        }
        if (request.isEnded()) {
            response.end(Buffer.buffer(body));
            return;
        }
        // Nobody reads the rest of the body. If the client keeps sending, its connection is closed after a while.
        response.putHeader("Connection", "close");
        if (parts != null) {
            parts.discard();
        }
        response.end(Buffer.buffer(body));
        request.resume();
        // If the connection closed at once, a client that is still sending would lose the answer. Vert.x's shutdown
        // closes it at once, because the answer has ended (Http1ServerConnection.handleShutdown).
        CompletableFuture.delayedExecutor(DRAIN_SECONDS, TimeUnit.SECONDS).execute(this::cut);
    }

    private void cut() {
        try {
            request.connection().close();
        } catch (RejectedExecutionException closed) {
            LOG.debug("{}: the server was closed in the meantime", this);
        }
    }

    /** Method and path, in a form that is safe for a log. */
    @Override
    public String toString() {
        return request.method() + " " + shown(request.path());
    }

    /** A path in a form that is safe for a log or an error message. */
    static String shown(String path) {
        return path.length() > 200 ? path.substring(0, 200) + "…" : path;
    }
}

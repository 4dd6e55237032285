package io.github.genaistreams.provider.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes sure that an HTTP/1.1 connection delivers only the response to its current request. HTTP/1.1 assigns responses
 * to requests by their order alone: with one response too many, each call would get the answer of the call before it.
 *
 * <pre>
 *   bytes while no request is under way         the connection is closed
 *   interim response (100, 102, 103, …)         skipped, up to {@value #MAX_INTERIM} per request
 *   a response's end                            reported if nothing follows it for {@value #QUIET_MILLIS} ms;
 *                                               if something does, the response stands, and the connection is closed
 *   success before the request was sent whole   fails the call: it is the answer to another request
 *   two lengths, an error before the request    the response stands, and the connection is closed after it: the server
 *   was sent whole, 408, 5xx                    behind a gateway may answer late
 * </pre>
 *
 * Belongs to the event loop of its channel.
 */
final class Http1Guard extends ChannelDuplexHandler {

    static final int MAX_INTERIM = 1_000;
    static final int QUIET_MILLIS = 1;

    private static final Logger LOG = LoggerFactory.getLogger(Http1Guard.class);
    private static final int SWITCHING_PROTOCOLS = 101;
    private static final int REQUEST_TIMEOUT = 408;

    private enum State {
        /** No request is in progress. */
        IDLE,
        /** A request is in progress, without a response so far. */
        ASKED,
        /** An interim response is being skipped. */
        INTERIM,
        /** The response is being read. */
        ANSWERED,
        /** The response is complete. Its end has not been reported yet. */
        WHOLE,
        /** The connection is closed, or will be after its last response. Further data is dropped. */
        OVER
    }

    private State state = State.IDLE;
    private ChannelHandlerContext context;
    private boolean isSentWhole;
    private int interim;
    private @Nullable HttpResponse response;
    private @Nullable Whole whole;

    /** A complete response, whose end has not been reported yet. */
    private record Whole(HttpResponse head, Object end) {}

    private Http1Guard() {}

    /**
     * Installs a guard on a connection, and replaces its codec, before the first request.
     *
     * @param codec   name of the codec
     * @param handler name of the handler that the guard protects
     */
    static void install(ChannelPipeline pipeline, String codec, String handler, int maxHeaderBytes) {
        var guard = new Http1Guard();
        var config = new HttpDecoderConfig()
                .setMaxHeaderSize(maxHeaderBytes)
                // Otherwise an answer with two lengths would be lost.
                .setUseRfc9112TransferEncoding(false);
        pipeline.addBefore(handler, "genai-encoder", new HttpRequestEncoder());
        pipeline.addBefore(handler, "genai-guard", guard);
        pipeline.replace(codec, codec, guard.new Decoder(config));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (state == State.OVER && message instanceof HttpObject) {
            ReferenceCountUtil.release(message);
            promise.tryFailure(new ClosedChannelException());
            return;
        }
        if (message instanceof HttpRequest) {
            state = State.ASKED;
            interim = 0;
            isSentWhole = false;
        }
        ChannelPromise sent = promise;
        if (message instanceof LastHttpContent) {
            sent = promise.unvoid();
            sent.addListener(done -> isSentWhole = done.isSuccess());
        }
        ctx.write(message, sent);
    }

    // ---- responses

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (state == State.OVER) {
            ReferenceCountUtil.release(message);
        } else if (!(message instanceof HttpObject object)) {
            // Raw bytes: the codec has been removed.
            ReferenceCountUtil.release(message);
            unexpected();
        } else if (object.decoderResult().isFailure()) {
            state = State.OVER;
            ctx.fireChannelRead(message);
        } else if (message instanceof HttpResponse head) {
            begins(head);
        } else if (state == State.INTERIM) {
            state = message instanceof LastHttpContent ? State.ASKED : State.INTERIM;
            ReferenceCountUtil.release(message);
        } else if (message instanceof LastHttpContent && response != null) {
            ends(response, message);
        } else {
            ctx.fireChannelRead(message);
        }
    }

    private void begins(HttpResponse head) {
        int status = head.status().code();
        if (head.status().codeClass() == HttpStatusClass.INFORMATIONAL) {
            state = State.INTERIM;
            interim++;
            if (status == SWITCHING_PROTOCOLS || interim > MAX_INTERIM) {
                fail(head, "a switch of protocols, or more interim responses than " + MAX_INTERIM);
            }
            return;
        }
        if (!isSentWhole && status < 400) {
            fail(head, "an answer before the request was sent");
            return;
        }
        if (!isSentWhole || status == REQUEST_TIMEOUT || status >= 500) {
            closeAfter(head);
        }
        state = State.ANSWERED;
        response = head;
        context.fireChannelRead(head);
    }

    private void ends(HttpResponse head, Object end) {
        state = State.WHOLE;
        response = null;
        if (HttpUtil.isKeepAlive(head)) {
            whole = new Whole(head, end);
            context.executor().schedule(this::quiet, QUIET_MILLIS, TimeUnit.MILLISECONDS);
        } else {
            // The handler of Vert.x understands the header in this form only.
            closeAfter(head);
            reportEnd(head, end);
        }
    }

    private void quiet() {
        if (whole == null) {
            return;
        }
        if (!context.channel().config().isAutoRead()) {
            // Reading is paused, so something may have followed unseen.
            closeAfter(whole.head);
        }
        reportEnd(whole.head, whole.end);
    }

    private void reportEnd(HttpResponse head, Object end) {
        whole = null;
        state = HttpUtil.isKeepAlive(head) ? State.IDLE : State.OVER;
        context.fireChannelRead(end);
        context.fireChannelReadComplete();
        if (state == State.OVER && !isSentWhole) {
            // The handler would wait until the server reads the rest of the request.
            context.close();
        }
    }

    /** Makes the handler close the connection after this response, and not reuse it. */
    private static void closeAfter(HttpResponse response) {
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }

    private void fail(HttpResponse head, String what) {
        LOG.debug("A connection is closed: {}", what);
        ReferenceCountUtil.release(head);
        state = State.OVER;
        context.fireExceptionCaught(new UnexpectedResponseException(what));
        close();
    }

    /** Data has arrived without a request. */
    private void unexpected() {
        LOG.debug("A connection is closed: the server sent more than the response to a request");
        if (whole != null) {
            closeAfter(whole.head);
            reportEnd(whole.head, whole.end);
            return;
        }
        state = State.OVER;
        close();
    }

    /** Closes through the handler, so that the connection is not reused. Then at once, without sending the rest. */
    private void close() {
        context.channel().close();
        context.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (whole != null) {
            reportEnd(whole.head, whole.end);
        }
        state = State.OVER;
        ctx.fireChannelInactive();
    }

    /** Sees every byte, also those of incomplete messages. */
    private final class Decoder extends HttpResponseDecoder {

        Decoder(HttpDecoderConfig config) {
            super(config);
        }

        @Override
        protected void decode(ChannelHandlerContext ctx, ByteBuf bytes, List<Object> out) throws Exception {
            if (state == State.IDLE || state == State.WHOLE || state == State.OVER) {
                bytes.skipBytes(bytes.readableBytes());
                if (state != State.OVER) {
                    unexpected();
                }
            } else {
                super.decode(ctx, bytes, out);
            }
        }

        @Override
        protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
            super.handleTransferEncodingChunkedWithContentLength(message);
            closeAfter((HttpResponse) message);
        }
    }
}

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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes sure that an HTTP/1.1 connection delivers only the response to its current request. Only the order assigns
 * responses to requests: with one extra byte, each call would get the answer of the previous one.
 *
 * <pre>
 *   bytes while no request is under way         the connection is closed
 *   interim response (100, 102, 103, …)         read over, up to {@value #MAX_INTERIM} per request
 *   a response's end                            reported if nothing has followed it for {@value #QUIET_MILLIS} ms; if something
 *                                               has, the response stands, and the connection is closed
 *   success before the request was sent whole   fails the call: it is the answer to something else
 *   two lengths, another answer before the      the response stands, and the connection is closed after it: what follows may
 *   request was sent whole, 408, 5xx            be a late answer of whoever was given up
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
        /** The response is complete, which has not been reported yet. */
        WHOLE,
        /** The connection is closed, or will be after its last response is reported; further data is dropped. */
        OVER
    }

    private State state = State.IDLE;
    private ChannelHandlerContext context;
    private boolean isSentWhole;
    private int interim;
    private HttpResponse response;
    private Object end;

    private Http1Guard() {}

    /**
     * Replaces a connection's codec before its first request.
     *
     * @param codec   name of the codec
     * @param handler name of the handler that the guard protects
     */
    static void install(ChannelPipeline pipeline, String codec, String handler, int maxHeaderBytes) {
        var guard = new Http1Guard();
        var config = new HttpDecoderConfig()
                .setMaxHeaderSize(maxHeaderBytes)
                // With it, an answer with two lengths would be lost.
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
            // The codec before this one has been removed.
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
        } else if (message instanceof LastHttpContent) {
            ends(message);
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

    private void ends(Object last) {
        state = State.WHOLE;
        end = last;
        if (HttpUtil.isKeepAlive(response)) {
            context.executor().schedule(this::quiet, QUIET_MILLIS, TimeUnit.MILLISECONDS);
        } else {
            // In the only form that the handler accepts.
            closeAfter(response);
            tellEnd();
        }
    }

    private void quiet() {
        if (end == null) {
            return;
        }
        if (!context.channel().config().isAutoRead()) {
            // Nothing was read meanwhile, which proves nothing.
            closeAfter(response);
        }
        tellEnd();
    }

    private void tellEnd() {
        Object last = end;
        end = null;
        state = HttpUtil.isKeepAlive(response) ? State.IDLE : State.OVER;
        response = null;
        context.fireChannelRead(last);
        context.fireChannelReadComplete();
        if (state == State.OVER && !isSentWhole) {
            // Its handler would wait until the server reads the rest.
            context.close();
        }
    }

    /** The handler then closes the connection after this response, and does not reuse it. */
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

    /** Data arrived without a request. */
    private void unexpected() {
        LOG.debug("A connection is closed: the server sent more than the response to a request");
        if (end != null) {
            closeAfter(response);
            tellEnd();
            return;
        }
        state = State.OVER;
        close();
    }

    /** First through its handler, so that the connection is not reused; then at once, without sending the rest. */
    private void close() {
        context.channel().close();
        context.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (end != null) {
            tellEnd();
        }
        state = State.OVER;
        ctx.fireChannelInactive();
    }

    /** Sees every byte, including those of incomplete messages. */
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

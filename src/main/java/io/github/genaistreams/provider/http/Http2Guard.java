package io.github.genaistreams.provider.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;

/**
 * Skips interim responses of HTTP/2, up to {@link Http1Guard#MAX_INTERIM} per request. Nothing else needs a guard: each
 * response has its own stream, and a fault in a stream ends only that stream.
 */
final class Http2Guard extends Http2FrameListenerDecorator {

    private final Http2Connection connection;
    private final Http2Connection.PropertyKey interim;

    private Http2Guard(Http2ConnectionDecoder decoder) {
        super(decoder.frameListener());
        this.connection = decoder.connection();
        this.interim = connection.newKey();
    }

    /** Installs a guard on a connection, before its first request. */
    static void install(Http2ConnectionDecoder decoder) {
        decoder.frameListener(new Http2Guard(decoder));
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext ctx, int streamId, Http2Headers headers, int padding, boolean endOfStream)
            throws Http2Exception {
        if (!isInterim(streamId, headers, endOfStream)) {
            super.onHeadersRead(ctx, streamId, headers, padding, endOfStream);
        }
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext ctx,
            int streamId,
            Http2Headers headers,
            int streamDependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean endOfStream)
            throws Http2Exception {
        if (!isInterim(streamId, headers, endOfStream)) {
            super.onHeadersRead(ctx, streamId, headers, streamDependency, weight, exclusive, padding, endOfStream);
        }
    }

    private boolean isInterim(int streamId, Http2Headers headers, boolean endOfStream) throws Http2Exception {
        CharSequence status = headers.status();
        if (status == null || status.length() != 3 || status.charAt(0) != '1') {
            return false;
        }
        Http2Stream stream = connection.stream(streamId);
        Integer before = stream == null ? null : stream.getProperty(interim);
        int count = before == null ? 1 : before + 1;
        if (endOfStream || count > Http1Guard.MAX_INTERIM) {
            throw Http2Exception.streamError(
                    streamId, Http2Error.PROTOCOL_ERROR, "Interim responses without a final one");
        }
        if (stream != null) {
            stream.setProperty(interim, count);
        }
        return true;
    }
}

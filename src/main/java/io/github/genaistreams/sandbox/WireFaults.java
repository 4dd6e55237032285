package io.github.genaistreams.sandbox;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.http.impl.http2.codec.VertxHttp2ConnectionHandler;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Faults of HTTP itself. Some are possible on HTTP/1.1 only and do nothing on HTTP/2. */
final class WireFaults {

    private static final int BYTES_OFF = 40;

    private static final String STRAY_BODY =
            "{\"id\":\"resp_stray\",\"object\":\"response\",\"status\":\"completed\",\"model\":\"stray\","
                    + "\"output\":[{\"type\":\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\","
                    + "\"text\":\"An answer to nobody\"}]}],\"usage\":{\"input_tokens\":1,\"output_tokens\":1,\"total_tokens\":2}}";

    private static final String STRAY = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
            + STRAY_BODY.length() + "\r\n\r\n" + STRAY_BODY;

    private static final String INTERIM = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n"
            + "HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n";

    private WireFaults() {}

    /** Sends interim responses. The final one comes later. */
    static void interim(HttpServerRequest request) {
        if (request.version() != HttpVersion.HTTP_2) {
            raw(request, INTERIM);
            return;
        }
        var handler = pipeline(request).get(VertxHttp2ConnectionHandler.class);
        var context = handler.context();
        for (String status : new String[] {"100", "102", "103", "102"}) {
            var head = new DefaultHttp2Headers().status(status);
            handler.encoder()
                    .writeHeaders(context, Math.toIntExact(request.streamId()), head, 0, false, context.newPromise());
        }
        context.flush();
    }

    /** Sends a wrong {@code Content-Length}. */
    static void length(@Nullable Fault fault, HttpServerRequest request, int length) {
        if (fault == Fault.SHORT_LENGTH) {
            request.response().putHeader(HttpHeaders.CONTENT_LENGTH, "" + Math.max(1, length - BYTES_OFF));
        } else if (fault == Fault.LONG_LENGTH) {
            request.response().putHeader(HttpHeaders.CONTENT_LENGTH, "" + (length + BYTES_OFF));
        }
    }

    /** Ends the answer and sends the extra bytes together with it: no client can act in between. */
    static <T> T end(@Nullable Fault fault, HttpServerRequest request, Supplier<T> end) {
        String more = fault == Fault.EXTRA_RESPONSE ? STRAY : fault == Fault.TRAILING_BYTES ? "0\r\n}]}" : "";
        if (more.isEmpty() || request.version() == HttpVersion.HTTP_2) {
            return end.get();
        }
        var corked = new ChannelOutboundHandlerAdapter() {
            @Override
            public void flush(ChannelHandlerContext ctx) {
                // Later, all together.
            }
        };
        pipeline(request).addFirst(corked);
        T ended = end.get();
        raw(request, more);
        pipeline(request).remove(corked);
        pipeline(request).flush();
        return ended;
    }

    /** Sends the text as it is, without the HTTP encoder. */
    private static void raw(HttpServerRequest request, String text) {
        pipeline(request).context(HttpResponseEncoder.class).writeAndFlush(Unpooled.copiedBuffer(text, UTF_8));
    }

    private static ChannelPipeline pipeline(HttpServerRequest request) {
        return ((HttpServerConnection) request.connection())
                .channelHandlerContext()
                .pipeline();
    }
}

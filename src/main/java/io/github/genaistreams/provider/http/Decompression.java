package io.github.genaistreams.provider.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.compression.DecompressionException;
import io.netty.handler.codec.compression.JdkZlibDecoder;
import io.netty.handler.codec.compression.ZlibWrapper;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.Queue;

/**
 * Undoes the {@code Content-Encoding} of an answer as fast as its reader takes it, and no faster: a byte of gzip may stand for a
 * thousand, and an answer may be paused at any of them. Belongs to the event loop of its exchange.
 */
final class Decompression {

    /** What is asked for: what the JDK reads by itself. */
    static final String ACCEPTED = "gzip";

    /** Of what has come, at a time: at most 1,032 times as much comes of it. */
    private static final int SLICE = 1_024;

    private static final byte FIRST_OF_GZIP = 0x1f;

    /** Null if nothing has to be undone. */
    private EmbeddedChannel decoder;

    /** Proxies have undone it and left the header: then it is no text that begins like gzip, and the answer may be paid. */
    private boolean mayBeUndone;

    private final Queue<Buffer> come = new ArrayDeque<>();
    private int taken;

    private Decompression(EmbeddedChannel decoder, boolean mayBeUndone) {
        this.decoder = decoder;
        this.mayBeUndone = mayBeUndone;
    }

    static Decompression none() {
        return new Decompression(null, false);
    }

    /**
     * For the value of the header, null if there is none.
     *
     * @throws DecompressionException if it is none that can be undone
     */
    static Decompression of(String encoding) {
        String name = encoding == null ? "" : encoding.strip().toLowerCase(Locale.ROOT);
        return switch (name) {
            case "", "identity" -> none();
            case "gzip", "x-gzip" -> new Decompression(new EmbeddedChannel(new JdkZlibDecoder(true, 0)), true);
            case "deflate" ->
                new Decompression(new EmbeddedChannel(new JdkZlibDecoder(ZlibWrapper.ZLIB_OR_NONE, 0)), false);
            default -> throw new DecompressionException("unknown encoding");
        };
    }

    /** Takes bytes as they have come. */
    void add(Buffer chunk) {
        come.add(chunk);
    }

    /**
     * The next piece of what they stand for; null if there is none until more have come.
     *
     * @throws DecompressionException if they are not what they are said to be
     */
    Buffer next() {
        look();
        if (decoder == null) {
            return come.poll();
        }
        ByteBuf piece = decoder.readInbound();
        while (piece == null && !come.isEmpty()) {
            decoder.writeInbound(slice());
            piece = decoder.readInbound();
        }
        if (piece == null) {
            return null;
        }
        try {
            byte[] bytes = new byte[piece.readableBytes()];
            piece.readBytes(bytes);
            return Buffer.buffer(bytes);
        } finally {
            piece.release();
        }
    }

    private void look() {
        Buffer first = come.peek();
        if (mayBeUndone && first != null && first.length() > 0) {
            mayBeUndone = false;
            if (first.getByte(0) != FIRST_OF_GZIP) {
                decoder.finishAndReleaseAll();
                decoder = null;
            }
        }
    }

    private ByteBuf slice() {
        Buffer first = come.element();
        int end = Math.min(first.length(), taken + SLICE);
        byte[] slice = first.getBytes(taken, end);
        taken = end;
        if (end == first.length()) {
            come.remove();
            taken = 0;
        }
        return Unpooled.wrappedBuffer(slice);
    }

    /** Nothing of it is needed any more. */
    void close() {
        come.clear();
        if (decoder != null) {
            try {
                decoder.finishAndReleaseAll();
            } catch (DecoderException cutOff) {
                // Its reader has been told before, or does not care.
            }
        }
    }
}

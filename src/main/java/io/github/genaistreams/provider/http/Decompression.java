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
 * Undoes the {@code Content-Encoding} of an answer, only as fast as its reader takes it: a byte of gzip may decompress
 * to a thousand, and an answer may be paused at any byte. Belongs to the event loop of its exchange.
 */
final class Decompression {

    /** The requested encodings: those that the JDK supports. */
    static final String ACCEPTED = "gzip";

    /** Compressed bytes at a time; decompressed, they are at most 1,032 times as many. */
    private static final int SLICE = 1_024;

    private static final byte FIRST_OF_GZIP = 0x1f;

    /** Null if the answer is not compressed. */
    private EmbeddedChannel decoder;

    /**
     * Some proxies decompress an answer and leave the header. Then the text does not begin like gzip, and the answer
     * may be paid for.
     */
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
     * @throws DecompressionException if the encoding is not supported
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

    /** Adds received bytes. */
    void add(Buffer chunk) {
        come.add(chunk);
    }

    /**
     * The next decompressed piece; null if more bytes are needed.
     *
     * @throws DecompressionException if the bytes do not match the encoding
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

    /** Its resources are no longer needed. */
    void close() {
        come.clear();
        if (decoder != null) {
            try {
                decoder.finishAndReleaseAll();
            } catch (DecoderException cutOff) {
                // Its reader already knows, or does not need to.
            }
        }
    }
}

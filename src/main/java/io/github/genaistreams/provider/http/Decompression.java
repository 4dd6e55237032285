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
import org.jspecify.annotations.Nullable;

/**
 * Undoes the {@code Content-Encoding} of an answer, only as fast as its reader takes the result: one byte of gzip may
 * become a thousand, and an answer may pause at any byte. Belongs to the event loop of its exchange.
 */
final class Decompression {

    /** The encodings that a request accepts. */
    static final String ACCEPTED = "gzip";

    /** Compressed bytes that are decompressed at once. They become at most 1,032 times as many. */
    private static final int SLICE = 1_024;

    private static final byte FIRST_OF_GZIP = 0x1f;

    /** Null if the answer is not compressed. */
    private @Nullable EmbeddedChannel decoder;

    /**
     * Whether the body may be decompressed already: some proxies do that and leave the header. Such a body does not begin
     * like gzip. It is read as it is, since the answer is paid for.
     */
    private boolean mayBePlain;

    private final Queue<Buffer> received = new ArrayDeque<>();

    /** Bytes of the first buffer that have gone to the decoder. */
    private int taken;

    private Decompression(@Nullable EmbeddedChannel decoder, boolean mayBePlain) {
        this.decoder = decoder;
        this.mayBePlain = mayBePlain;
    }

    static Decompression none() {
        return new Decompression(null, false);
    }

    /**
     * Undoes the encoding that the header names.
     *
     * @throws DecompressionException if it is not supported
     */
    static Decompression of(String encoding) {
        return switch (encoding.strip().toLowerCase(Locale.ROOT)) {
            case "", "identity" -> none();
            case "gzip", "x-gzip" -> new Decompression(new EmbeddedChannel(new JdkZlibDecoder(true, 0)), true);
            case "deflate" ->
                new Decompression(new EmbeddedChannel(new JdkZlibDecoder(ZlibWrapper.ZLIB_OR_NONE, 0)), false);
            default -> throw new DecompressionException("unknown encoding");
        };
    }

    /** Adds received bytes. */
    void add(Buffer chunk) {
        received.add(chunk);
    }

    /**
     * The next decompressed piece. Null if it needs more bytes.
     *
     * @throws DecompressionException if the bytes do not match the encoding
     */
    @Nullable
    Buffer next() {
        checkStart();
        if (decoder == null) {
            return received.poll();
        }
        ByteBuf piece = decoder.readInbound();
        while (piece == null && !received.isEmpty()) {
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

    private void checkStart() {
        Buffer first = received.peek();
        if (decoder != null && mayBePlain && first != null && first.length() > 0) {
            mayBePlain = false;
            if (first.getByte(0) != FIRST_OF_GZIP) {
                decoder.finishAndReleaseAll();
                decoder = null;
            }
        }
    }

    private ByteBuf slice() {
        Buffer first = received.element();
        int end = Math.min(first.length(), taken + SLICE);
        byte[] slice = first.getBytes(taken, end);
        taken = end;
        if (end == first.length()) {
            received.remove();
            taken = 0;
        }
        return Unpooled.wrappedBuffer(slice);
    }

    /** Releases what is left. */
    void close() {
        received.clear();
        if (decoder != null) {
            try {
                decoder.finishAndReleaseAll();
            } catch (DecoderException cutOff) {
                // The reader has met the error already, or needs no more of the answer.
            }
        }
    }
}

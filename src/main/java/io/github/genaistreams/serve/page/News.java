package io.github.genaistreams.serve.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.serve.http.HttpReply;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams of server-sent events, each one JSON object, one stream per open page.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">Server-sent events</a>
 */
final class News implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(News.class);

    /** After that much silence something is sent, so that a lost client is noticed and the page's rates go on. */
    private static final Duration MAX_SILENCE = Duration.ofSeconds(5);

    /** Then the page connects again: its key may have been withdrawn. */
    private static final Duration MAX_STREAM = Duration.ofMinutes(10);

    private final Duration interval;
    private final CountDownLatch closed = new CountDownLatch(1);

    /** What one stream sends. For one thread. */
    interface Source {

        /** @param isDue whether something has to be sent although there is no news */
        Optional<ObjectNode> next(boolean isDue);
    }

    /** @param interval between two looks for news */
    News(Duration interval) {
        this.interval = interval;
    }

    HttpReply stream(Source source) {
        return new HttpReply.Streamed(
                "text/event-stream",
                Map.of("X-Accel-Buffering", "no"),
                OptionalLong.empty(),
                true,
                out -> write(source, out));
    }

    private void write(Source source, OutputStream out) throws IOException {
        try {
            long start = System.nanoTime();
            long sent = start;
            while (System.nanoTime() - start < MAX_STREAM.toNanos()) {
                Optional<ObjectNode> news = source.next(System.nanoTime() - sent > MAX_SILENCE.toNanos());
                if (news.isPresent()) {
                    out.write(("data: " + news.get() + "\n\n").getBytes(UTF_8));
                    out.flush();
                    sent = System.nanoTime();
                }
                if (closed.await(interval.toMillis(), TimeUnit.MILLISECONDS)) {
                    return;
                }
            }
        } catch (BatchClientException e) {
            LOG.warn("A page gets no updates: {}", e.getMessage());
            throw new IOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the server is stopping");
        }
    }

    /** Ends all streams, in a moment. */
    @Override
    public void close() {
        closed.countDown();
    }
}

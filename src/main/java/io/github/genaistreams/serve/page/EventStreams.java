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
 * Streams of server-sent events, one stream for each open page. Each event is a JSON object.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">Server-sent events</a>
 */
final class EventStreams implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EventStreams.class);

    /** Something is sent at least this often: it reveals a lost client, and keeps the rates on the page current. */
    private static final Duration MAX_SILENCE = Duration.ofSeconds(5);

    /** After this time, the page must connect again, because its key may have been withdrawn. */
    private static final Duration MAX_STREAM = Duration.ofMinutes(10);

    private final Duration interval;
    private final CountDownLatch closed = new CountDownLatch(1);

    /** What one stream sends. For one thread. */
    interface Source {

        /** @param isDue whether something has to be sent even if nothing has changed */
        Optional<ObjectNode> next(boolean isDue);
    }

    /** @param interval time between two checks for changes */
    EventStreams(Duration interval) {
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
            LOG.warn("The updates for an open page have ended: {}", e.getMessage());
            throw new IOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the server is stopping");
        }
    }

    /** Asks all streams to end, and does not wait for them. */
    @Override
    public void close() {
        closed.countDown();
    }
}

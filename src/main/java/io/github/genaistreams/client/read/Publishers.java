package io.github.genaistreams.client.read;

import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.kafka.OpenResources;
import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Results and statuses as {@link Flow.Publisher}s. Each subscription has its own thread, which publishes no more than was
 * requested. It ends with the batch, with {@link Flow.Subscription#cancel()}, or, with an error, with the client.
 */
public final class Publishers {

    /** Larger than any real demand, but small enough that a sum does not overflow. */
    private static final int MAX_ASKED = Integer.MAX_VALUE / 4;

    private Publishers() {}

    /** The source of a subscription's elements, read on its thread. */
    private interface Source<T> {

        /** Waits for the next element; false if there are no more. */
        boolean hasNext();

        T next();

        /** Whether all elements were read; false if the source was stopped. */
        boolean isAtEnd();

        /** Ends a wait, now and in future. Any thread, any number of times. */
        void stop();
    }

    /** One subscription. */
    private static final class Subscription<T> implements Flow.Subscription, AutoCloseable, Runnable {

        private final Flow.Subscriber<? super T> subscriber;
        private final Source<T> source;
        private final OpenResources open;
        private final Semaphore asked = new Semaphore(0);
        private volatile boolean cancelled;
        private volatile @Nullable RuntimeException failure;

        Subscription(Flow.Subscriber<? super T> subscriber, Source<T> source, OpenResources open) {
            this.subscriber = Objects.requireNonNull(subscriber, "subscriber");
            this.source = source;
            this.open = open;
        }

        void start(String name) {
            // If the client is closed, the read has failed by now, and its thread reports that.
            open.add(this);
            Thread thread = new Thread(this, name);
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void request(long n) {
            if (n <= 0) {
                fail(new IllegalArgumentException(
                        "request(" + n + "): the number must be at least 1 (rule 3.9 of Reactive Streams)"));
            } else if (asked.availablePermits() < MAX_ASKED) {
                asked.release((int) Math.min(n, MAX_ASKED));
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            stop();
        }

        /** The client was closed. */
        @Override
        public void close() {
            fail(wasClosed());
        }

        private static BatchClientException wasClosed() {
            return new BatchClientException("The client was closed");
        }

        private void fail(RuntimeException e) {
            failure = e;
            stop();
        }

        private void stop() {
            asked.release();
            source.stop();
        }

        private boolean isStopped() {
            return cancelled || failure != null;
        }

        @Override
        public void run() {
            try {
                subscriber.onSubscribe(this);
                // Reads the next element ahead of demand, so that the end is signalled without demand.
                while (!isStopped() && source.hasNext()) {
                    asked.acquireUninterruptibly();
                    if (!isStopped()) {
                        subscriber.onNext(source.next());
                    }
                }
            } catch (RuntimeException e) {
                failure = failure == null ? e : failure;
            } finally {
                open.remove(this);
                source.stop();
            }
            if (cancelled) {
                return;
            }
            // The source may have been closed a moment before this subscription.
            RuntimeException why = failure == null && !source.isAtEnd() ? wasClosed() : failure;
            if (why != null) {
                subscriber.onError(why);
            } else {
                subscriber.onComplete();
            }
        }
    }

    /** The results of a batch, with a reader for each subscriber. */
    public static Flow.Publisher<CallResult> of(Supplier<BatchResults> reading, OpenResources open) {
        return subscriber -> new Subscription<>(subscriber, new ResultSource(reading), open).start("genai-results");
    }

    private static final class ResultSource implements Source<CallResult> {

        private final Supplier<BatchResults> reading;
        private final AtomicReference<@Nullable BatchResults> results = new AtomicReference<>();
        private volatile boolean stopped;

        ResultSource(Supplier<BatchResults> reading) {
            this.reading = reading;
        }

        @Override
        public boolean hasNext() {
            BatchResults opened = results.get();
            if (opened == null) {
                opened = reading.get();
                results.set(opened);
                if (stopped) {
                    stop();
                }
            }
            return opened.hasNext();
        }

        @Override
        public CallResult next() {
            return Objects.requireNonNull(results.get()).next();
        }

        @Override
        public boolean isAtEnd() {
            BatchResults opened = results.get();
            return opened != null && opened.isAtEnd();
        }

        @Override
        public void stop() {
            stopped = true;
            BatchResults opened = results.get();
            if (opened != null) {
                opened.close();
            }
        }
    }

    /** The statuses of a batch. A new status replaces one that has not been taken. Ends after the last status. */
    public static Flow.Publisher<BatchStatus> of(String batchId, Supplier<StatusFeed> feed, OpenResources open) {
        return subscriber ->
                new Subscription<>(subscriber, new StatusSource(batchId, feed), open).start("genai-statuses");
    }

    private static final class StatusSource implements Source<BatchStatus>, StatusFeed.Listener {

        private final String batchId;
        private final Supplier<StatusFeed> feeds;
        private final AtomicReference<@Nullable StatusFeed> feed = new AtomicReference<>();
        private final AtomicReference<@Nullable BatchStatus> news = new AtomicReference<>();
        private volatile @Nullable Throwable end;
        private volatile @Nullable Thread waiting;
        private volatile boolean stopped;
        private @Nullable BatchStatus told;

        StatusSource(String batchId, Supplier<StatusFeed> feeds) {
            this.batchId = batchId;
            this.feeds = feeds;
        }

        @Override
        public void status(BatchStatus status) {
            news.set(status);
            LockSupport.unpark(waiting);
        }

        @Override
        public void ended(Throwable why) {
            end = why;
            LockSupport.unpark(waiting);
        }

        @Override
        public boolean hasNext() {
            if (waiting == null) {
                waiting = Thread.currentThread();
                StatusFeed opened = feeds.get();
                feed.set(opened);
                opened.listen(batchId, this);
            }
            while (!stopped && (told == null || !told.isOver())) {
                BatchStatus next = news.get();
                if (next != null && !next.equals(told)) {
                    return true;
                }
                if (end != null) {
                    throw new BatchClientException(String.valueOf(end.getMessage()), end);
                }
                LockSupport.park(this);
            }
            return false;
        }

        @Override
        public BatchStatus next() {
            BatchStatus next = Objects.requireNonNull(news.get());
            told = next;
            return next;
        }

        @Override
        public boolean isAtEnd() {
            return told != null && told.isOver();
        }

        @Override
        public void stop() {
            stopped = true;
            StatusFeed listenedTo = feed.get();
            if (listenedTo != null) {
                listenedTo.forget(batchId, this);
            }
            LockSupport.unpark(waiting);
        }
    }
}

package io.github.genaistreams.client;

import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import java.util.Set;
import java.util.concurrent.Flow;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Results and statuses as {@link Flow.Publisher}s. Each subscription has a thread of its own, which reads no further than was asked
 * for, and ends with the batch, with {@link Flow.Subscription#cancel()}, or with the client.
 */
final class Publishers {

    private Publishers() {}

    /** One subscription's thread, and what it was asked for. */
    private abstract static class Reader<T> implements Flow.Subscription, AutoCloseable, Runnable {

        private final Flow.Subscriber<? super T> subscriber;
        private final Set<AutoCloseable> open;
        private final Semaphore asked = new Semaphore(0);
        private volatile boolean cancelled;
        private volatile IllegalArgumentException badRequest;

        Reader(Flow.Subscriber<? super T> subscriber, Set<AutoCloseable> open) {
            this.subscriber = subscriber;
            this.open = open;
        }

        void start(String name) {
            open.add(this);
            Thread thread = new Thread(this, name);
            thread.setDaemon(true);
            thread.start();
        }

        @Override
        public void request(long n) {
            if (n <= 0) {
                badRequest = new IllegalArgumentException("request(" + n + "): ask for one at least");
                asked.release();
                return;
            }
            // More than anybody takes; a sum must not overflow.
            int more = (int) Math.min(n, Integer.MAX_VALUE / 4);
            if (asked.availablePermits() < Integer.MAX_VALUE / 4) {
                asked.release(more);
            }
        }

        @Override
        public void cancel() {
            cancelled = true;
            asked.release();
            stop();
        }

        @Override
        public void close() {
            cancel();
        }

        /** Ends a wait in {@link #read}. */
        abstract void stop();

        /** The next one, or null if there is none any more. */
        abstract T read();

        @Override
        public void run() {
            try {
                subscriber.onSubscribe(this);
                while (!cancelled) {
                    asked.acquireUninterruptibly();
                    if (badRequest != null) {
                        subscriber.onError(badRequest);
                        return;
                    }
                    T next = cancelled ? null : read();
                    if (next == null) {
                        if (!cancelled) {
                            subscriber.onComplete();
                        }
                        return;
                    }
                    subscriber.onNext(next);
                }
            } catch (RuntimeException e) {
                if (!cancelled) {
                    subscriber.onError(e);
                }
            } finally {
                open.remove(this);
                stop();
            }
        }
    }

    /** The results of a reading that each subscriber gets for itself; {@code onComplete} comes with the demand after the last. */
    static Flow.Publisher<CallResult> of(Supplier<BatchResults> reading, Set<AutoCloseable> open) {
        return subscriber -> {
            AtomicReference<BatchResults> results = new AtomicReference<>();
            new Reader<CallResult>(subscriber, open) {

                @Override
                CallResult read() {
                    if (results.get() == null) {
                        results.set(reading.get());
                    }
                    return results.get().hasNext() ? results.get().next() : null;
                }

                @Override
                void stop() {
                    BatchResults opened = results.get();
                    if (opened != null) {
                        opened.close();
                    }
                }
            }.start("genai-results");
        };
    }

    /** The statuses of a batch; one that comes before the last was taken takes its place. Ends after that of its completion. */
    static Flow.Publisher<BatchStatus> of(String batchId, StatusFeed feed, Set<AutoCloseable> open) {
        return subscriber -> new StatusReader(subscriber, batchId, feed, open).start("genai-statuses");
    }

    private static final class StatusReader extends Reader<BatchStatus> implements StatusFeed.Listener {

        private final String batchId;
        private final StatusFeed feed;
        private final AtomicReference<BatchStatus> news = new AtomicReference<>();
        private volatile Throwable end;
        private volatile Thread waiting;
        private volatile boolean stopped;
        private BatchStatus told;

        StatusReader(
                Flow.Subscriber<? super BatchStatus> subscriber,
                String batchId,
                StatusFeed feed,
                Set<AutoCloseable> open) {
            super(subscriber, open);
            this.batchId = batchId;
            this.feed = feed;
        }

        @Override
        public void run() {
            waiting = Thread.currentThread();
            feed.listen(batchId, this);
            super.run();
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
        BatchStatus read() {
            if (told != null && told.isComplete()) {
                return null;
            }
            while (!stopped) {
                BatchStatus next = news.getAndSet(null);
                if (next != null && !next.equals(told)) {
                    told = next;
                    return next;
                }
                if (end != null) {
                    throw new BatchClientException(String.valueOf(end.getMessage()), end);
                }
                LockSupport.park(this);
            }
            return null;
        }

        @Override
        void stop() {
            stopped = true;
            feed.forget(batchId, this);
            LockSupport.unpark(waiting);
        }
    }
}

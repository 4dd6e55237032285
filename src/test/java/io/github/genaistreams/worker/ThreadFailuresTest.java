package io.github.genaistreams.worker;

import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.REPLACE_THREAD;
import static org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ThreadFailuresTest {

    private final AtomicLong now = new AtomicLong();
    private final AtomicBoolean gaveUp = new AtomicBoolean();
    private final ThreadFailures failures = new ThreadFailures(2, () -> gaveUp.set(true), now::get);

    @Test
    void replacesThreadsUntilTheyKeepFailing() {
        assertThat(fail()).isEqualTo(REPLACE_THREAD);
        assertThat(fail()).isEqualTo(REPLACE_THREAD);
        assertThat(gaveUp).isFalse();

        assertThat(fail()).isEqualTo(SHUTDOWN_CLIENT);
        assertThat(gaveUp).isTrue();
    }

    @Test
    void forgetsFailuresOfLongAgo() {
        for (int i = 0; i < 10; i++) {
            assertThat(fail()).isEqualTo(REPLACE_THREAD);
            now.addAndGet(ThreadFailures.WINDOW.toNanos() * 2 / 3);
        }
        assertThat(gaveUp).isFalse();
    }

    private Object fail() {
        return failures.handle(new IllegalStateException("test"));
    }
}

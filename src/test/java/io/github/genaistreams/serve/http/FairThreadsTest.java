package io.github.genaistreams.serve.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FairThreadsTest {

    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final CountDownLatch held = new CountDownLatch(1);
    private final List<String> order = new ArrayList<>();

    @AfterEach
    void stop() {
        held.countDown();
        executor.shutdownNow();
    }

    private void hold(FairThreads threads, String key) {
        threads.execute(key, () -> {
            try {
                held.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
    }

    private void note(FairThreads threads, String key) {
        threads.execute(key, () -> {
            synchronized (order) {
                order.add(key);
            }
        });
    }

    @Test
    void aKeyThatHoldsItsThreadsForEverStopsNoOther() throws InterruptedException {
        var threads = new FairThreads(executor, 4, 3, 100);
        IntStream.range(0, 50).forEach(i -> hold(threads, "a"));
        var done = new CountDownLatch(20);

        IntStream.range(0, 20).forEach(i -> threads.execute("b", done::countDown));

        assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
        assertThat(threads.isWanted()).isTrue();
    }

    @Test
    void keysTakeTurns() throws InterruptedException {
        var threads = new FairThreads(executor, 1, 1, 100);
        hold(threads, "first");
        for (String key : List.of("a", "a", "a", "a", "b", "b", "c")) {
            note(threads, key);
        }

        held.countDown();
        threads.awaitIdle(Duration.ofSeconds(10));

        assertThat(order).containsExactly("a", "b", "c", "a", "b", "a", "a");
        assertThat(threads.isWanted()).isFalse();
    }

    @Test
    void aKeyWithTooManyTasksIsRefusedUntilSomeAreDone() throws InterruptedException {
        var threads = new FairThreads(executor, 2, 1, 2);
        IntStream.range(0, 3).forEach(i -> hold(threads, "a"));

        assertThat(refused(threads, "a")).isEqualTo(429);
        note(threads, "b");
        held.countDown();
        threads.awaitIdle(Duration.ofSeconds(10));
        note(threads, "a");
        threads.awaitIdle(Duration.ofSeconds(10));

        assertThat(order).containsExactly("b", "a");
    }

    @Test
    void whereNoneMayWaitAFullServerIsNotTheFaultOfTheKey() {
        var threads = new FairThreads(executor, 2, 1, 0);
        hold(threads, "a");
        assertThat(refused(threads, "a")).isEqualTo(429);
        hold(threads, "b");

        assertThat(refused(threads, "c")).isEqualTo(503);
    }

    private int refused(FairThreads threads, String key) {
        try {
            hold(threads, key);
            return 0;
        } catch (ApiException e) {
            assertThat(e.retrySeconds()).isPresent();
            return e.status();
        }
    }

    @Test
    void aTaskThatFailsGivesItsThreadBack() throws InterruptedException {
        var threads = new FairThreads(executor, 1, 1, 10);
        for (int i = 0; i < 5; i++) {
            threads.execute("a", () -> {
                throw new IllegalStateException("on purpose");
            });
        }
        note(threads, "a");

        threads.awaitIdle(Duration.ofSeconds(10));

        assertThat(order).containsExactly("a");
    }

    /** Whatever comes, in whatever order it ends: each task runs once, within the bounds. */
    @Property(tries = 200)
    void eachTaskRunsOnceWithinTheBounds(
            @ForAll @IntRange(min = 1, max = 4) int all,
            @ForAll @IntRange(min = 1, max = 3) int ofKey,
            @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 4) Integer> steps) {
        Queue<Runnable> started = new ArrayDeque<>();
        Map<String, Integer> ran = new HashMap<>();
        Map<String, Integer> asked = new HashMap<>();
        var threads = new FairThreads(started::add, all, ofKey, 1_000);
        for (int step : steps) {
            if (step == 0) {
                if (!started.isEmpty()) {
                    started.remove().run();
                }
            } else {
                String key = "key-" + step;
                asked.merge(key, 1, Integer::sum);
                threads.execute(key, () -> ran.merge(key, 1, Integer::sum));
            }
            assertThat(started).hasSizeLessThanOrEqualTo(all);
        }
        while (!started.isEmpty()) {
            started.remove().run();
        }

        assertThat(ran).isEqualTo(asked);
        assertThat(threads.isWanted()).isFalse();
    }
}

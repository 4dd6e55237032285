package io.github.genaistreams.serve.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What bounds slow clients, with a clock of the test. */
class SlowClientsTest {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @Test
    void aSlowClientGoesOnUntilOthersWait() {
        var othersWait = new AtomicBoolean();
        var pace = new ClientPace(othersWait::get);
        for (int i = 0; i < 1_000; i++) {
            assertThat(pace.isTooSlow(SECOND, 1)).isFalse();
        }

        othersWait.set(true);

        int seconds = 1;
        while (!pace.isTooSlow(SECOND, 1)) {
            seconds++;
        }
        assertThat(seconds).isLessThanOrEqualTo((int) ClientPace.WINDOW_SECONDS);
    }

    @Test
    void aClientThatWasFastBeforeIsNotSlowByItsAverage() {
        var pace = new ClientPace(() -> true);
        for (int i = 0; i < 1_000; i++) {
            assertThat(pace.isTooSlow(SECOND, ClientPace.MIN_BYTES_PER_SECOND)).isFalse();
        }
        boolean isTooSlow = false;
        for (int i = 0; i < 2 * ClientPace.WINDOW_SECONDS; i++) {
            isTooSlow |= pace.isTooSlow(SECOND, 100);
        }

        assertThat(isTooSlow).isTrue();
    }

    @Test
    void aConnectionWithoutARequestIsClosedAfterAWhile() {
        var connections = new Connections<String>();
        connections.opened("slow", 0);
        connections.opened("asking", 0);
        connections.isAsked("asking");
        connections.opened("later", 30 * SECOND);

        assertThat(connections.late(59 * SECOND)).isEmpty();
        assertThat(connections.late(60 * SECOND)).containsExactly("slow");

        connections.closed("slow");
        connections.isAnswered("asking", 70 * SECOND);
        assertThat(connections.late(100 * SECOND)).containsExactly("later");
        assertThat(connections.late(130 * SECOND)).containsExactly("later", "asking");

        connections.closed("later");
        connections.closed("asking");
        connections.isAnswered("asking", 140 * SECOND);
        assertThat(connections.late(900 * SECOND)).isEmpty();
    }

    /** However many wait, a new one gets in, and none with a request is closed for it. */
    @Test
    void theConnectionThatWaitsLongestMakesRoom() {
        var connections = new Connections<Integer>();
        for (int i = 0; i < Connections.MAX_OPEN; i++) {
            assertThat(connections.opened(i, i)).isEmpty();
        }
        connections.isAsked(0);

        assertThat(connections.opened(-1, 1_000)).contains(1);
        connections.closed(1);
        assertThat(connections.opened(-2, 1_001)).contains(2);
        connections.closed(2);
        for (int i = 3; i < Connections.MAX_OPEN; i++) {
            connections.isAsked(i);
        }
        connections.isAsked(-1);
        connections.isAsked(-2);
        assertThat(connections.opened(-3, 1_002)).contains(-3);
    }

    @Test
    void noKeyHasTheMemoryOfAllBodies() {
        var bodies = new Bodies();
        int part = 1 << 20;
        int taken = 0;
        while (taken < Bodies.MAX_BYTES_OF_KEY) {
            bodies.take("a", part);
            taken += part;
        }

        assertThatThrownBy(() -> bodies.take("a", part))
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.status()).isEqualTo(429));
        List<String> others = new ArrayList<>();
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 100; i++) {
                        bodies.take("key-" + i, part);
                        others.add("key-" + i);
                    }
                })
                .isInstanceOfSatisfying(
                        ApiException.class, e -> assertThat(e.status()).isEqualTo(503));
        assertThat(others).hasSize((int) (Bodies.MAX_BYTES / part) - taken / part);

        bodies.release("a", taken);
        bodies.take("late", part);
        bodies.take("a", part);
    }

    @Test
    void chunksAreReadAsOneStream() throws Exception {
        var chunks = List.of("ab", "", "c", "").iterator();
        var input = new ChunkedInput(() -> chunks.hasNext() ? chunks.next().getBytes(ISO_8859_1) : null);

        assertThat(input.read()).isEqualTo('a');
        assertThat(new String(input.readAllBytes(), ISO_8859_1)).isEqualTo("bc");
        assertThat(input.read()).isEqualTo(-1);
        assertThat(input.read(new byte[3], 0, 3)).isEqualTo(-1);
    }
}

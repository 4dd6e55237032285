package io.github.genaistreams.cli.output;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.cli.console.StopSignal;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** What is said while documents are stored. */
class StoringTest {

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final StopSignal stop = StopSignal.manual();
    private final AtomicLong now = new AtomicLong();

    @Test
    void aLogHasALineEveryFewSeconds() {
        Storing storing = storing();
        for (int i = 0; i < 12; i++) {
            now.addAndGet(Duration.ofSeconds(1).toNanos());
            storing.next(i);
        }

        assertThat(err.toString(UTF_8).lines())
                .containsExactly("genai: storing 5 of 12 documents", "genai: storing 10 of 12 documents");
    }

    @Test
    void aStopEndsIt() {
        Storing storing = storing();
        storing.next(0);
        stop.request();
        assertThatThrownBy(() -> storing.next(1))
                .isInstanceOf(Storing.Stopped.class)
                .hasMessage("stopped after storing 1 of 12");
    }

    @Test
    void whatIsStoredIsSentAlthoughAStopIsAskedFor() {
        Storing storing = storing();
        for (int i = 0; i < 12; i++) {
            storing.next(i);
        }
        stop.request();

        storing.next(0);
    }

    private Storing storing() {
        var progress = new ProgressLines(new PrintStream(err, true, UTF_8), now::get);
        return new Storing(stop, progress, 12);
    }
}

package io.github.genaistreams.worker;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.genaistreams.flow.Governor;
import io.github.genaistreams.flow.LimitSettings;
import io.github.genaistreams.flow.LimitSettings.Adaptive;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ShareLogTest {

    private final Logger logger = (Logger) LoggerFactory.getLogger(ShareLog.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        lines.start();
        logger.addAppender(lines);
        logger.setLevel(Level.INFO);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(lines);
        logger.setLevel(null);
    }

    @Test
    void tellsTheWorkersPartOfWhatIsSetWhenItChanges() {
        var log = new ShareLog();
        var governors = Map.of(
                "default", new Governor(new LimitSettings(0, 0, 300, 60_000, Adaptive.OFF)),
                "unlimited", new Governor(LimitSettings.NONE));

        log.check("responses", 0, governors);
        assertThat(lines.list).as("before it has a partition").isEmpty();
        log.check("responses", 2 / 6.0, governors);
        log.check("responses", 2 / 6.0, governors);
        log.check("responses", 0.5, governors);

        assertThat(lines.list)
                .extracting(ILoggingEvent::getFormattedMessage)
                .containsExactly(
                        "This worker uses 100 of 300 requests and 20000 of 60000 tokens per minute,"
                                + " in proportion to its partitions (33 %)",
                        "This worker uses 150 of 300 requests and 30000 of 60000 tokens per minute,"
                                + " in proportion to its partitions (50 %)");
    }
}

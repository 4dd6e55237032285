package io.github.genaistreams.topology.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What the log says of records that are left out. */
class SkippedRecordsTest {

    private final Logger logger = (Logger) LoggerFactory.getLogger(SkippedRecordsTest.class);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();

    @BeforeEach
    void listen() {
        log.start();
        logger.addAppender(log);
    }

    @AfterEach
    void stop() {
        logger.detachAppender(log);
    }

    @Test
    void saysTheFirstAtOnceAndThoseThatFollowOnceAMinuteByTheirNumber() {
        var leftOut = new SkippedRecords(logger, "a record is left out");

        leftOut.add("b", "first", null, 1_000);
        leftOut.add("b", "second", null, 1_001);
        leftOut.add("b", "third", null, 60_999);
        leftOut.add(null, "fourth", new IllegalStateException("broken"), 61_000);
        leftOut.add("b", "fifth", null, 61_001);

        assertThat(log.list)
                .extracting(
                        ILoggingEvent::getFormattedMessage,
                        event -> event.getKeyValuePairs().get(1).value)
                .containsExactly(tuple("a record is left out: first", 1L), tuple("a record is left out: fourth", 3L));
        assertThat(log.list.get(0).getThrowableProxy()).isNull();
        assertThat(log.list.get(1).getThrowableProxy().getMessage()).isEqualTo("broken");
    }
}

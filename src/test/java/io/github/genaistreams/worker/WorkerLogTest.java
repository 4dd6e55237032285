package io.github.genaistreams.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.topology.call.CallEvents;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class WorkerLogTest {

    private static final CallError LIMITED =
            new CallError("slow down", "requests", "rate_limit_exceeded", null, true, 429);
    private static final CallError BROKEN = new CallError("oops", "server_error", null, null, true, 500);

    private final Logger logger = (Logger) LoggerFactory.getLogger("genai");
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
    private long now;
    private final WorkerLog all = new WorkerLog(() -> now);
    private final CallEvents log = all.of("responses");

    @BeforeEach
    void listen() {
        lines.start();
        logger.addAppender(lines);
        logger.setAdditive(false);
        logger.setLevel(Level.INFO);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(lines);
        logger.setAdditive(true);
        logger.setLevel(Level.INFO);
        logger("genai.documents").setLevel(null);
    }

    private static Logger logger(String name) {
        return (Logger) LoggerFactory.getLogger(name);
    }

    @Test
    void writesToALoggerOfItsApiWhoseLevelIsItsOwn() {
        CallEvents documents = all.of("documents");
        logger("genai.documents").setLevel(Level.WARN);

        log.split("b", 3, 0);
        documents.split("b", 3, 0);
        documents.retried(new ItemKey("b", 0), 0, 1, Duration.ofSeconds(1), LIMITED);
        log.retried(new ItemKey("b", 0), 0, 1, Duration.ofSeconds(1), LIMITED);

        assertThat(lines.list)
                .extracting(
                        ILoggingEvent::getLoggerName, line -> line.getLevel().toString())
                .containsExactly(
                        tuple("genai.responses", "INFO"),
                        tuple("genai.documents", "WARN"),
                        tuple("genai.responses", "WARN"));
        assertThat(keyValues("batch_split")).contains("api=\"responses\"");
    }

    @Test
    void keepsBatchesOfOneNameApartByTheirApi() {
        CallEvents documents = all.of("documents");
        for (int index = 0; index < 3; index++) {
            log.accepted(request(index), 0);
            log.finished(result(index, null), 0);
        }
        documents.accepted(request(0), 0);
        now += TimeUnit.SECONDS.toNanos(31);
        documents.finished(result(0, null), 0);

        assertThat(messages(Level.INFO)).containsExactly("batch_start", "batch_end", "batch_start");
        now += TimeUnit.SECONDS.toNanos(31);
        all.catchUp();
        assertThat(keyValues("batch_end_here")).contains("api=\"documents\"", "ok=\"1\"");
    }

    @Test
    void saysOnceThatABatchStartsAndOnceThatItEnds() {
        for (int index = 0; index < 3; index++) {
            log.accepted(request(index), 0);
        }
        for (int index = 0; index < 3; index++) {
            log.finished(result(index, index == 1 ? BROKEN : null), 0);
        }

        assertThat(messages(Level.INFO)).containsExactly("batch_start", "batch_end");
        assertThat(keyValues("batch_end")).contains("batch=\"b\"", "ok=\"2\"", "failed=\"1\"");
    }

    @Test
    void saysHowManyDeadLettersWereLeftOutAlsoWhenNoneComesLater() {
        for (int offset = 0; offset < 7; offset++) {
            log.deadLetter(
                    "genai.responses.requests",
                    0,
                    offset,
                    "b" + offset,
                    CallEvents.DeadLetterKind.UNREADABLE_REQUEST,
                    "no JSON");
        }
        all.catchUp();
        assertThat(messages(Level.WARN)).hasSize(1);

        now += TimeUnit.SECONDS.toNanos(11);
        all.catchUp();
        all.catchUp();

        assertThat(messages(Level.WARN)).containsExactly("dead_letter: no JSON", "warnings_left_out");
        assertThat(keyValues("warnings_left_out"))
                .contains("api=\"responses\"", "kind=\"dead_letter\"", "left_out=\"6\"");
    }

    @Test
    void tellsNoMoreKindsApartThanAWorkerHasRoomFor() {
        for (int code = 0; code < 2_000; code++) {
            var error = new CallError("oops", "server_error", "made_up_" + code, null, true, 500);
            log.retried(new ItemKey("b", 0), 0, 1, Duration.ofSeconds(1), error);
        }

        assertThat(messages(Level.WARN)).hasSize(1_001);
    }

    @Test
    void warnsOncePerKindInAStormAndSaysHowManyWereLeftOut() {
        for (int index = 0; index < 1_000; index++) {
            log.retried(new ItemKey("b", index), 0, 1, Duration.ofSeconds(1), LIMITED);
            log.retried(new ItemKey("b", index), 0, 1, Duration.ofSeconds(1), BROKEN);
        }
        assertThat(messages(Level.WARN)).hasSize(2);

        now += TimeUnit.SECONDS.toNanos(10);
        log.retried(new ItemKey("b", 1_000), 0, 1, Duration.ofSeconds(1), LIMITED);

        assertThat(messages(Level.WARN)).hasSize(3).last().asString().startsWith("rate_limit: slow down");
        assertThat(lines.list.get(2).getKeyValuePairs().toString()).contains("left_out=\"999\"");
    }

    @Test
    void endsABatchWhoseOtherItemsAreAnsweredElsewhereAfterItHasBeenQuiet() {
        log.accepted(request(0), 0);
        log.finished(result(0, null), 0);
        all.catchUp();
        assertThat(messages(Level.INFO)).containsExactly("batch_start");

        now += TimeUnit.SECONDS.toNanos(31);
        all.catchUp();

        assertThat(messages(Level.INFO)).containsExactly("batch_start", "batch_end_here");
    }

    @Test
    void neverLogsAPromptOrAnAnswer() {
        logger.setLevel(Level.TRACE);
        log.accepted(request(0), 0);
        log.started(new ItemKey("b", 0), 0, 1);
        log.retried(new ItemKey("b", 0), 0, 1, Duration.ofSeconds(1), LIMITED);
        log.finished(result(0, null), 0);

        assertThat(lines.list).hasSizeGreaterThan(3);
        assertThat(lines.list.toString()
                        + lines.list.stream()
                                .map(ILoggingEvent::getKeyValuePairs)
                                .toList())
                .doesNotContain("the secret prompt")
                .doesNotContain("the secret answer");
    }

    private List<String> messages(Level level) {
        return lines.list.stream()
                .filter(line -> line.getLevel() == level)
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private List<String> keyValues(String message) {
        return lines.list.stream()
                .filter(line -> line.getMessage().equals(message))
                .flatMap(line -> line.getKeyValuePairs().stream())
                .map(Object::toString)
                .toList();
    }

    private static ResponsesRequest request(int index) {
        return ResponsesRequest.builder()
                .batchId("b")
                .index(index)
                .batchSize(3)
                .model("m")
                .userPrompt("the secret prompt")
                .build();
    }

    private static CallResult result(int index, CallError error) {
        return CallResult.builder(new ItemKey("b", index), "responses")
                .batchSize(3)
                .success(error == null)
                .outputText("the secret answer")
                .error(error)
                .attempts(1)
                .model("m")
                .processingTimeSecs(0.5)
                .submittedAt(Instant.EPOCH)
                .completedAt(Instant.EPOCH)
                .build();
    }
}

package io.github.genaistreams.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.LoggerFactory;

class LogsTest {

    private static final List<String> LOGGERS = List.of(
            "io.github.genaistreams",
            "genai",
            "genai.responses",
            "genai.documents",
            "genai.responses.failed",
            "genai.documents.failed",
            "org.apache.kafka",
            "kafka");

    private final Map<String, Level> before = new LinkedHashMap<>();

    @BeforeEach
    void remember() {
        LOGGERS.forEach(name -> before.put(name, logger(name).getLevel()));
    }

    @AfterEach
    void restore() {
        before.forEach((name, level) -> logger(name).setLevel(level));
    }

    @ParameterizedTest
    @CsvSource({
        "SERVICE, 0, INFO",
        "COMMAND, 0, WARN",
        "SHOW, 0, ERROR",
        "COMMAND, 1, INFO",
        "COMMAND, 2, DEBUG",
    })
    void setsTheLevelOfTheCallsOfAllApis(Logs.Chatter chatter, int verbosity, String level) {
        Logs.configure(Logs.Format.TEXT, chatter, verbosity, null);

        for (String name :
                List.of("genai.responses", "genai.documents.failed", "io.github.genaistreams.worker.Worker")) {
            assertThat(logger(name).getEffectiveLevel()).as(name).isEqualTo(Level.valueOf(level));
        }
    }

    @Test
    void setsTheLevelOfTheCallsOfOneApi() {
        Logs.configure(Logs.Format.TEXT, Logs.Chatter.SERVICE, 0, "genai.documents=DEBUG, genai.responses=OFF");

        assertThat(logger("genai.documents").getEffectiveLevel()).isEqualTo(Level.DEBUG);
        assertThat(logger("genai.responses").getEffectiveLevel()).isEqualTo(Level.OFF);
        assertThat(logger("genai.responses.failed").getEffectiveLevel()).isEqualTo(Level.OFF);
        assertThat(logger("io.github.genaistreams").getLevel()).isEqualTo(Level.INFO);
    }

    @Test
    void setsTheLevelOfAllThatIsOursByALevelAlone() {
        Logs.configure(Logs.Format.TEXT, Logs.Chatter.COMMAND, 0, "TRACE");

        assertThat(logger("genai.documents").getEffectiveLevel()).isEqualTo(Level.TRACE);
        assertThat(logger("io.github.genaistreams").getEffectiveLevel()).isEqualTo(Level.TRACE);
    }

    private static Logger logger(String name) {
        return (Logger) LoggerFactory.getLogger(name);
    }
}

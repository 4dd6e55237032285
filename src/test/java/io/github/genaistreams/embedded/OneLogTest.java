package io.github.genaistreams.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import org.apache.commons.logging.LogFactory;
import org.apache.logging.log4j.LogManager;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Libraries have one log among them, which a command's options reach: another one writes to stdout, among the results. */
class OneLogTest {

    @Test
    void leadsTheLogsOfThePdfLibraryAndOfTheBrokerToSlf4j() {
        assertThat(LogFactory.getLog("org.apache.pdfbox").getClass().getSimpleName())
                .startsWith("SLF4J");
        assertThat(LogManager.getLogger("org.apache.kafka").getClass().getSimpleName())
                .startsWith("SLF4J");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "org/apache/logging/log4j/core/Logger.class",
                "org/apache/log4j/Logger.class",
                // What commons-logging itself has, and the class that takes its place has not.
                "org/apache/commons/logging/impl/Log4jApiLogFactory.class"
            })
    void hasNoOtherLogOnTheClassPath(String type) {
        assertThat(getClass().getClassLoader().getResource(type)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"io/github/genaistreams/cli/logback.xml", "io/github/genaistreams/cli/logback-json.xml"})
    void saysNothingOfDamagedPdfs(String configuration) throws Exception {
        var context = new LoggerContext();
        var configurator = new JoranConfigurator();
        configurator.setContext(context);

        configurator.doConfigure(getClass().getClassLoader().getResource(configuration));

        assertThat(context.getLogger("org.apache.pdfbox.pdfparser.COSParser").getEffectiveLevel())
                .isEqualTo(Level.OFF);
        assertThat(context.getLogger("org.apache.fontbox.ttf.TrueTypeFont").getEffectiveLevel())
                .isEqualTo(Level.OFF);
        context.stop();
    }
}

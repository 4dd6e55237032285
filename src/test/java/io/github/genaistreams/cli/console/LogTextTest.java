package io.github.genaistreams.cli.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** The log as it is configured: whatever comes from outside, one event is one line. */
class LogTextTest {

    private static final String FORGED = "12:00:00.000 ERROR Worker nothing";
    private static final Pattern ANY_LINE_END = Pattern.compile("\\R");

    @Property(tries = 200)
    void anEventIsOneLine(@ForAll("fromOutside") String message, @ForAll("fromOutside") String value) throws Exception {
        List<String> text = lines("io/github/genaistreams/cli/logback.xml", message, value, null);
        assertThat(text).hasSize(1);
        assertThat(text.get(0))
                .startsWith(text.get(0).substring(0, 12) + " WARN ")
                .doesNotContainPattern("[\\p{Cc}]");

        List<String> json = lines("io/github/genaistreams/cli/logback-json.xml", message, value, null);
        assertThat(json).hasSize(1);
        assertThat(json.get(0)).doesNotContainPattern("[\\p{Cc}]");
        var event = new ObjectMapper().readTree(json.get(0));
        assertThat(event.path("formattedMessage").asText()).isEqualTo("said " + message);
        assertThat(event.path("kvpList").path(0).path("batch").asText()).isEqualTo(value);
    }

    @Provide
    Arbitrary<String> fromOutside() {
        return Arbitraries.of(
                        "\n",
                        "\r",
                        "\r\n",
                        "\t",
                        "\u0000",
                        "\u001b[2J",
                        "\u009b31m",
                        "\u0085",
                        "\u2028",
                        "\u2029",
                        "\u202e",
                        "\u2066",
                        "\u000b",
                        "\f",
                        "\b",
                        "\\n",
                        "\"",
                        "é",
                        "😀",
                        "a",
                        FORGED,
                        "%n")
                .list()
                .ofMaxSize(12)
                .map(parts -> String.join("", parts));
    }

    @Test
    void aReaderSeesWhatWasThere() throws Exception {
        assertThat(lines("io/github/genaistreams/cli/logback.xml", "a\nb\u001b[2J\u0085c", "batch\r\n1", null)
                        .get(0))
                .endsWith("WARN  Test                     said a\\nb\\u001b[2J\\u0085c batch=batch\\r\\n1");
    }

    @Test
    void anExceptionsMessageMakesNoLine() throws Exception {
        var suppressed = new IllegalArgumentException("suppressed\n" + FORGED);
        var thrown = new IllegalStateException("outer\u2028" + FORGED, new RuntimeException("root\r\n" + FORGED));
        thrown.addSuppressed(suppressed);

        List<String> text = lines("io/github/genaistreams/cli/logback.xml", "m", "b", thrown);

        assertThat(text).hasSizeGreaterThan(6).noneMatch(line -> line.startsWith(FORGED));
        assertThat(text).anyMatch(line -> line.contains("root\\r\\n" + FORGED));
        assertThat(text.subList(1, text.size()))
                .allMatch(
                        line -> line.matches(
                                "(Wrapped by: |\\s*Suppressed: )?[a-z.]+(Illegal\\w+|Runtime)Exception: .*|\\s+(at|\\.\\.\\.) .*"));
        assertThat(lines("io/github/genaistreams/cli/logback-json.xml", "m", "b", thrown))
                .hasSize(1);
    }

    private static List<String> lines(String configuration, String message, String batch, Throwable thrown)
            throws Exception {
        var bytes = new ByteArrayOutputStream();
        PrintStream before = System.err;
        var context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        try {
            System.setErr(new PrintStream(bytes, true, UTF_8));
            var configurator = new JoranConfigurator();
            configurator.setContext(context);
            configurator.doConfigure(LogTextTest.class.getClassLoader().getResource(configuration));
            var event = context.getLogger("io.github.genaistreams.Test")
                    .atWarn()
                    .addKeyValue("batch", batch)
                    .setCause(thrown);
            event.log("said " + message);
        } finally {
            context.stop();
            System.setErr(before);
        }
        String all = bytes.toString(UTF_8);
        assertThat(all).endsWith("\n");
        return List.of(ANY_LINE_END.split(all));
    }
}

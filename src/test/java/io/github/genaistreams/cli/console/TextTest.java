package io.github.genaistreams.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import org.junit.jupiter.api.Test;

class TextTest {

    @Test
    void anEscapedTextIsOneLineWithoutTabs() {
        assertThat(Text.escaped("a\nb\r\n\tc\\n\u001b[31m\u2028")).isEqualTo("a\\nb\\r\\n\\tc\\\\n\\u001b[31m\\u2028");
    }

    @Property(tries = 200)
    void anEscapedTextCanBeTakenBack(
            @ForAll @Chars({'\n', '\r', '\t', '\\', 'n', '\u2028', '\u0085'}) @CharRange(from = 'a', to = 'c')
                    String text)
            throws Exception {
        String escaped = Text.escaped(text);

        assertThat(escaped.lines().count()).isLessThanOrEqualTo(1);
        assertThat(new ObjectMapper().readValue('"' + escaped + '"', String.class))
                .isEqualTo(text);
    }

    @Test
    void aCostOfWhichNothingIsKnownDoesNotBeginWithZero() {
        assertThat(Text.cost(BigDecimal.ZERO, 2)).isEqualTo("2 items of unknown cost");
        assertThat(Text.cents(BigDecimal.ZERO, 1)).isEqualTo("1 item of unknown cost");
        assertThat(Text.cost(new BigDecimal("0.0123"), 2)).isEqualTo("$0.012300 and 2 items of unknown cost");
        assertThat(Text.cost(BigDecimal.ZERO, 0)).isEqualTo("$0.000000");
    }
}

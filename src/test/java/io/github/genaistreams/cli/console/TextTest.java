package io.github.genaistreams.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
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
}

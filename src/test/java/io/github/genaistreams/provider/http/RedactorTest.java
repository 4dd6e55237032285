package io.github.genaistreams.provider.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.github.genaistreams.provider.ApiKey;
import io.github.genaistreams.provider.Secret;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RedactorTest {

    private final Redactor redactor = new Redactor(
            ApiKey.of(new Secret("gateway-key.0123456789")),
            List.of("Basic dXNlcjpodW50ZXIy", "abcdefgh-1", "abcdefgh-1-and-more", "eu", "Token t0k3n-t0k3n"));

    @Test
    void removesKeysInEveryFormSeen() {
        assertThat(redactor.clean("Incorrect API key provided: sk-proj-abc_DEF123. See the docs."))
                .isEqualTo("Incorrect API key provided: [redacted]. See the docs.");
        assertThat(redactor.clean("provided: sk-abcd***************wxyz.")).isEqualTo("provided: [redacted].");
        assertThat(redactor.clean("provided: gateway*****6789"))
                .doesNotContain("6789")
                .doesNotContain("gateway");
        assertThat(redactor.clean("key gateway-key.0123456789!")).isEqualTo("key [redacted]!");
        assertThat(redactor.clean("header 'Authorization: Bearer abcdefghijkl'"))
                .doesNotContain("abcdefghijkl");
    }

    /** A gateway may echo what it was sent, whole or without its scheme. */
    @Test
    void removesWhatHeadersHold() {
        assertThat(redactor.clean("X-Key abcdefgh-1-and-more is not abcdefgh-1 in eu"))
                .isEqualTo("X-Key [redacted] is not [redacted] in eu");
        assertThat(redactor.clean("bad credentials: Basic dXNlcjpodW50ZXIy, dXNlcjpodW50ZXIy"))
                .isEqualTo("bad credentials: [redacted], [redacted]");
        assertThat(redactor.clean("no t0k3n-t0k3n")).isEqualTo("no [redacted]");
    }

    @Test
    void leavesOtherTextAlone() {
        String text = "The task-force at risk-level 2 uses gpt-4o-mini (a bearer of news).";
        assertThat(redactor.clean(text)).isEqualTo(text);
        assertThat(redactor.cleanOrNull(null)).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "none",
                "sandbox",
                "EMPTY",
                "dummy",
                "x",
                "12345678",
                "not-needed",
                "Placeholder",
                "no-key-required"
            })
    void leavesWordsThatStandForNoKey(String key) {
        var redactor = new Redactor(ApiKey.of(new Secret(key)), List.of("Bearer " + key));

        assertThat(redactor.clean("There is " + key + " of x here")).isEqualTo("There is " + key + " of x here");
    }

    @Test
    void removesAKeyThatIsLongEnough() {
        var redactor = new Redactor(ApiKey.of(new Secret("123456789")), List.of());

        assertThat(redactor.clean("key 123456789")).isEqualTo("key [redacted]");
    }

    /** Wherever a text is cut, before a key is looked for or after. */
    @Test
    void leavesNoPartOfAKeyWhereATextIsCut() {
        String key = "gateway-key.0123456789";
        for (int before = 15_900; before < 16_100; before++) {
            assertThat(redactor.clean(" ".repeat(before) + key)).doesNotContain("gateway");
            // So much is redacted that what is shown ends where the text was cut.
            String keys = ("sk-" + "a".repeat(997) + " ").repeat(15);
            String text = keys + " ".repeat(before - keys.length()) + key;
            assertThat(redactor.clean(text + " ")).doesNotContain("gateway");
        }
        assertThat(redactor.clean("x".repeat(1_990) + " " + key)).doesNotContain("gateway");
    }

    /** A server decides how long its text is, and an event loop has others to look after. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a",
                "*",
                "**a",
                "a*",
                ".",
                "-",
                "_",
                "sk-",
                "sk-.",
                "sk-a.",
                "sk-..a",
                "bearer ",
                "bearer  ",
                "Bearer abc",
                " "
            })
    void takesNoLongerForALongText(String part) {
        String text = part.repeat(900_000 / part.length());
        assertTimeout(Duration.ofSeconds(1), () -> redactor.clean("bearer" + text));
    }

    @Test
    void truncatesWithoutCuttingACharacterInTwo() {
        assertThat(redactor.clean("x".repeat(2_000))).hasSize(2_000);
        assertThat(redactor.clean("x".repeat(2_001))).hasSize(2_000).endsWith("x…");
        assertThat(redactor.clean("x".repeat(1_998) + "😀".repeat(10)))
                .hasSize(1_999)
                .endsWith("x…");
    }
}

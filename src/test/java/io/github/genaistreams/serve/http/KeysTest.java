package io.github.genaistreams.serve.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeysTest {

    @TempDir
    Path dir;

    private Path file(String json) throws IOException {
        return Files.writeString(dir.resolve("keys.json"), json);
    }

    @Test
    void aKeyIsFoundByItsHash() throws IOException {
        String key = Keys.create();
        Keys keys = new Keys(file("""
                [{"name": "a", "sha256": "%s", "role": "read", "credential": "second", "budget_per_day_usd": 2.50}]
                """.formatted(Keys.sha256(key))));

        Caller caller = keys.caller("Bearer " + key, "1.2.3.4");

        assertThat(caller.name()).isEqualTo("a");
        assertThat(caller.role()).isEqualTo(Caller.Role.READ);
        assertThat(caller.credential()).contains("second");
        assertThat(caller.budgetPerDayUsd())
                .hasValueSatisfying(usd -> assertThat(usd).isEqualByComparingTo("2.5"));
        assertThat(key).startsWith("sk-genai-").hasSizeGreaterThan(50);
    }

    @Test
    void severalKeysMayHaveOneName() throws IOException {
        String before = Keys.create();
        String after = Keys.create();
        Keys keys = new Keys(file("[{\"name\":\"a\",\"sha256\":\"%s\"},{\"name\":\"a\",\"sha256\":\"%s\"}]"
                .formatted(Keys.sha256(before), Keys.sha256(after))));

        assertThat(keys.caller("Bearer " + before, "x").name()).isEqualTo("a");
        assertThat(keys.caller("bearer " + after, "x").name()).isEqualTo("a");
    }

    @Test
    void tooManyWrongKeysOfOneAddressGetAnotherAnswer() throws IOException {
        String key = Keys.create();
        Keys keys = new Keys(file("[{\"name\":\"a\",\"sha256\":\"%s\"}]".formatted(Keys.sha256(key))));
        for (int i = 0; i < WrongKeys.MAX_PER_MINUTE; i++) {
            assertThat(status(() -> keys.caller("Bearer wrong", "1.2.3.4"))).isEqualTo(401);
        }

        assertThat(status(() -> keys.caller("Bearer wrong", "1.2.3.4"))).isEqualTo(429);
        assertThat(status(() -> keys.caller("Bearer wrong", "5.6.7.8"))).isEqualTo(401);
        assertThat(keys.caller("Bearer " + key, "1.2.3.4").name()).isEqualTo("a");
        assertThat(status(() -> keys.caller("Basic " + key, "1.2.3.4"))).isEqualTo(401);
        assertThat(status(() -> keys.caller(null, "1.2.3.4"))).isEqualTo(401);
    }

    @Test
    void failuresOfAnotherMinuteDoNotCount() {
        var failures = new WrongKeys();
        for (int i = 0; i < WrongKeys.MAX_PER_MINUTE; i++) {
            assertThat(failures.isTooMany("a", 0)).isFalse();
        }

        assertThat(failures.isTooMany("a", TimeUnit.SECONDS.toNanos(60))).isTrue();
        assertThat(failures.isTooMany("a", TimeUnit.SECONDS.toNanos(61))).isFalse();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "no JSON | is not JSON",
                "{} | must be a JSON array",
                "[{\"sha256\":\"HASH\"}] | `name`",
                "[{\"name\":\"a b\",\"sha256\":\"HASH\"}] | `name`",
                "[{\"name\":\"a\",\"sha256\":\"12\"}] | `sha256`",
                "[{\"name\":\"a\",\"sha256\":\"HASH\",\"role\":\"god\"}] | `role`",
                "[{\"name\":\"a\",\"sha256\":\"HASH\",\"credential\":7}] | `credential`",
                "[{\"name\":\"a\",\"sha256\":\"HASH\",\"budget_per_day_usd\":-1}] | `budget_per_day_usd`",
                "[{\"name\":\"a\",\"sha256\":\"HASH\",\"color\":1}] | a field is unknown",
                "[{\"name\":\"a\",\"sha256\":\"HASH\"},{\"name\":\"b\",\"sha256\":\"HASH\"}] | `sha256` is the same as for an earlier key",
            })
    void whatIsWrongInTheFileIsNamed(String json, String message) throws IOException {
        Path file = file(json.replace("HASH", Keys.sha256("x")));

        assertThatThrownBy(() -> new Keys(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message)
                .hasMessageContaining("keys.json");
    }

    private static int status(Runnable action) {
        try {
            action.run();
            return 200;
        } catch (ApiException e) {
            return e.status();
        }
    }
}

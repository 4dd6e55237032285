package io.github.genaistreams.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistrySettingsTest {

    @TempDir
    Path dir;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "schema.registry.url=ftp://x | schema.registry.url must start with",
                "schema.registry.url=http://ann:secret@x | must not contain a user",
                "schema.registry.url=http://schema_registry:8081 | underscore",
                "schema.registry.url=http://x y | is not a URL",
                "schema.registry.url= schema.registry.user=ann | Set schema.registry.url",
                "schema.registry.user=ann | Set both schema.registry.user and",
                "schema.registry.user=ann schema.registry.token.file=TOKEN | Set either",
                "schema.registry.user=a:b schema.registry.password.file=TOKEN | colon",
                "schema.registry.token.file=/no/such/file | cannot be read",
                "schema.registry.token.file=SPLIT | at position 7 of 13",
                "schema.registry.trusted.certificates=TOKEN | not a PEM file",
                "schema.registry.basic.auth=x | Unknown setting schema.registry.basic.auth",
                "schema.registry.timeout.ms=1 | schema.registry.timeout.ms",
            })
    void refusesSettingsThatCannotBeUsed(String given, String reason) throws Exception {
        var settings = new HashMap<String, Object>(Map.of(RegistrySettings.URL, "http://x"));
        for (String setting : given.split(" (?=schema)")) {
            settings.put(
                    setting.substring(0, setting.indexOf('=')),
                    setting.substring(setting.indexOf('=') + 1)
                            .replace("TOKEN", file("token", "t0k3n"))
                            .replace("SPLIT", file("split", "secret\nsecret")));
        }

        assertThatThrownBy(() -> RegistrySettings.of(settings))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(reason)
                .hasMessageNotContaining("secret@")
                .hasMessageNotContaining("t0k3n");
    }

    @Test
    void isNotThereWithoutAnAddressAndShowsNoSecret() throws Exception {
        assertThat(RegistrySettings.of(Map.of("bootstrap.servers", "b:9092"))).isEmpty();
        Optional<RegistrySettings> settings = RegistrySettings.of(Map.of(
                RegistrySettings.URL,
                "http://a:8081, https://b/registry",
                RegistrySettings.TOKEN_FILE,
                file("token", "t0k3n"),
                "bootstrap.servers",
                "b:9092"));

        assertThat(settings.orElseThrow().urls())
                .containsExactly(URI.create("http://a:8081"), URI.create("https://b/registry"));
        assertThat(settings.get().toString()).doesNotContain("t0k3n");
    }

    private String file(String name, String content) throws Exception {
        return Files.writeString(dir.resolve(name), content).toString();
    }
}

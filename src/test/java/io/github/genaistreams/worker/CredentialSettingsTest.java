package io.github.genaistreams.worker;

import static io.github.genaistreams.worker.Configured.config;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.flow.LimitSettings;
import io.github.genaistreams.flow.LimitSettings.Adaptive;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.config.ConfigException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Keys, aliases, and what each of them has of its own. */
class CredentialSettingsTest {

    @TempDir
    Path dir;

    @Test
    void additionalCredentialsTakeUnsetValuesFromTheDefault() {
        GenAiConfig config = config(Map.of(
                "openai.api.key", "sk-1",
                "openai.base.url", "https://gateway/v1",
                "openai.max.concurrent.requests", "7",
                "openai.project", "proj-1",
                "openai.credentials", "team-a, team-b",
                "openai.credentials.team-a.api.key", "sk-a",
                "openai.credentials.team-b.api.key", "sk-b",
                "openai.credentials.team-b.base.url", "https://other/v1",
                "openai.credentials.team-b.organization", "org-b",
                "openai.credentials.team-b.headers", "X-Title: my app | api-key: hunter2"));

        var credentials = config.responses().credentials();

        assertThat(credentials.keySet()).containsExactly("default", "team-a", "team-b");
        assertThat(credentials.get("default").headers()).isEqualTo(Map.of("OpenAI-Project", "proj-1"));
        assertThat(credentials.get("team-a").key().current().reveal()).isEqualTo("sk-a");
        assertThat(credentials.get("team-a").url()).hasToString("https://gateway/v1");
        assertThat(credentials.get("team-a").headers()).isEmpty();
        assertThat(credentials.get("team-b").url()).hasToString("https://other/v1");
        assertThat(credentials.get("team-b").headers())
                .isEqualTo(Map.of("OpenAI-Organization", "org-b", "X-Title", "my app", "api-key", "hunter2"));
        assertThat(config.values().toString()).doesNotContain("sk-a");
        assertThat(config.responses().http(credentials.get("team-b"), 1).toString())
                .doesNotContain("hunter2");
    }

    @Test
    void readsAKeyFromAFileAndAliasesWithoutADefault() throws Exception {
        Path file = Files.writeString(dir.resolve("key"), "sk-file\n");

        GenAiConfig config =
                config(Map.of("openai.credentials", "only", "openai.credentials.only.api.key.file", file.toString()));

        assertThat(config.responses().credentials().keySet()).containsExactly("only");
        assertThat(config.responses().credentials().get("only").key().current().reveal())
                .isEqualTo("sk-file");
    }

    @Test
    void givesAnAliasTheLimitsThatItDoesNotSet() {
        var credentials = config(Map.of(
                        "openai.api.key", "sk-1",
                        "openai.requests.per.minute", "500",
                        "openai.tokens.per.minute", "90000",
                        "adaptive", "on",
                        "openai.credentials", "team-a",
                        "openai.credentials.team-a.api.key", "sk-a",
                        "openai.credentials.team-a.tokens.per.minute", "7"))
                .responses()
                .credentials();

        assertThat(credentials.get("default").limits()).isEqualTo(new LimitSettings(0, 0, 500, 90_000, Adaptive.ON));
        assertThat(credentials.get("team-a").limits()).isEqualTo(new LimitSettings(0, 0, 500, 7, Adaptive.ON));
    }

    @ParameterizedTest
    @CsvSource({
        "openai.credentials,team-a,openai.credentials.team-a.api.key",
        "openai.credentials,Team A,lower-case",
        "openai.credentials,default,openai.credentials",
        "openai.credentials.team-a.api.key,sk-1,Unknown setting",
        "openai.api.key.file,/no/such/file,/no/such/file",
        "openai.headers,nonsense,openai.headers",
        "openai.base.url,ftp://x,openai.base.url",
        "openai.requests.per.minute,-1,openai.requests.per.minute",
        "openai.tokens.per.minute,many,openai.tokens.per.minute",
        "adaptive,yes,adaptive",
        "limits.share,worker,limits.share",
    })
    void saysWhatIsWrongWithACredential(String key, String value, String named) {
        assertThatThrownBy(() -> config(Map.of("openai.api.key", "k", key, value).entrySet().stream()
                        .filter(e -> !key.equals("openai.api.key.file")
                                || !e.getKey().equals("openai.api.key"))
                        .collect(java.util.stream.Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue))))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(named);
    }

    /** Setting, wrong value, and what the message says beside the setting and never the value. */
    @ParameterizedTest
    @CsvSource({
        "openai.base.url, https://user:hunter2@host/v1, must not contain a user or password",
        "openai.base.url, https://user:hunter2 @host/v1, is not a URL",
        "openai.base.url, user:hunter2@host, must start with https",
        "openai.base.url, https://hunter2$host/v1, has no valid host name",
        "document.store.endpoint, http://hunter2$host:9000, must be http:// or https:// and a host",
        "openai.base.url, https://hunter2:70000/v1, has no valid port",
        "openai.base.url, https://host/v1?key=hunter2, without ? or #",
        "openai.credentials.team-a.base.url, https://user:hunter2@host/v1, must not contain a user or password",
        "datalab.api.url, https://host/hunter2#x, https://www.datalab.to/api/v1/marker",
        "openai.api.key, hunter2 hunter2, has a space",
        "openai.credentials.team-a.api.key, hunter2é, exactly as the API shows it",
        "datalab.api.key, hunter2 hunter2, has a space",
        "datalab.headers, X-Key: hunter2é, X-Key",
        "openai.credentials.team-a.headers, X-Key: hunter2é, which is not allowed in an HTTP header",
        "document.store.endpoint, http://user:hunter2@host, AWS_SECRET_ACCESS_KEY",
        "document.store.endpoint, http://user:hun/ter2@host, AWS_SECRET_ACCESS_KEY",
        "document.store.endpoint, http://host?key=hunter2, for example http://localhost:9000",
    })
    void namesTheSettingAndTheNextStepWithoutQuotingASecret(String key, String value, String says) {
        Map<String, String> settings = new HashMap<>(Map.of(
                "openai.api.key", "sk-1",
                "openai.credentials", "team-a",
                "openai.credentials.team-a.api.key", "sk-a",
                "datalab.api.key", "dl-1",
                "document.store", "s3://bucket/documents"));
        settings.put(key, value);

        assertThatThrownBy(() -> config(settings).documentStore())
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll(key, says)
                .hasMessageNotContainingAny("hunter2", "ter2@");
    }

    @Test
    void namesTheKeyFileWhoseKeyCannotBeSent() throws Exception {
        Path file = Files.writeString(dir.resolve("key"), "hunter2 hunter2");

        assertThatThrownBy(() -> config(Map.of("datalab.api.key.file", file.toString())))
                .hasMessageContaining("datalab.api.key.file has a space")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void takesAnAliasesSettingsFromTheEnvironment() {
        assertThat(ConfigSources.merge(
                        null,
                        new Properties(),
                        Map.of(
                                "GENAI_OPENAI_CREDENTIALS", "team-a",
                                "GENAI_OPENAI_CREDENTIALS_TEAM_A_API_KEY", "sk-a",
                                "GENAI_OPENAI_CREDENTIALS_TEAM_A_API_KEY_FILE", "/f",
                                "DATALAB_API_KEY", "dl"),
                        Map.of()))
                .containsOnly(
                        Map.entry("openai.credentials", "team-a"),
                        Map.entry("openai.credentials.team-a.api.key", "sk-a"),
                        Map.entry("openai.credentials.team-a.api.key.file", "/f"),
                        Map.entry("datalab.api.key", "dl"));
    }
}

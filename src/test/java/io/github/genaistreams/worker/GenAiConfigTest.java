package io.github.genaistreams.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.TestCertificates;
import io.github.genaistreams.TestCertificates.Identity;
import io.github.genaistreams.embedded.EmbeddedGenAi;
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.embedded.LocalStack;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.ResultShape;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.CredentialSettings.Credential;
import io.netty.pkitesting.CertificateBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenAiConfigTest {

    private static final String CERTIFICATE = """
            -----BEGIN CERTIFICATE-----
            MIIBdTCCARugAwIBAgIUG+/pX+6AyAiVP9870hmEnCkTcJ4wCgYIKoZIzj0EAwIw
            DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjYyMjEwMzZaGA8yMTI2MTEwMjIyMTAz
            NlowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABArk
            EcrOcRoI962HiSPcPigfnWv7moLXUG+uAz+9/q1AK2wFphuXc49KF5hC4nXc8Un+
            9AarbWqYuzEBT/HKg0KjUzBRMB0GA1UdDgQWBBRX53y4w1GZ4qeyDLy5zp7tn7rn
            TjAfBgNVHSMEGDAWgBRX53y4w1GZ4qeyDLy5zp7tn7rnTjAPBgNVHRMBAf8EBTAD
            AQH/MAoGCCqGSM49BAMCA0gAMEUCIQC5a+A8zbL6Ta1ywwIQkZUslXmJL5eooJ6L
            kC9EChgm6wIgN4l3yMCVDFf6s9pffNiIFfVaOPTJH9NxPBibwjDgCG4=
            -----END CERTIFICATE-----
            """;

    @TempDir
    Path dir;

    @Test
    void shouldHaveASensibleDefaultForEverythingButTheBrokers() {
        GenAiConfig config = config(Map.of());

        assertThat(config.lane().slots()).isEqualTo(10);
        assertThat(config.lane().capacity()).isEqualTo(1_000);
        assertThat(config.resultFormat()).isEqualTo(WireFormat.JSON);
        assertThat(config.hasOpenAiKey()).isFalse();
        assertThat(config.workerId()).isNull();
        assertThat(config.stateDir()).isEqualTo(Path.of(System.getProperty("user.home"), ".genai-streams", "state"));
        assertThatThrownBy(() -> new GenAiConfig(Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("bootstrap.servers");
    }

    @ParameterizedTest
    @CsvSource({
        "lane.slots,5,lane.slots",
        "responses.lane.slots,0,responses.lane.slots",
        "responses.lane.capacity,5,responses.lane.capacity",
        "openai.base.url,ftp://x,openai.base.url",
        "openai.base.url,nonsense,openai.base.url",
        "openai.response.max.bytes,1000,openai.response.max.bytes",
        "datalab.response.max.bytes,1000,datalab.response.max.bytes",
        "result.format,xml,result.format",
        "topic.prefix,a b,topic.prefix",
        "drain.timeout.ms,x,drain.timeout.ms",
    })
    void shouldNameTheSettingThatIsWrong(String key, String value, String named) {
        assertThatThrownBy(() -> config(Map.of(key, value)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(named);
    }

    @Test
    void shouldNeverPrintASecretInWhateverHoldsIt() {
        Map<String, String> settings = Map.of(
                "openai.api.key", "sk-very-secret",
                "openai.headers", "api-key: sk-very-secret",
                "kafka.sasl.jaas.config", "password=sk-very-secret");
        GenAiConfig config = config(settings);
        CredentialSettings.Credential credential = config.openAiCredentials().get("default");
        var options = new EmbeddedGenAi.Options(Optional.empty(), 1, Optional.empty(), settings);
        var setup = new LocalStack.Setup(
                LocalKafka.Options.temporary(), Optional.empty(), 1, 1, Optional.empty(), settings);

        assertThat(credential.headers().toString() + config.streams().client())
                .as("what is to be hidden")
                .contains("very-secret");
        assertThat(List.of(
                        config,
                        config.values(),
                        config.streams(),
                        config.openAiCredentials(),
                        credential.key(),
                        config.openAi(credential, 10),
                        options,
                        EmbeddedGenAi.Options.withKey("sk-very-secret"),
                        setup))
                .allSatisfy(holder -> assertThat(String.valueOf(holder)).doesNotContain("very-secret"));
    }

    @Test
    void shouldKnowFurtherCredentialsByAliasWithWhatTheyDoNotSayAsForTheDefault() {
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

        var credentials = config.openAiCredentials();

        assertThat(credentials.keySet()).containsExactly("default", "team-a", "team-b");
        assertThat(credentials.get("default").headers()).isEqualTo(Map.of("OpenAI-Project", "proj-1"));
        assertThat(credentials.get("team-a").key().current().reveal()).isEqualTo("sk-a");
        assertThat(credentials.get("team-a").url()).hasToString("https://gateway/v1");
        assertThat(credentials.get("team-a").headers()).isEmpty();
        assertThat(credentials.get("team-b").url()).hasToString("https://other/v1");
        assertThat(credentials.get("team-b").headers())
                .isEqualTo(Map.of("OpenAI-Organization", "org-b", "X-Title", "my app", "api-key", "hunter2"));
        assertThat(config.values().toString()).doesNotContain("sk-a");
        assertThat(config.openAi(credentials.get("team-b"), 1).toString()).doesNotContain("hunter2");
    }

    @Test
    void shouldReadAKeyFromAFileAndAliasesWithoutADefault() throws Exception {
        Path file = Files.writeString(dir.resolve("key"), "sk-file\n");

        GenAiConfig config =
                config(Map.of("openai.credentials", "only", "openai.credentials.only.api.key.file", file.toString()));

        assertThat(config.openAiCredentials().keySet()).containsExactly("only");
        assertThat(config.openAiCredentials().get("only").key().current().reveal())
                .isEqualTo("sk-file");
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
    })
    void shouldSayWhatIsWrongWithACredential(String key, String value, String named) {
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
        "openai.base.url, https://user:hunter2 @host/v1, is no URL",
        "openai.base.url, user:hunter2@host, must start with https",
        "openai.base.url, https://hunter2$host/v1, has no valid host name",
        "document.store.endpoint, http://hunter2$host:9000, must be http:// or https:// and a host",
        "openai.base.url, https://hunter2:70000/v1, has no valid port",
        "openai.base.url, https://host/v1?key=hunter2, without ? or #",
        "openai.credentials.team-a.base.url, https://user:hunter2@host/v1, must not contain a user or password",
        "datalab.api.url, https://host/hunter2#x, https://www.datalab.to/api/v1/marker",
        "openai.api.key, hunter2 hunter2, has a blank",
        "openai.credentials.team-a.api.key, hunter2é, as the API has shown it",
        "datalab.api.key, hunter2 hunter2, has a blank",
        "datalab.headers, X-Key: hunter2é, X-Key",
        "openai.credentials.team-a.headers, X-Key: hunter2é, which no HTTP header may carry",
        "document.store.endpoint, http://user:hunter2@host, AWS_SECRET_ACCESS_KEY",
        "document.store.endpoint, http://user:hun/ter2@host, AWS_SECRET_ACCESS_KEY",
        "document.store.endpoint, http://host?key=hunter2, such as http://localhost:9000",
    })
    void shouldNameTheSettingAndTheNextStepWithoutQuotingASecret(String key, String value, String says) {
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
    void shouldNameTheKeyFileWhoseKeyCannotBeSent() throws Exception {
        Path file = Files.writeString(dir.resolve("key"), "hunter2 hunter2");

        assertThatThrownBy(() -> config(Map.of("datalab.api.key.file", file.toString())))
                .hasMessageContaining("datalab.api.key.file has a blank")
                .hasMessageNotContaining("hunter2");
    }

    @ParameterizedTest
    @CsvSource({
        "openai.trusted.certificates, missing, cannot be read",
        "datalab.trusted.certificates, missing, cannot be read",
        "datalab.trusted.certificates, empty, has no certificate in it",
        "datalab.trusted.certificates, broken, is no PEM file with certificates",
    })
    void shouldNameTheSettingOfCertificatesThatCannotBeTrusted(String key, String file, String says) throws Exception {
        Files.createFile(dir.resolve("empty"));
        Files.writeString(dir.resolve("broken"), "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n");
        GenAiConfig config = config(Map.of(
                "openai.api.key",
                "k",
                "datalab.api.key",
                "k",
                key,
                dir.resolve(file).toString()));

        assertThatThrownBy(() -> {
                    config.openAi(config.openAiCredentials().get("default"), 1);
                    config.datalab(config.datalabCredentials().get("default"), 1);
                })
                .isInstanceOf(ConfigException.class)
                .hasMessageContainingAll(key, says, file, "Name a PEM file");
    }

    @Test
    void shouldTakeAnAliasesSettingsFromTheEnvironment() {
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

    @Test
    void shouldTrustTheCertificatesOfEachApiForThatApiOnly() throws Exception {
        Path openAi = Files.writeString(dir.resolve("openai.pem"), CERTIFICATE);
        Path datalab = Files.writeString(dir.resolve("datalab.pem"), CERTIFICATE);
        var config = new GenAiConfig(Map.of(
                "bootstrap.servers", "b:1",
                "openai.api.key", "sk",
                "openai.trusted.certificates", openAi.toString(),
                "datalab.api.key", "dl",
                "datalab.trusted.certificates", datalab.toString()));

        assertThat(config.openAi(config.openAiCredentials().get("default"), 1)
                        .route()
                        .trustedCertificates())
                .isEqualTo(openAi);
        assertThat(config.datalab(config.datalabCredentials().get("default"), 1)
                        .route()
                        .trustedCertificates())
                .isEqualTo(datalab);

        var plain = new GenAiConfig(Map.of(
                "bootstrap.servers", "b:1", "datalab.api.key", "dl", "openai.trusted.certificates", "/openai.pem"));
        assertThat(plain.datalab(plain.datalabCredentials().get("default"), 1)
                        .route()
                        .trustedCertificates())
                .isNull();
    }

    @Test
    void shouldGiveEachCredentialItsProxy() throws Exception {
        Path login = Files.writeString(dir.resolve("login"), "me:s3cr3t-word\n");
        Path file = Files.writeString(dir.resolve("worker.properties"), """
                https.proxy=http://for-all:1
                openai.api.key=sk-1
                openai.http.proxy=http://own:2
                openai.http.proxy.credentials.file=%s
                openai.credentials=inherits,other,none
                openai.credentials.inherits.api.key=sk-2
                openai.credentials.other.api.key=sk-3
                openai.credentials.other.http.proxy=http://me:word@other:3
                openai.credentials.none.api.key=sk-4
                openai.credentials.none.http.proxy=none
                datalab.api.key=dl-1
                """.formatted(login));
        GenAiConfig config = config(ConfigSources.merge(file, new Properties(), Map.of(), Map.of()));

        assertThat(config.openAiCredentials().values())
                .extracting(Credential::place)
                .containsExactly(
                        "https://api.openai.com/v1 by way of own:2",
                        "https://api.openai.com/v1 by way of own:2",
                        "https://api.openai.com/v1 by way of other:3",
                        "https://api.openai.com/v1");
        assertThat(config.datalabCredentials().get("default").place()).endsWith(" by way of for-all:1");
        assertThat(config.toString() + config.values() + config.openAiCredentials())
                .doesNotContain("s3cr3t", "me:word");
    }

    @ParameterizedTest
    @CsvSource({
        "https.proxy,socks5://me:s3cr3t@proxy:1,https.proxy (or HTTPS_PROXY of the environment) must be http://",
        "openai.http.proxy,http://me:s3cr3t@proxy:0,openai.http.proxy has no valid port",
        "https.proxy.credentials.file,/no/such/file,https.proxy.credentials.file",
        "openai.client.certificate,/no/such/file,Set both openai.client.certificate and openai.client.key",
        "openai.client.key,/no/such/file,Set both openai.client.certificate and openai.client.key",
        "openai.trusted.certificates,/no/such/file,openai.trusted.certificates cannot be read",
    })
    void shouldNameTheSettingOfAWayThatCannotBeTaken(String key, String value, String told) {
        Map<String, String> settings = new HashMap<>(Map.of("openai.api.key", "sk-1", "https.proxy", "http://proxy:1"));
        settings.put(key, value);
        GenAiConfig config = config(settings);

        assertThatThrownBy(() -> config.openAi(config.openAiCredentials().get("default"), 1))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(told)
                .hasMessageNotContaining("s3cr3t");
    }

    @Test
    void shouldKeepTheClientCertificateOfACredentialToItself() throws Exception {
        Identity identity = new TestCertificates(dir, "authority").issue("worker", new CertificateBuilder());
        GenAiConfig config = config(Map.of(
                "openai.api.key",
                "sk-1",
                "openai.client.certificate",
                identity.certificate().toString(),
                "openai.client.key",
                identity.key().toString(),
                "openai.trusted.certificates",
                identity.certificate().toString(),
                "openai.credentials",
                "other",
                "openai.credentials.other.api.key",
                "sk-2"));

        assertThat(config.openAiCredentials().get("default").route().read().certificate())
                .isNotNull();
        assertThat(config.openAiCredentials().get("other").route().read().certificate())
                .isNull();
        assertThat(config.openAiCredentials().get("other").route().read().trustedCertificates())
                .isEqualTo(identity.certificate());
    }

    @Test
    void shouldTakeTheProxyOfTheEnvironmentWhereNoSettingSaysOtherwise() throws IOException {
        Map<String, String> environment = Map.of("https_proxy", "http://env:1", "NO_PROXY", "gw.internal");
        Path file = Files.writeString(dir.resolve("worker.properties"), "https.proxy=http://file:1");

        assertThat(ConfigSources.merge(null, new Properties(), environment, Map.of()))
                .isEqualTo(Map.of("https.proxy", "http://env:1", "no.proxy", "gw.internal"));
        assertThat(ConfigSources.merge(file, new Properties(), environment, Map.of()))
                .containsEntry("https.proxy", "http://file:1");
        assertThat(ConfigSources.merge(
                        null, new Properties(), Map.of("HTTPS_PROXY", "a:1", "GENAI_HTTPS_PROXY", "none"), Map.of()))
                .isEqualTo(Map.of("https.proxy", "none"));
    }

    /** Each way in which Kafka Streams lets a setting be given, for what we have a default of our own for. */
    @ParameterizedTest
    @CsvSource({
        "compression.type,zstd",
        "producer.compression.type,zstd",
        "max.request.size,20000000",
        "producer.max.request.size,20000000",
        "transaction.timeout.ms,345678",
        "producer.transaction.timeout.ms,345678",
        "max.poll.interval.ms,345678",
        "main.consumer.max.poll.interval.ms,345678",
        "max.partition.fetch.bytes,345678",
        "consumer.max.partition.fetch.bytes,345678",
        "main.consumer.max.partition.fetch.bytes,345678",
        "metadata.max.age.ms,345678",
        "security.protocol,SASL_SSL",
        "admin.request.timeout.ms,34567",
        "request.timeout.ms,34567",
    })
    void shouldGiveKafkaWhatItsUserSetsHoweverItIsWritten(String key, String value) {
        GenAiConfig config = config(Map.of("kafka." + key, value));
        var streams = new StreamsConfig(config.streams().toProperties());

        Map<String, Object> all = new HashMap<>(streams.getProducerConfigs("p"));
        all.putAll(streams.getAdminConfigs("a"));
        all.putAll(streams.getMainConsumerConfigs("g", "c", 0));

        String name = key.replaceFirst("^(main\\.consumer|consumer|producer|admin)\\.", "");
        assertThat(all).containsEntry(name, value);
        if (!key.startsWith("main.") && !key.startsWith("consumer.") && !key.startsWith("producer.")) {
            assertThat(config.kafkaAdmin()).containsEntry(name, value);
        }
    }

    @Test
    void shouldKnowForHowLongAWorkerMayBeSilent() {
        assertThat(config(Map.of()).sessionTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(config(Map.of("worker.id", "w")).sessionTimeout()).isEqualTo(Duration.ofSeconds(20));
        assertThat(config(Map.of()).maxPollInterval()).isEqualTo(Duration.ofMinutes(15));
        assertThat(config(Map.of("kafka.session.timeout.ms", "7000", "kafka.max.poll.interval.ms", "8000"))
                        .maxPollInterval())
                .isEqualTo(Duration.ofSeconds(8));
        assertThat(config(Map.of(
                                "kafka.session.timeout.ms", "7000",
                                "kafka.consumer.session.timeout.ms", "9000",
                                "kafka.main.consumer.session.timeout.ms", "10000"))
                        .sessionTimeout())
                .isEqualTo(Duration.ofSeconds(10));
        assertThatThrownBy(() -> config(Map.of("kafka.consumer.session.timeout.ms", "soon")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("kafka.consumer.session.timeout.ms")
                .hasMessageContaining("soon");
    }

    /** A rebalance waits for a dead member, and for another one's calls in flight; nobody commits meanwhile. */
    @ParameterizedTest
    @CsvSource({
        "drain.timeout.ms,60000,85000",
        "worker.id,w,95000",
        "drain.timeout.ms,20000,45000",
        "kafka.session.timeout.ms,120000,195000",
        "kafka.main.consumer.session.timeout.ms,120000,195000",
        "kafka.session.timeout.ms,1800000,900000",
    })
    void shouldLetATransactionBeOpenForAsLongAsARebalanceMayWait(String key, String value, int millis) {
        var streams = new StreamsConfig(config(Map.of(key, value)).streams().toProperties());
        assertThat(streams.getProducerConfigs("p")).containsEntry("transaction.timeout.ms", millis);
    }

    @ParameterizedTest
    @CsvSource({
        "bootstrap.servers,b:1,bootstrap.servers",
        "application.id,a,application.id",
        "group.id,a,application.id",
        "group.instance.id,a,worker.id",
        "main.consumer.group.instance.id,a,worker.id",
        "state.dir,/x,state.dir",
        "num.stream.threads,2,stream.threads",
        "commit.interval.ms,10,commit.interval.ms",
        "max.poll.records,10,max.poll.records",
        "consumer.max.poll.records,10,max.poll.records",
        "processing.guarantee,at_least_once,exactly_once_v2",
        "group.protocol,streams,classic",
        "isolation.level,read_uncommitted,read_committed",
        "consumer.isolation.level,read_uncommitted,read_committed",
        "auto.offset.reset,latest,earliest",
        "main.consumer.auto.offset.reset,latest,earliest",
        "enable.auto.commit,true,false",
        "allow.auto.create.topics,true,false",
        "enable.idempotence,false,true",
        "producer.acks,1,all",
        "max.task.idle.ms,5,-1",
        "acceptable.recovery.lag,5,9223372036854775807",
        "ensure.explicit.internal.resource.naming,false,true",
        "transactional.id,t,itself",
        "partition.assignment.strategy,x,itself",
        "key.serializer,x,itself",
        "value.deserializer,x,itself",
        "default.timestamp.extractor,x,itself",
        "default.client.supplier,x,itself",
        "task.assignor.class,x,itself",
        "max.request.size,1000000,record.max.bytes",
        "producer.max.request.size,1000000,record.max.bytes",
    })
    void shouldRefuseByNameWhatIsNotTheUsersToChooseAndSayWhatToDo(String key, String value, String told) {
        assertThatThrownBy(() -> config(Map.of("kafka." + key, value)))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("kafka." + key)
                .hasMessageContaining(told);
    }

    @Test
    void shouldTakeAValueThatSaysWhatHoldsAnyway() {
        GenAiConfig config = config(Map.of(
                "kafka.processing.guarantee", "exactly_once_v2",
                "kafka.isolation.level", "read_committed",
                "kafka.acks", "-1",
                "kafka.enable.idempotence", "true"));

        assertThat(config.streams().toProperties())
                .containsEntry(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    }

    /** What the worker sets over its users' settings has to be refused, or it would be overridden without a word. */
    @Test
    void shouldOverrideNothingWithoutAWord() {
        Properties ours = config(Map.of("worker.id", "w")).streams().toProperties();

        assertThat(ours.keySet()).hasSizeGreaterThan(10).allSatisfy(key -> {
            try {
                assertThat(config(Map.of("kafka." + key, "other")).streams().toProperties())
                        .containsEntry(key, "other");
            } catch (ConfigException refused) {
                assertThat(refused).hasMessageContaining("kafka." + key);
            }
        });
    }

    @Test
    void shouldTakeTheEnvironmentOverSystemPropertiesOverTheFileAndTheCallersWordOverAll() throws IOException {
        Path file = dir.resolve("worker.properties");
        Files.writeString(file, "topic.prefix=file.\napplication.id=file\nworker.id=file\nstate.dir=file\n");
        Properties system = new Properties();
        system.setProperty("genai.application.id", "system");
        system.setProperty("genai.worker.id", "system");
        system.setProperty("genai.state.dir", "system");
        Map<String, String> environment = Map.of(
                "GENAI_WORKER_ID", "environment",
                "GENAI_STATE_DIR", "environment",
                "GENAI_HOME", "ignored",
                "GENAI_KAFKA_SASL_MECHANISM", "PLAIN",
                "OPENAI_API_KEY", "sk-1");
        Map<String, String> overrides = new HashMap<>(Map.of("state.dir", "caller"));
        overrides.put("topic.prefix", null);

        assertThat(ConfigSources.merge(file, system, environment, overrides))
                .containsOnly(
                        Map.entry("topic.prefix", "file."),
                        Map.entry("application.id", "system"),
                        Map.entry("worker.id", "environment"),
                        Map.entry("state.dir", "caller"),
                        Map.entry("kafka.sasl.mechanism", "PLAIN"),
                        Map.entry("openai.api.key", "sk-1"));
    }

    @Test
    void shouldSayWhichFileCannotBeRead() {
        assertThatThrownBy(() -> ConfigSources.merge(dir.resolve("missing"), new Properties(), Map.of(), Map.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("missing");
    }

    @Test
    void shouldRefuseAFlatShapeOfRecordsThatAreNotJson() {
        assertThatThrownBy(() -> config(Map.of("result.shape", "flat", "result.format", "avro")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("result.shape")
                .hasMessageContaining("set result.format=json, or leave result.shape out");
        assertThat(config(Map.of("result.format", "avro")).resultShape()).isEqualTo(ResultShape.NESTED);
    }

    @Test
    void shouldGiveTheSchemaRegistryToReadersAndNotToKafka() {
        Map<String, String> environment = Map.of("GENAI_SCHEMA_REGISTRY_URL", "http://registry:8081");
        Map<String, String> settings =
                new HashMap<>(ConfigSources.merge(null, new Properties(), environment, Map.of()));
        settings.put("bootstrap.servers", "b:9092");
        GenAiConfig config = new GenAiConfig(settings);

        assertThat(config.schemaRegistry()).isPresent();
        assertThat(config.batchClient()).containsEntry("schema.registry.url", "http://registry:8081");
        assertThat(config.kafkaClient().keySet()).noneMatch(key -> key.startsWith("schema."));
        assertThat(config.streams().toProperties().keySet())
                .noneMatch(key -> key.toString().startsWith("schema."));
        assertThatThrownBy(() -> config(Map.of("schema.registry.user", "ann")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("schema.registry.url");
    }

    @Test
    void shouldBoundDocumentsAsAnAccountOfTheApiIs() {
        GenAiConfig config = config(Map.of("datalab.api.key", "dl-key-of-nobody"));

        assertThat(config.getInt("datalab.requests.per.minute")).isEqualTo(200);
        assertThat(config.getInt("datalab.max.concurrent.requests")).isEqualTo(400);
        assertThat(config.getInt("datalab.max.pages.in.flight")).isEqualTo(5_000);
    }

    @Test
    void shouldKeepAnswersOfUpToAThirdOfARecordInItAndAQuarterIfTheyAreTexts() {
        assertThat(config(Map.of("record.max.bytes", "12000000")).largestAnswerInRecord())
                .isEqualTo(4_000_000);
        assertThat(config(Map.of("record.max.bytes", "12000000", "result.shape", "flat"))
                        .largestAnswerInRecord())
                .isEqualTo(3_000_000);
        assertThat(config(Map.of("record.max.bytes", "12000000", "result.max.bytes", "10000000"))
                        .largestDocumentInRecord())
                .isEqualTo(10_000_000);
    }

    @ParameterizedTest
    @CsvSource({"nested, 2097152", "flat, 2097152", "nested, 12582912", "flat, 12582912"})
    void shouldLeaveRoomInARecordForTheLargestAnswerHoweverItIsEscaped(String shape, int recordMaxBytes) {
        GenAiConfig config = config(Map.of(
                "result.shape", shape,
                "record.max.bytes", Integer.toString(recordMaxBytes),
                "result.max.bytes", Integer.toString(recordMaxBytes - (1 << 20))));
        // A text of quotes: each is two bytes in JSON, and four as a text within JSON.
        String quotes = "\"".repeat((config.largestAnswerInRecord() - 20) / 2);
        CallResult answered = CallResult.builder(new ItemKey("b", 0), "responses")
                .success(true)
                .rawResponse(JsonNodeFactory.instance.objectNode().put("text", quotes))
                .outputText(quotes)
                .submittedAt(Instant.EPOCH)
                .completedAt(Instant.EPOCH)
                .build();

        int bytes = config.resultShape().codec().encode(answered, WireFormat.JSON).length;

        assertThat(bytes).isLessThan(recordMaxBytes - 2_000);
        CallResult converted = answered.toBuilder()
                .rawResponse(null)
                .outputText(null)
                .jsonResponse(JsonNodeFactory.instance
                        .objectNode()
                        .put("html", "\"".repeat((config.largestDocumentInRecord() - 20) / 2)))
                .build();
        assertThat(config.resultShape().codec().encode(converted, WireFormat.JSON).length)
                .isLessThan(recordMaxBytes - 2_000);
    }

    private static GenAiConfig config(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put(GenAiConfig.BOOTSTRAP_SERVERS, "localhost:9092");
        return new GenAiConfig(all);
    }
}

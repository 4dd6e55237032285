package io.github.genaistreams.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.github.genaistreams.AclTable;
import io.github.genaistreams.AclTable.Rule;
import io.github.genaistreams.TestCertificates;
import io.github.genaistreams.TestDocuments;
import io.github.genaistreams.client.BatchClient;
import io.github.genaistreams.client.BatchHandle;
import io.github.genaistreams.embedded.LocalKafka;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.sandbox.ApiSandbox;
import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.SandboxSettings;
import io.github.genaistreams.serve.GenAiServer;
import io.github.genaistreams.serve.ServerClient;
import io.github.genaistreams.wire.WireHeaders;
import io.github.genaistreams.worker.ConfigSources;
import io.github.genaistreams.worker.GenAiConfig;
import io.github.genaistreams.worker.Worker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.SecurityUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * A cluster with TLS, SASL and ACLs that allows nothing but the table in docs/security.md: with it, everybody can do their work, and
 * nothing in it is too much.
 */
class ClusterWithAclsTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** As Kafka's documentation has it. */
    private static final Set<AclOperation> IMPLY_DESCRIBE =
            Set.of(AclOperation.READ, AclOperation.WRITE, AclOperation.DELETE, AclOperation.ALTER);

    private static final String WORKER = "genai-worker";
    private static final String CLIENT = "genai-client";
    private static final String READER = "genai-reader";
    private static final String SERVE = "genai-serve";
    private static final String OPERATOR = "genai-operator";

    @TempDir
    Path dir;

    private final Decisions decisions = new Decisions();
    private final List<Rule> rules = AclTable.rules();
    private Path trusted;
    private LocalKafka kafka;
    private ApiSandbox sandbox;

    /** What somebody wanted to do. */
    private record Asked(String principal, AclOperation operation, ResourceType type, String name) {}

    /** What the broker has decided, from its audit log. */
    private static final class Decisions extends AppenderBase<ILoggingEvent> {

        private static final Pattern LINE =
                Pattern.compile("Principal = User:(\\S+) is (Allowed|Denied) operation = (\\S+) .*"
                        + "on resource = (\\w+):LITERAL:(.*) for request.*");

        private final Set<Asked> allowed = ConcurrentHashMap.newKeySet();
        private final Set<Asked> denied = ConcurrentHashMap.newKeySet();

        @Override
        protected void append(ILoggingEvent event) {
            Matcher line = LINE.matcher(event.getFormattedMessage());
            if (line.matches()) {
                var asked = new Asked(
                        line.group(1),
                        AclOperation.fromString(line.group(3)),
                        SecurityUtils.resourceType(line.group(4)),
                        line.group(5));
                if (line.group(2).equals("Allowed")) {
                    allowed.add(asked);
                } else if (event.getLevel() == Level.INFO) {
                    // At other levels Kafka only looks what to show.
                    denied.add(asked);
                }
            }
        }
    }

    @BeforeEach
    void start() throws Exception {
        Logger audit = (Logger) LoggerFactory.getLogger("kafka.authorizer.logger");
        audit.setLevel(Level.TRACE);
        audit.setAdditive(false);
        decisions.start();
        audit.addAppender(decisions);

        var certificates = new TestCertificates(dir, "test");
        trusted = certificates.trusted();
        var server = certificates.server();
        Path keyStore = Files.writeString(
                dir.resolve("keystore.pem"), Files.readString(server.key()) + Files.readString(server.certificate()));
        String users = Stream.of("broker", WORKER, CLIENT, READER, SERVE, OPERATOR)
                .map(user -> " user_%s=\"of-%s\"".formatted(user, user))
                .collect(joining("", login("broker"), ";"));
        kafka = LocalKafka.start(LocalKafka.Options.temporary()
                .withBroker(Map.ofEntries(
                        Map.entry("listener.security.protocol.map", "CLIENTS:SASL_SSL,CONTROLLER:PLAINTEXT"),
                        Map.entry("sasl.enabled.mechanisms", "PLAIN"),
                        Map.entry("sasl.mechanism.inter.broker.protocol", "PLAIN"),
                        Map.entry("listener.name.clients.plain.sasl.jaas.config", users),
                        Map.entry("ssl.keystore.type", "PEM"),
                        Map.entry("ssl.keystore.location", keyStore.toString()),
                        Map.entry("ssl.truststore.type", "PEM"),
                        Map.entry("ssl.truststore.location", trusted.toString()),
                        Map.entry("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"),
                        Map.entry("super.users", "User:broker;User:ANONYMOUS"))));
        try (Admin admin = Admin.create(kafka("broker"))) {
            admin.createAcls(rules.stream().map(ClusterWithAclsTest::binding).toList())
                    .all()
                    .get();
        }
        sandbox = ApiSandbox.start(SandboxSettings.DEFAULTS.withFaults(Map.of(Fault.SERVER_ERROR, 0.2)));
    }

    @AfterEach
    void stop() {
        ((Logger) LoggerFactory.getLogger("kafka.authorizer.logger")).detachAppender(decisions);
        sandbox.close();
        kafka.close();
    }

    @Test
    void whatTheTableAllowsIsEnoughAndNoneOfItIsTooMuch() throws Exception {
        assertThat(genai(OPERATOR, "topics", "create", "--partitions", "1").status())
                .isZero();
        try (var killed = leftOpen();
                Worker worker = Worker.start(workerConfig())) {
            submitAndRepair();
            read();
            serve();
            await().atMost(PATIENCE)
                    .until(() -> genai(OPERATOR, "dead-letters", "list").lines().size() == 3);
            assertThat(genai(OPERATOR, "dead-letters", "replay", "--all").err()).contains("3 dead letters replayed");
            assertThat(genai(OPERATOR, "topics", "grow", "--partitions", "2").status())
                    .isZero();
            assertThat(worker.hasFailed()).isFalse();
            // Readers have seen what is behind it: the worker may end what another one has left open.
            assertThatThrownBy(killed::commitTransaction).isInstanceOf(KafkaException.class);
        }

        assertThat(decisions.denied).isEmpty();
        assertThat(unneeded()).isEmpty();
    }

    /** What a worker leaves behind that is killed in a transaction. */
    private KafkaProducer<byte[], byte[]> leftOpen() {
        Map<String, Object> settings = kafka(WORKER);
        settings.put("transactional.id", WORKER + "-" + UUID.randomUUID() + "-1");
        settings.put("transaction.timeout.ms", (int) Duration.ofMinutes(10).toMillis());
        var producer = new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
        producer.initTransactions();
        producer.beginTransaction();
        producer.send(new ProducerRecord<>("genai.results", "{}".getBytes(UTF_8)));
        producer.flush();
        return producer;
    }

    private static AclBinding binding(Rule rule) {
        return new AclBinding(
                new ResourcePattern(rule.type(), rule.name(), rule.pattern()),
                new AccessControlEntry("User:" + rule.principal(), "*", rule.operation(), AclPermissionType.ALLOW));
    }

    private static boolean allows(Rule rule, Asked asked) {
        return rule.principal().equals(asked.principal())
                && rule.type() == asked.type()
                && (rule.pattern() == PatternType.LITERAL
                        ? asked.name().equals(rule.name())
                        : asked.name().startsWith(rule.name()))
                && (rule.operation() == asked.operation()
                        || asked.operation() == AclOperation.DESCRIBE && IMPLY_DESCRIBE.contains(rule.operation()));
    }

    /** Those without which all that was asked for would be allowed as well. */
    private Set<Rule> unneeded() {
        Set<Rule> unneeded = new HashSet<>(rules);
        for (Asked asked : decisions.allowed) {
            List<Rule> allowing =
                    rules.stream().filter(rule -> allows(rule, asked)).toList();
            if (allowing.size() == 1) {
                unneeded.remove(allowing.get(0));
            }
        }
        return unneeded;
    }

    private void submitAndRepair() throws Exception {
        try (var client = new BatchClient(kafka(CLIENT))) {
            List<ResponsesRequest> texts = IntStream.range(0, 3)
                    .mapToObj(i -> ResponsesRequest.builder().model("gpt-4o-mini").userPrompt("Question " + i).stream(
                                    i == 0)
                            .retryDelayMinMs(1)
                            .build())
                    .toList();
            List<DocumentRequest> documents = List.of(
                    DocumentRequest.builder()
                            .document(TestDocuments.pdf("One", 1))
                            .pollIntervalSecs(1)
                            .baseRetryDelaySecs(0)
                            .build(),
                    DocumentRequest.builder().fileUrl("http://169.254.169.254/").build());
            BatchHandle many = client.urgent()
                    .submitMissing("many", texts, Map.of(WireHeaders.ORDERED, "1"))
                    .handle();
            client.urgent()
                    .submitMissingDocuments("documents", documents, index -> Map.of())
                    .handle()
                    .await(PATIENCE);
            many.await(PATIENCE);
            client.retryFailed("documents", error -> true).results().close();
            many.cancel();
        }
        try (var producer = new KafkaProducer<>(kafka(CLIENT), new ByteArraySerializer(), new ByteArraySerializer())) {
            for (String value : List.of(
                    "{\"batch_id\":\"whole\",\"model\":\"gpt-4o-mini\",\"user_prompts\":[\"a\",\"b\"]}", "no JSON")) {
                producer.send(new ProducerRecord<>("genai.responses.requests", value.getBytes(UTF_8)));
                producer.send(new ProducerRecord<>("genai.documents.requests", value.getBytes(UTF_8)));
            }
        }
    }

    private void read() {
        // Looks for what was submitted again, too.
        assertThat(genai(READER, "results", "documents", "--follow").out())
                .contains("One, page 0", "`file_url`", GenAiConfig.DATALAB_URL_HOSTS);
        Map<String, Object> settings = kafka(READER);
        settings.put("group.id", "genai-reader-1");
        settings.put("auto.offset.reset", "earliest");
        settings.put("isolation.level", "read_committed");
        try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
            consumer.subscribe(List.of("genai.results", "genai.results.ordered", "genai.batches", "genai.deltas"));
            Set<String> seen = new HashSet<>();
            await().atMost(PATIENCE).until(() -> {
                consumer.poll(Duration.ofMillis(100)).forEach(record -> seen.add(record.topic()));
                return seen.size() == 4;
            });
            consumer.commitSync();
        }
    }

    private void serve() throws Exception {
        GenAiConfig config = config(
                SERVE,
                Map.of(
                        GenAiConfig.SERVE_PORT,
                        "0",
                        GenAiConfig.DOCUMENT_STORE,
                        dir.resolve("documents").toString()));
        try (GenAiServer server = GenAiServer.open(config);
                var client = new BatchClient(kafka(SERVE))) {
            var caller = new ServerClient(server.address(), null);
            String batch = caller.batch(ServerClient.lines(2), "{\"max_cost_usd\":\"5\"}");
            String response = caller.post(
                            "/v1/responses", "{\"model\":\"gpt-4o-mini\",\"input\":\"Question\",\"background\":true}")
                    .at("/id");
            assertThat(caller.results(caller.ended(batch).at("/output_file_id")))
                    .hasSize(2);
            await().atMost(PATIENCE)
                    .until(() -> caller.get("/v1/responses/" + response).at("/status"), "completed"::equals);
            client.retryFailed(batch, error -> true).results().close();
            String documents = caller.form(
                            "/v1/documents", ServerClient.part("file", "a.pdf", TestDocuments.pdf("One", 1)))
                    .at("/id");
            caller.ended(documents);
            client.retryFailed(documents, error -> true).results().close();
            assertThat(caller.get("/api/workers").json().get("workers")).hasSize(1);
        }
    }

    private GenAi.Outcome genai(String principal, String... arguments) {
        List<String> all = new ArrayList<>(List.of(arguments));
        all.addAll(List.of("--config", settings(principal).toString()));
        return new GenAi().run(all.toArray(String[]::new));
    }

    private GenAiConfig workerConfig() {
        return config(
                WORKER,
                Map.of(
                        GenAiConfig.OPENAI_API_KEY,
                        "sk-test",
                        GenAiConfig.OPENAI_BASE_URL,
                        sandbox.baseUrl(),
                        GenAiConfig.DATALAB_API_KEY,
                        "dl-test",
                        GenAiConfig.DATALAB_API_URL,
                        sandbox.datalabUrl(),
                        GenAiConfig.DATALAB_URL_HOSTS,
                        "files.example.com",
                        GenAiConfig.DELTAS_ENABLED,
                        "true",
                        GenAiConfig.STATE_DIR,
                        dir.resolve("state").toString(),
                        GenAiConfig.DOCUMENT_STORE,
                        dir.resolve("documents").toString()));
    }

    /** For Kafka's own clients. */
    private Map<String, Object> kafka(String principal) {
        return config(principal, Map.of()).kafka().client();
    }

    private GenAiConfig config(String principal, Map<String, String> more) {
        return new GenAiConfig(ConfigSources.merge(settings(principal), new Properties(), Map.of(), more));
    }

    /** A file as an operator would write it, the secret in another one. */
    private Path settings(String principal) {
        try {
            Path secrets = Files.createDirectories(dir.resolve("secrets"));
            Files.writeString(secrets.resolve(principal), login(principal) + ";\n");
            return Files.writeString(dir.resolve(principal + ".properties"), """
                    bootstrap.servers=%s
                    kafka.security.protocol=SASL_SSL
                    kafka.sasl.mechanism=PLAIN
                    kafka.sasl.jaas.config=${directory:%s:%s}
                    kafka.ssl.truststore.type=PEM
                    kafka.ssl.truststore.location=%s
                    """.formatted(
                            kafka.bootstrapServers(), secrets, principal, trusted));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String login(String principal) {
        return "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"%s\" password=\"of-%s\""
                .formatted(principal, principal);
    }
}

package io.github.genaistreams.worker;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.NO_DEFAULT_VALUE;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Range.between;

import io.github.genaistreams.flow.HoldSettings;
import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.flow.Pace;
import io.github.genaistreams.model.HostPort;
import io.github.genaistreams.provider.UrlHosts;
import io.github.genaistreams.provider.http.HttpSettings;
import io.github.genaistreams.provider.openai.OpenAiClient;
import io.github.genaistreams.provider.openai.price.PriceTable;
import io.github.genaistreams.provider.openai.price.PriceTableException;
import io.github.genaistreams.registry.RegistrySettings;
import io.github.genaistreams.store.DirectoryStore;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.store.S3Store;
import io.github.genaistreams.topology.StreamsSettings;
import io.github.genaistreams.topology.batch.BatchSettings;
import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.wire.ResultShape;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.worker.CredentialSettings.Credential;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.ValidString;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.kafka.common.config.provider.FileConfigProvider;
import org.apache.kafka.streams.StreamsConfig;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * All settings of a worker, in one documented table ({@link #DEFINITION}). The table in docs/settings.md is printed
 * from it. Immutable and thread-safe. {@link ConfigSources} lists the sources of values.
 *
 * <p>A key that starts with {@value #KAFKA_PREFIX} goes to the Kafka clients and to Kafka Streams, without this prefix.
 */
public final class GenAiConfig extends AbstractConfig {

    public static final String KAFKA_PREFIX = "kafka.";

    /** Kafka's own providers that read a value from a file. A user's choice of providers wins. */
    private static final Map<String, String> SECRETS_BY_FILE = Map.of(
            AbstractConfig.CONFIG_PROVIDERS_CONFIG,
            "file,directory",
            AbstractConfig.CONFIG_PROVIDERS_CONFIG + ".file.class",
            FileConfigProvider.class.getName(),
            AbstractConfig.CONFIG_PROVIDERS_CONFIG + ".directory.class",
            DirectoryConfigProvider.class.getName());

    private static final int MIN_ANSWER_BYTES = 1_024;

    /** For the document API. No larger answer has been seen. */
    private static final long MAX_DEFAULT_ANSWER_BYTES = 128 << 20;

    private static final String URGENT_SLOTS =
            "Additional calls in flight per partition, reserved for urgent requests. -1: a tenth of the slots, at"
                    + " least 1.";

    private static final int A_TENTH = -1;

    private static final String WAITING =
            "Maximum number of requests per partition that wait before their call (for a retry, or for a key on"
                    + " hold). At this number, intake pauses. Other requests are called meanwhile.";

    /** Stands for the user's home directory in {@link #STATE_DIR} and {@link #DOCUMENT_STORE}. */
    private static final String USER_HOME = "${user.home}";

    public static final String BOOTSTRAP_SERVERS = "bootstrap.servers";
    public static final String APPLICATION_ID = "application.id";
    public static final String WORKER_ID = "worker.id";
    public static final String TOPIC_PREFIX = "topic.prefix";
    public static final String RESULT_FORMAT = "result.format";
    public static final String RESULT_SHAPE = "result.shape";
    public static final String RECORD_MAX_BYTES = "record.max.bytes";
    public static final String STATE_DIR = "state.dir";
    public static final String STREAM_THREADS = "stream.threads";
    public static final String LANE_SLOTS = "responses.lane.slots";
    public static final String LANE_URGENT_SLOTS = "responses.lane.urgent.slots";
    public static final String LANE_CAPACITY = "responses.lane.capacity";
    public static final String LANE_WAITING_CAPACITY = "responses.lane.waiting.capacity";
    public static final String LANE_CAPACITY_BYTES = "responses.lane.capacity.bytes";
    public static final String DOCUMENTS_LANE_SLOTS = "documents.lane.slots";
    public static final String DOCUMENTS_LANE_URGENT_SLOTS = "documents.lane.urgent.slots";
    public static final String DOCUMENTS_LANE_CAPACITY = "documents.lane.capacity";
    public static final String DOCUMENTS_LANE_WAITING_CAPACITY = "documents.lane.waiting.capacity";
    public static final String DOCUMENTS_LANE_CAPACITY_BYTES = "documents.lane.capacity.bytes";
    public static final String DOCUMENT_STORE = "document.store";
    public static final String DOCUMENT_STORE_ENDPOINT = "document.store.endpoint";
    public static final String DOCUMENT_STORE_REGION = "document.store.region";
    public static final String RESULT_MAX_BYTES = "result.max.bytes";
    public static final String DATALAB_RESPONSE_MAX_BYTES = "datalab.response.max.bytes";
    public static final String BATCH_STATUS_INTERVAL_MS = "batch.status.interval.ms";
    public static final String BATCH_RETENTION_MS = "batch.retention.ms";
    public static final String RESULTS_ORDERED = "results.ordered";
    public static final String DEDUP_RETENTION_MS = "dedup.retention.ms";
    public static final String MAX_POLL_RECORDS = "max.poll.records";
    public static final String COMMIT_INTERVAL_MS = "commit.interval.ms";
    public static final String COMMIT_INTERVAL_MIN_MS = "commit.interval.min.ms";
    public static final String DRAIN_TIMEOUT_MS = "drain.timeout.ms";
    public static final String LIMITS_SHARE = "limits.share";
    public static final String ADAPTIVE = "adaptive";
    public static final String OUTAGE_HOLD_MAX_MS = "outage.hold.max.ms";
    public static final String ON_KEY_REFUSED = "on.key.refused";
    public static final String ON_QUOTA_EXHAUSTED = "on.quota.exhausted";
    public static final String THREAD_FAILURES_MAX = "thread.failures.max";
    public static final String PRICES_FILE = "prices.file";
    public static final String DELTAS_ENABLED = "deltas.enabled";
    public static final String LOG_SUMMARY_INTERVAL_MS = "log.summary.interval.ms";
    public static final String OPENAI_API_KEY = "openai.api.key";
    public static final String OPENAI_BASE_URL = "openai.base.url";
    public static final String DATALAB_API_KEY = "datalab.api.key";
    public static final String DATALAB_API_URL = "datalab.api.url";
    public static final String OPENAI_RESPONSE_MAX_BYTES = "openai.response.max.bytes";
    public static final String HTTP_EVENT_LOOPS = "http.event.loops";
    public static final String OPENAI_URL_HOSTS = "openai.url.hosts";
    public static final String DATALAB_URL_HOSTS = "datalab.url.hosts";
    public static final String HTTPS_PROXY = "https.proxy";
    public static final String HTTPS_PROXY_CREDENTIALS_FILE = "https.proxy.credentials.file";
    public static final String NO_PROXY = "no.proxy";
    public static final String HTTP_PORT = "http.port";
    public static final String HTTP_HOST = "http.host";
    public static final String SERVE_PORT = "serve.port";
    public static final String SERVE_HOST = "serve.host";
    public static final String SERVE_HOSTS = "serve.hosts";
    public static final String SERVE_KEYS_FILE = "serve.keys.file";
    public static final String SERVE_FILE_MAX_BYTES = "serve.file.max.bytes";

    static final CredentialSettings OPENAI = CredentialSettings.openAi(OpenAiClient.OPENAI.toString());
    static final CredentialSettings DATALAB = CredentialSettings.datalab("https://www.datalab.to/api/v1/marker");

    public static final ConfigDef DEFINITION = RegistrySettings.defineIn(
                    DATALAB.defineIn(OPENAI.defineIn(new ConfigDef()
                            .define(
                                    BOOTSTRAP_SERVERS,
                                    Type.STRING,
                                    NO_DEFAULT_VALUE,
                                    new ConfigDef.NonEmptyString(),
                                    HIGH,
                                    "Kafka brokers for the first connection, as host:port, separated by commas."))))
            .define(
                    APPLICATION_ID,
                    Type.STRING,
                    "genai-worker",
                    new ConfigDef.NonEmptyString(),
                    MEDIUM,
                    "Name of the worker group. Workers with the same name share the partitions. The consumer group"
                            + " has the same name, and the names of the journal's changelog topics start with it.")
            .define(
                    WORKER_ID,
                    Type.STRING,
                    null,
                    MEDIUM,
                    "Name of this worker. It must stay the same across restarts, like the name of a pod in a"
                            + " StatefulSet. It makes the worker a static member of the group, which keeps its"
                            + " partitions when it restarts. Empty: other workers take over as soon as this one"
                            + " stops.")
            .define(TOPIC_PREFIX, Type.STRING, Topics.DEFAULT_PREFIX, MEDIUM, "Prefix of all topic names.")
            .define(
                    STATE_DIR,
                    Type.STRING,
                    USER_HOME + "/.genai-streams/state",
                    MEDIUM,
                    "Directory for the local copy of the journal. If the disk survives a restart, the worker does not"
                            + " have to read the whole changelog again.")
            .define(
                    LANE_SLOTS,
                    Type.INT,
                    10,
                    between(1, 10_000),
                    HIGH,
                    "Maximum number of calls in flight per partition of the request topic.")
            .define(LANE_URGENT_SLOTS, Type.INT, A_TENTH, atLeast(A_TENTH), MEDIUM, URGENT_SLOTS)
            .define(
                    LANE_CAPACITY,
                    Type.INT,
                    1_000,
                    atLeast(1),
                    MEDIUM,
                    "Maximum number of requests per partition that are ready or in flight. At this number, intake"
                            + " pauses.")
            .define(LANE_WAITING_CAPACITY, Type.INT, 5_000, atLeast(1), LOW, WAITING)
            .define(
                    LANE_CAPACITY_BYTES,
                    Type.LONG,
                    64L << 20,
                    atLeast(1),
                    MEDIUM,
                    "Maximum size of the requests held per partition, in bytes. At this size, intake pauses. Requests"
                            + " that wait before their call have the same amount in addition.")
            .define(
                    DOCUMENTS_LANE_SLOTS,
                    Type.INT,
                    10,
                    between(1, 10_000),
                    HIGH,
                    "Maximum number of documents in flight per partition of the request topic. A document is in"
                            + " flight from its submission to its result.")
            .define(DOCUMENTS_LANE_URGENT_SLOTS, Type.INT, A_TENTH, atLeast(A_TENTH), MEDIUM, URGENT_SLOTS)
            .define(
                    DOCUMENTS_LANE_CAPACITY,
                    Type.INT,
                    1_000,
                    atLeast(1),
                    MEDIUM,
                    "Maximum number of document requests per partition that are ready or in flight. At this number,"
                            + " intake pauses.")
            .define(DOCUMENTS_LANE_WAITING_CAPACITY, Type.INT, 5_000, atLeast(1), LOW, WAITING)
            .define(
                    DOCUMENTS_LANE_CAPACITY_BYTES,
                    Type.LONG,
                    64L << 20,
                    atLeast(1),
                    MEDIUM,
                    "Maximum size of the document requests held per partition, in bytes. At this size, intake pauses."
                            + " Requests that wait before their call have the same amount in addition.")
            .define(
                    DOCUMENT_STORE,
                    Type.STRING,
                    USER_HOME + "/.genai-streams/documents",
                    MEDIUM,
                    "Store for documents and answers that are too large for a record: a directory, or"
                            + " s3://BUCKET/PREFIX. All clients and workers must use the same store. For a bucket,"
                            + " the AWS SDK finds the keys (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile,"
                            + " or a role).")
            .define(
                    DOCUMENT_STORE_ENDPOINT,
                    Type.STRING,
                    null,
                    LOW,
                    "Address of the S3 server if the bucket is not on AWS, for example http://localhost:9000.")
            .define(
                    DOCUMENT_STORE_REGION,
                    Type.STRING,
                    null,
                    LOW,
                    "Region of the bucket. Empty: the AWS SDK finds the region (AWS_REGION).")
            .define(
                    RESULT_MAX_BYTES,
                    Type.INT,
                    8 << 20,
                    atLeast(1_024),
                    LOW,
                    "Maximum size of a document's answer in a result record, in bytes. A larger answer goes to the"
                            + " document store. This must be at most record.max.bytes minus 1 MiB.")
            .define(
                    DATALAB_RESPONSE_MAX_BYTES,
                    Type.INT,
                    0,
                    atLeast(0),
                    LOW,
                    "Maximum size of an answer of the document API, in bytes. The item of a larger answer fails. 0:"
                            + " an eighth of the heap, but at most 128 MiB, because parsing an answer takes five"
                            + " times its size.")
            .define(
                    BATCH_STATUS_INTERVAL_MS,
                    Type.LONG,
                    1_000L,
                    atLeast(50),
                    LOW,
                    "Minimum time between two status records of a batch, in milliseconds. The first one and the one"
                            + " for the completed batch are written immediately.")
            .define(
                    BATCH_RETENTION_MS,
                    Type.LONG,
                    Duration.ofDays(7).toMillis(),
                    atLeast(1_000),
                    LOW,
                    "How long a worker remembers a batch after its latest result, in milliseconds. It should match"
                            + " the retention of the result topic.")
            .define(
                    RESULTS_ORDERED,
                    Type.BOOLEAN,
                    false,
                    MEDIUM,
                    "Whether the results of all batches are also published in index order. false: only for batches"
                            + " whose requests have the header genai.ordered.")
            .define(
                    DEDUP_RETENTION_MS,
                    Type.LONG,
                    Duration.ofDays(1).toMillis(),
                    atLeast(60_000),
                    MEDIUM,
                    "How long a worker remembers an answered item, in milliseconds. If the same request comes again,"
                            + " the worker counts it and does not call it, unless it has the header genai.retry.")
            .define(
                    STREAM_THREADS,
                    Type.INT,
                    1,
                    between(1, 256),
                    MEDIUM,
                    "Number of stream threads. They process the partitions.")
            .define(
                    MAX_POLL_RECORDS,
                    Type.INT,
                    200,
                    atLeast(1),
                    LOW,
                    "Maximum number of requests read in one poll. A partition can exceed its capacity by this number.")
            .define(
                    COMMIT_INTERVAL_MS,
                    Type.INT,
                    100,
                    atLeast(1),
                    LOW,
                    "Maximum time between two transactions of a thread, in milliseconds. Readers see results when"
                            + " they are committed. As long as commits take only a small part of its time, the thread"
                            + " commits more often, down to commit.interval.min.ms.")
            .define(
                    COMMIT_INTERVAL_MIN_MS,
                    Type.INT,
                    5,
                    atLeast(0),
                    LOW,
                    "Minimum time between two transactions of a thread, in milliseconds. A higher value saves"
                            + " broker load when there is little work.")
            .define(
                    DRAIN_TIMEOUT_MS,
                    Type.INT,
                    60_000,
                    between(0, 600_000),
                    MEDIUM,
                    "How long a worker waits for calls in flight when it stops or gives up a partition, in"
                            + " milliseconds. The next owner of the partition repeats calls that take longer. The"
                            + " process manager must allow more time than this before it kills the process.")
            .define(
                    LIMITS_SHARE,
                    Type.STRING,
                    "group",
                    ValidString.in("group", "none"),
                    MEDIUM,
                    "Whether the workers of a group share requests.per.minute and tokens.per.minute: group or none."
                            + " group: they are the limits of the account, and each worker uses a share in proportion"
                            + " to its partitions. none: each worker uses the full limits.")
            .define(
                    ADAPTIVE,
                    Type.STRING,
                    "observe",
                    ValidString.in("observe", "on", "off"),
                    LOW,
                    "Whether a worker adapts the number of concurrent calls to each model that has no known limit per"
                            + " minute: observe, on or off. on: the number grows until more calls give no more"
                            + " answers per second, or until the API refuses calls. The slots stay the upper limit."
                            + " observe: the worker only logs when fewer calls would be enough.")
            .define(
                    OUTAGE_HOLD_MAX_MS,
                    Type.LONG,
                    Duration.ofDays(1).toMillis(),
                    atLeast(0),
                    MEDIUM,
                    "How long an outage of an API may hold the calls of a credential, in milliseconds. During an"
                            + " outage, one call at a time checks whether the API is back, and no item loses an"
                            + " attempt. After this time, calls count as attempts again, and an item without further"
                            + " retries fails. 0: an outage holds no calls.")
            .define(
                    ON_KEY_REFUSED,
                    Type.STRING,
                    "hold",
                    ValidString.in("hold", "fail"),
                    MEDIUM,
                    "What happens when an API refuses a key: hold or fail. hold: calls with this credential wait"
                            + " until its key file contains another key. From time to time, the worker tries one"
                            + " call, and goes on if it succeeds. fail: each item fails.")
            .define(
                    ON_QUOTA_EXHAUSTED,
                    Type.STRING,
                    "hold",
                    ValidString.in("hold", "fail"),
                    MEDIUM,
                    "What happens when an account has no money left: hold or fail, as for on.key.refused.")
            .define(
                    RESULT_FORMAT,
                    Type.STRING,
                    "json",
                    ValidString.in("json", "avro"),
                    MEDIUM,
                    "Format of results and retries: json or avro. avro is single-object encoding; with"
                            + " schema.registry.url, records for readers outside this project are in Confluent's wire"
                            + " format.")
            .define(
                    RESULT_SHAPE,
                    Type.STRING,
                    "nested",
                    ValidString.in("nested", "flat"),
                    LOW,
                    "JSON form of results: nested or flat. nested: the answer and `error` are objects. flat: the"
                            + " answer is a string, `error` is the message, and error_type, param, code and"
                            + " is_retriable are separate fields, as in Python batch libraries. flat needs"
                            + " result.format=json.")
            .define(
                    RECORD_MAX_BYTES,
                    Type.INT,
                    12 << 20,
                    between(64 << 10, 512 << 20),
                    LOW,
                    "Maximum size of a record, in bytes. Topics that this tool creates allow this size plus some room"
                            + " for internal fields.")
            .define(
                    PRICES_FILE,
                    Type.STRING,
                    null,
                    LOW,
                    "File with prices, in the format of the included prices.tsv. Each row replaces the included row"
                            + " of the same model and tier.")
            .define(
                    DELTAS_ENABLED,
                    Type.BOOLEAN,
                    false,
                    LOW,
                    "Whether the text of streamed answers (stream: true) is published to the deltas topic as it"
                            + " arrives.")
            .define(
                    OPENAI_RESPONSE_MAX_BYTES,
                    Type.INT,
                    32 << 20,
                    atLeast(1_024),
                    LOW,
                    "Maximum size of an answer of the Responses API, in bytes, both compressed and decompressed. A"
                            + " sixteenth of the heap is the upper limit. The item of a larger answer fails. An"
                            + " answer larger than a third of record.max.bytes goes to the document store.")
            .define(
                    HTTP_EVENT_LOOPS,
                    Type.INT,
                    0,
                    between(0, 64),
                    LOW,
                    "Number of event loops for HTTP calls. 0: one for every two processors.")
            .define(
                    HTTP_PORT,
                    Type.INT,
                    0,
                    between(0, 65_535),
                    MEDIUM,
                    "Port of the worker for /metrics, /health/live and /health/ready. 0: no port.")
            .define(
                    HTTP_HOST,
                    Type.STRING,
                    "127.0.0.1",
                    new ConfigDef.NonEmptyString(),
                    LOW,
                    "Local address that http.port listens on. 0.0.0.0: all addresses. Clients of this port can read"
                            + " the number and cost of calls, but no key, prompt or answer.")
            .define(SERVE_PORT, Type.INT, 8_765, between(0, 65_535), MEDIUM, "Port of `genai serve`. 0: any free port.")
            .define(
                    SERVE_HOST,
                    Type.STRING,
                    "127.0.0.1",
                    new ConfigDef.NonEmptyString(),
                    MEDIUM,
                    "Local address that `genai serve` listens on. 0.0.0.0: all addresses. Without serve.keys.file, it"
                            + " must be an address that only this machine can reach.")
            .define(
                    SERVE_HOSTS,
                    Type.LIST,
                    List.of(),
                    LOW,
                    "Host names that clients may use for `genai serve`, without port. Empty: any name with"
                            + " serve.keys.file, and only localhost, 127.0.0.1 and ::1 without it.")
            .define(
                    SERVE_KEYS_FILE,
                    Type.STRING,
                    null,
                    MEDIUM,
                    "File with the keys that `genai serve` accepts: the name, SHA-256, role, credential and daily"
                            + " budget of each. It is read again when it changes. Empty: no keys, and only this"
                            + " machine can connect.")
            .define(
                    SERVE_FILE_MAX_BYTES,
                    Type.LONG,
                    1L << 30,
                    atLeast(1),
                    LOW,
                    "Maximum size of a file uploaded to `genai serve`, in bytes.")
            .define(
                    OPENAI_URL_HOSTS,
                    Type.LIST,
                    List.of(),
                    MEDIUM,
                    "Hosts that a record may name for the Responses API to fetch from or connect to (image_url,"
                            + " file_url, server_url of a tool), for example files.example.com, *.example.com,"
                            + " files.example.com:8443. Empty: all.")
            .define(
                    DATALAB_URL_HOSTS,
                    Type.LIST,
                    List.of(),
                    MEDIUM,
                    "Hosts that a record may name for the document API (file_url, webhook_url), written as in"
                            + " openai.url.hosts. Empty: all.")
            .define(
                    HTTPS_PROXY,
                    Type.PASSWORD,
                    null,
                    MEDIUM,
                    "HTTP proxy for calls of https addresses, for example http://proxy.internal:3128. Addresses of"
                            + " this machine are called directly. The commands also read it from the environment"
                            + " variable HTTPS_PROXY.")
            .define(
                    HTTPS_PROXY_CREDENTIALS_FILE,
                    Type.STRING,
                    null,
                    LOW,
                    "File with the user:password of https.proxy. It is read again when it changes.")
            .define(
                    NO_PROXY,
                    Type.STRING,
                    null,
                    LOW,
                    "Hosts that are called without a proxy, separated by commas: example.com (with its subdomains),"
                            + " 10.0.0.0/8, *. The commands also read it from the environment variable NO_PROXY.")
            .define(
                    THREAD_FAILURES_MAX,
                    Type.INT,
                    3,
                    atLeast(0),
                    LOW,
                    "Maximum number of failed stream threads that the worker replaces within ten minutes. One more"
                            + " failure ends the process with status 1.")
            .define(
                    LOG_SUMMARY_INTERVAL_MS,
                    Type.INT,
                    30_000,
                    atLeast(100),
                    LOW,
                    "Time between two summary lines of the log, in milliseconds.");

    /**
     * @throws ConfigException if a value is missing, malformed, or contradicts another; the message names the key
     */
    public GenAiConfig(Map<String, ?> values) {
        super(DEFINITION, values, false);
        refuseUnknownKeys(values);
        if (resultShape() == ResultShape.FLAT && resultFormat() != WireFormat.JSON) {
            throw new ConfigException(
                    RESULT_SHAPE,
                    "flat",
                    "needs JSON results, but " + RESULT_FORMAT + " is " + getString(RESULT_FORMAT)
                            + ": set " + RESULT_FORMAT + "=json, or leave "
                            + RESULT_SHAPE + " out");
        }
        if (getInt(RESULT_MAX_BYTES) > recordMaxBytes() - (1 << 20)) {
            throw new ConfigException(
                    RESULT_MAX_BYTES,
                    getInt(RESULT_MAX_BYTES),
                    "must be at most " + RECORD_MAX_BYTES + " (" + recordMaxBytes() + ") minus 1 MiB");
        }
        int documentAnswer = getInt(DATALAB_RESPONSE_MAX_BYTES);
        if (documentAnswer > 0 && documentAnswer < MIN_ANSWER_BYTES) {
            throw new ConfigException(
                    DATALAB_RESPONSE_MAX_BYTES, documentAnswer, "must be 0 or at least " + MIN_ANSWER_BYTES);
        }
        KafkaRules.check(originalsWithPrefix(KAFKA_PREFIX), recordMaxBytes() + Outbox.ENVELOPE_BYTES);
        metadataMaxAge();
        sessionTimeout();
        maxPollInterval();
        checkCapacity(LANE_CAPACITY, LANE_SLOTS);
        checkCapacity(DOCUMENTS_LANE_CAPACITY, DOCUMENTS_LANE_SLOTS);
        try {
            topics();
        } catch (IllegalArgumentException e) {
            throw new ConfigException(TOPIC_PREFIX, getString(TOPIC_PREFIX), e.getMessage());
        }
        // The worker reads these again when it starts. The check here reports a mistake before anything else happens.
        schemaRegistry();
        OPENAI.read(this);
        DATALAB.read(this);
        openAiUrlHosts();
        datalabUrlHosts();
    }

    private void checkCapacity(String capacity, String slots) {
        if (getInt(capacity) < getInt(slots)) {
            throw new ConfigException(
                    capacity, getInt(capacity), "must be at least " + slots + " (" + getInt(slots) + ")");
        }
    }

    private void refuseUnknownKeys(Map<String, ?> values) {
        for (String key : values.keySet()) {
            if (!DEFINITION.configKeys().containsKey(key)
                    && !key.startsWith(KAFKA_PREFIX)
                    && !OPENAI.isOfAlias(key, this)
                    && !DATALAB.isOfAlias(key, this)) {
                throw new ConfigException("Unknown setting " + key
                        + ": `genai config` lists all settings; settings for Kafka clients start with "
                        + KAFKA_PREFIX);
            }
        }
    }

    /**
     * Settings for every Kafka client: the brokers and all settings with {@value #KAFKA_PREFIX}. Secrets may stay in
     * files, as {@code ${directory:/run/secrets:sasl.jaas.config}}. The client reads them when it is created.
     */
    public Map<String, Object> kafkaClient() {
        Map<String, Object> client = originalsWithPrefix(KAFKA_PREFIX);
        SECRETS_BY_FILE.forEach(client::putIfAbsent);
        client.put(BOOTSTRAP_SERVERS, getString(BOOTSTRAP_SERVERS));
        return client;
    }

    /**
     * Settings for a client that reads or submits batches: those of {@link #kafkaClient()} and of the schema registry.
     */
    public Map<String, Object> batchClient() {
        Map<String, Object> client = kafkaClient();
        client.putAll(RegistrySettings.in(originals()));
        return client;
    }

    /** How to reach the schema registry; empty if there is none. */
    Optional<RegistrySettings> schemaRegistry() {
        return RegistrySettings.of(originals());
    }

    /** How often the Kafka clients refresh the metadata of topics. */
    public Duration metadataMaxAge() {
        String key = CommonClientConfigs.METADATA_MAX_AGE_CONFIG;
        Object given = kafkaClient().getOrDefault(key, StreamsSettings.METADATA_MAX_AGE.toMillis());
        if (!given.toString().strip().matches("[1-9]\\d{0,12}")) {
            throw new ConfigException(KAFKA_PREFIX + key, given, "must be a number of milliseconds, at least 1");
        }
        return Duration.ofMillis(Long.parseLong(given.toString().strip()));
    }

    /** How long a worker may be silent before the group considers it dead. */
    Duration sessionTimeout() {
        return ofMainConsumer(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG);
    }

    /** How long a stream thread may take from poll to poll before its group expels it. */
    Duration maxPollInterval() {
        return ofMainConsumer(ConsumerConfig.MAX_POLL_INTERVAL_MS_CONFIG);
    }

    private Duration ofMainConsumer(String key) {
        Properties streams = streams().toProperties();
        String given = Stream.of(StreamsConfig.MAIN_CONSUMER_PREFIX, StreamsConfig.CONSUMER_PREFIX, "")
                .map(prefix -> prefix + key)
                .filter(streams::containsKey)
                .findFirst()
                .orElse(key);
        Object millis = streams.getOrDefault(
                given, ConsumerConfig.configDef().defaultValues().get(key));
        return Duration.ofMillis((int) ConfigDef.parseType(KAFKA_PREFIX + given, millis, Type.INT));
    }

    /** Settings for an admin client: those of {@link #kafkaClient()}, overridden by those for admin clients only. */
    public Map<String, Object> kafkaAdmin() {
        Map<String, Object> admin = kafkaClient();
        admin.putAll(originalsWithPrefix(KAFKA_PREFIX + StreamsConfig.ADMIN_CLIENT_PREFIX));
        return admin;
    }

    public Topics topics() {
        return new Topics(getString(TOPIC_PREFIX));
    }

    public WireFormat resultFormat() {
        return WireFormat.valueOf(getString(RESULT_FORMAT).toUpperCase(Locale.ROOT));
    }

    public ResultShape resultShape() {
        return ResultShape.valueOf(getString(RESULT_SHAPE).toUpperCase(Locale.ROOT));
    }

    /**
     * Maximum size of an answer of the Responses API in a record, in bytes of JSON. The result also has its text and
     * other fields.
     */
    int largestAnswerInRecord() {
        // Escaped as a text, an answer may take twice its bytes.
        return recordMaxBytes() / (resultShape() == ResultShape.FLAT ? 4 : 3);
    }

    /** The same for the document API. Its result does not repeat the text. */
    int largestDocumentInRecord() {
        int room = recordMaxBytes() - (1 << 20);
        return Math.min(getInt(RESULT_MAX_BYTES), resultShape() == ResultShape.FLAT ? room / 2 : room);
    }

    public int recordMaxBytes() {
        return getInt(RECORD_MAX_BYTES);
    }

    public LaneSettings lane() {
        return lane(LANE_SLOTS, LANE_URGENT_SLOTS, LANE_CAPACITY, LANE_WAITING_CAPACITY, LANE_CAPACITY_BYTES);
    }

    /** Bounds of each partition of the documents. */
    public LaneSettings documentsLane() {
        return lane(
                DOCUMENTS_LANE_SLOTS,
                DOCUMENTS_LANE_URGENT_SLOTS,
                DOCUMENTS_LANE_CAPACITY,
                DOCUMENTS_LANE_WAITING_CAPACITY,
                DOCUMENTS_LANE_CAPACITY_BYTES);
    }

    private LaneSettings lane(String slots, String urgent, String capacity, String waiting, String bytes) {
        return new LaneSettings(
                getInt(slots),
                getInt(urgent) == A_TENTH ? LaneSettings.defaultUrgentSlots(getInt(slots)) : getInt(urgent),
                getInt(capacity),
                getInt(waiting),
                getLong(bytes));
    }

    /**
     * The store for documents and large answers. The caller closes it.
     *
     * @throws ConfigException if it is a bucket that cannot be addressed
     */
    public DocumentStore documentStore() {
        String store = getString(DOCUMENT_STORE);
        try {
            return S3Store.Place.parse(store, documentStoreEndpoint(), text(DOCUMENT_STORE_REGION))
                    .<DocumentStore>map(S3Store::new)
                    .orElseGet(() -> new DirectoryStore(path(DOCUMENT_STORE)));
        } catch (IllegalArgumentException | SdkException e) {
            throw new ConfigException(DOCUMENT_STORE, store, e.getMessage());
        }
    }

    /** The settings of the assembler. */
    public BatchSettings batches() {
        return new BatchSettings(
                Duration.ofMillis(getLong(BATCH_STATUS_INTERVAL_MS)),
                Duration.ofMillis(getLong(BATCH_RETENTION_MS)),
                getBoolean(RESULTS_ORDERED),
                dedupRetention());
    }

    private URI documentStoreEndpoint() {
        String endpoint = text(DOCUMENT_STORE_ENDPOINT);
        if (endpoint == null) {
            return null;
        }
        // Not quoted: it may contain a password.
        if (!endpoint.matches("https?://[^/\\s@?#]+/?") || !isWeb(endpoint)) {
            throw new ConfigException(DOCUMENT_STORE_ENDPOINT
                    + " must be http:// or https:// and a host, for example http://localhost:9000, without keys: the"
                    + " AWS SDK finds the keys (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a role)");
        }
        return URI.create(endpoint);
    }

    private static boolean isWeb(String address) {
        try {
            return HostPort.isWeb(URI.create(address));
        } catch (IllegalArgumentException noAddress) {
            return false;
        }
    }

    /** The setting's text, or null if it is empty. */
    private String text(String key) {
        String text = getString(key);
        return text == null || text.isBlank() ? null : text;
    }

    private Path path(String key) {
        return Path.of(getString(key).replace(USER_HOME, System.getProperty("user.home")));
    }

    public Path stateDir() {
        return path(STATE_DIR);
    }

    public Duration drainTimeout() {
        return Duration.ofMillis(getInt(DRAIN_TIMEOUT_MS));
    }

    /** Whether limits per minute are those of the whole group. */
    boolean sharesLimits() {
        return getString(LIMITS_SHARE).equals("group");
    }

    /** When a credential is held. */
    HoldSettings holds() {
        return new HoldSettings(
                Duration.ofMillis(getLong(OUTAGE_HOLD_MAX_MS)),
                getString(ON_KEY_REFUSED).equals("hold"),
                getString(ON_QUOTA_EXHAUSTED).equals("hold"));
    }

    /** How long workers know that an item was answered. */
    public Duration dedupRetention() {
        return Duration.ofMillis(getLong(DEDUP_RETENTION_MS));
    }

    /** Port of the front door. */
    public int servePort() {
        return getInt(SERVE_PORT);
    }

    /** Local address of the front door. */
    public String serveHost() {
        return getString(SERVE_HOST);
    }

    /** Host names that clients may use for the front door; empty for the default names. */
    public List<String> serveHosts() {
        return getList(SERVE_HOSTS).stream()
                .map(host -> host.strip().toLowerCase(Locale.ROOT))
                .toList();
    }

    /** The file with the keys of the front door; empty if it needs no keys. */
    public Optional<Path> serveKeysFile() {
        return Optional.ofNullable(text(SERVE_KEYS_FILE)).map(Path::of);
    }

    public long serveFileMaxBytes() {
        return getLong(SERVE_FILE_MAX_BYTES);
    }

    public Duration logSummaryInterval() {
        return Duration.ofMillis(getInt(LOG_SUMMARY_INTERVAL_MS));
    }

    public int threadFailuresMax() {
        return getInt(THREAD_FAILURES_MAX);
    }

    /** The worker's name as a static group member, or null. */
    public String workerId() {
        return text(WORKER_ID);
    }

    /** Bounds of the time between two commits of a stream thread. */
    Pace.Bounds commits() {
        return new Pace.Bounds(
                Duration.ofMillis(getInt(COMMIT_INTERVAL_MIN_MS)), Duration.ofMillis(getInt(COMMIT_INTERVAL_MS)));
    }

    public StreamsSettings streams() {
        return new StreamsSettings(
                getString(APPLICATION_ID),
                workerId(),
                stateDir(),
                getInt(STREAM_THREADS),
                getInt(MAX_POLL_RECORDS),
                Duration.ofMillis(getInt(COMMIT_INTERVAL_MS)),
                drainTimeout(),
                recordMaxBytes(),
                kafkaClient());
    }

    /** The credentials of the Responses API by alias; none if no key was given. */
    Map<String, Credential> openAiCredentials() {
        return OPENAI.read(this);
    }

    /** The limits of a credential of the Responses API, also without a key. */
    CredentialSettings.Figures openAiFigures(String alias) {
        return OPENAI.figures(alias, this);
    }

    /** The limits of a credential of the document API, also without a key. */
    CredentialSettings.Figures datalabFigures(String alias) {
        return DATALAB.figures(alias, this);
    }

    /** The credentials of the document API by alias; none if no key was given. */
    Map<String, Credential> datalabCredentials() {
        return DATALAB.read(this);
    }

    /** The limits of all credentials that the settings name, with or without a key. */
    public List<CredentialLimits> credentialLimits() {
        return Stream.concat(OPENAI.limits(this), DATALAB.limits(this)).toList();
    }

    /** The aliases of all credentials. */
    Set<String> credentialAliases() {
        Set<String> aliases = new HashSet<>(openAiCredentials().keySet());
        aliases.addAll(datalabCredentials().keySet());
        return aliases;
    }

    /** Hosts that the Responses API may reach for a record. */
    UrlHosts openAiUrlHosts() {
        return urlHosts(OPENAI_URL_HOSTS);
    }

    /** Hosts that the document API may reach for a record. */
    UrlHosts datalabUrlHosts() {
        return urlHosts(DATALAB_URL_HOSTS);
    }

    private UrlHosts urlHosts(String key) {
        try {
            return new UrlHosts(key, getList(key));
        } catch (IllegalArgumentException e) {
            throw new ConfigException(key + " " + e.getMessage());
        }
    }

    /** Whether a key for the Responses API was given. */
    public boolean hasOpenAiKey() {
        return !openAiCredentials().isEmpty();
    }

    /** Whether a key for the document API was given. */
    public boolean hasDatalabKey() {
        return !datalabCredentials().isEmpty();
    }

    /**
     * How to reach the Responses API with this credential.
     *
     * @param connections upper bound of calls in flight over all lanes of this worker
     */
    HttpSettings openAi(Credential credential, int connections) {
        return http(credential, connections, responseMaxBytes());
    }

    /** As {@link #openAi}, for the document API. */
    HttpSettings datalab(Credential credential, int connections) {
        int given = getInt(DATALAB_RESPONSE_MAX_BYTES);
        return http(credential, connections, given > 0 ? given : defaultDocumentAnswer());
    }

    private static int defaultDocumentAnswer() {
        return (int) Math.min(MAX_DEFAULT_ANSWER_BYTES, Runtime.getRuntime().maxMemory() / 8);
    }

    private HttpSettings http(Credential credential, int connections, int responseMaxBytes) {
        return new HttpSettings(
                credential.url(),
                credential.key(),
                credential.headers(),
                connections,
                eventLoops(),
                responseMaxBytes,
                credential.route().read());
    }

    /**
     * The shipped prices, overridden by the file if there is one.
     *
     * @throws ConfigException if the file cannot be read
     */
    public PriceTable prices() {
        String file = getString(PRICES_FILE);
        if (file == null || file.isBlank()) {
            return PriceTable.shipped();
        }
        try {
            return PriceTable.shipped().overriddenBy(PriceTable.read(Path.of(file)));
        } catch (PriceTableException e) {
            throw new ConfigException(PRICES_FILE, file, e.getMessage());
        }
    }

    /** The current event of a stream is in memory. One stream must not use the heap of all others. */
    private int responseMaxBytes() {
        return (int)
                Math.min(getInt(OPENAI_RESPONSE_MAX_BYTES), Runtime.getRuntime().maxMemory() / 16);
    }

    private int eventLoops() {
        int loops = getInt(HTTP_EVENT_LOOPS);
        return loops > 0 ? loops : Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    }
}

package io.github.genaistreams.worker;

import io.github.genaistreams.flow.HoldSettings;
import io.github.genaistreams.flow.Pace;
import io.github.genaistreams.provider.openai.price.PriceTable;
import io.github.genaistreams.provider.openai.price.PriceTableException;
import io.github.genaistreams.registry.RegistrySettings;
import io.github.genaistreams.store.DocumentStore;
import io.github.genaistreams.topology.StreamsSettings;
import io.github.genaistreams.topology.batch.BatchSettings;
import io.github.genaistreams.wire.ResultShape;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.common.config.AbstractConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a worker: their keys, and their values as types. {@link #DEFINITION} documents each; the table in
 * docs/settings.md is printed from it. Immutable and thread-safe. {@link ConfigSources} lists the sources of values.
 *
 * <p>A key that starts with {@value #KAFKA_PREFIX} goes to the Kafka clients and to Kafka Streams, without this prefix.
 */
public final class GenAiConfig extends AbstractConfig {

    public static final String KAFKA_PREFIX = "kafka.";

    /** Stands for the user's home directory in {@link #STATE_DIR} and {@link #DOCUMENT_STORE}. */
    static final String USER_HOME = "${user.home}";

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
    public static final String LANE_CAPACITY = "responses.lane.capacity";
    public static final String LANE_WAITING_CAPACITY = "responses.lane.waiting.capacity";
    public static final String DOCUMENTS_LANE_SLOTS = "documents.lane.slots";
    public static final String DOCUMENTS_LANE_CAPACITY = "documents.lane.capacity";
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

    public static final ConfigDef DEFINITION = WorkerSettings.define();

    /**
     * @throws ConfigException if a value is missing, malformed, or contradicts another; the message names the key
     */
    public GenAiConfig(Map<String, ?> values) {
        super(DEFINITION, values, false);
        SettingsCheck.check(this, values.keySet());
    }

    /** Settings for the clients of Kafka. */
    public KafkaProperties kafka() {
        return new KafkaProperties(this);
    }

    /** Settings for a client that reads or submits batches: those for Kafka clients and for the schema registry. */
    public Map<String, Object> batchClient() {
        Map<String, Object> client = kafka().client();
        client.putAll(RegistrySettings.in(originals()));
        return client;
    }

    /** How to reach the schema registry; empty if there is none. */
    Optional<RegistrySettings> schemaRegistry() {
        return RegistrySettings.of(originals());
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

    public int recordMaxBytes() {
        return getInt(RECORD_MAX_BYTES);
    }

    /** The settings of the Responses API. */
    ApiSettings responses() {
        return ApiSettings.responses(this);
    }

    /** The settings of the document API. */
    ApiSettings documents() {
        return ApiSettings.documents(this);
    }

    /**
     * The store for documents and large answers. The caller closes it.
     *
     * @throws ConfigException if it is a bucket that cannot be addressed
     */
    public DocumentStore documentStore() {
        return StoreSettings.open(this);
    }

    /** The settings of the assembler. */
    public BatchSettings batches() {
        return new BatchSettings(
                Duration.ofMillis(getLong(BATCH_STATUS_INTERVAL_MS)),
                Duration.ofMillis(getLong(BATCH_RETENTION_MS)),
                getBoolean(RESULTS_ORDERED),
                dedupRetention());
    }

    /** The setting's text; null if it is empty. */
    @Nullable
    String text(String key) {
        String text = getString(key);
        return text == null || text.isBlank() ? null : text;
    }

    /** The directory of a setting that may be in the home of the user. */
    Path path(String key) {
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

    /** The settings of {@code genai serve}. */
    public ServeSettings serve() {
        return new ServeSettings(
                getInt(SERVE_PORT),
                getString(SERVE_HOST),
                getList(SERVE_HOSTS).stream()
                        .map(host -> host.strip().toLowerCase(Locale.ROOT))
                        .collect(Collectors.toUnmodifiableSet()),
                Optional.ofNullable(text(SERVE_KEYS_FILE)).map(Path::of),
                getLong(SERVE_FILE_MAX_BYTES));
    }

    public Duration logSummaryInterval() {
        return Duration.ofMillis(getInt(LOG_SUMMARY_INTERVAL_MS));
    }

    public int threadFailuresMax() {
        return getInt(THREAD_FAILURES_MAX);
    }

    /** The worker's name as a static group member; null if it is a dynamic one. */
    public @Nullable String workerId() {
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
                kafka().client());
    }

    /** The limits of all credentials that the settings name, with or without a key. */
    public List<CredentialLimits> credentialLimits() {
        return Stream.concat(responses().limits(), documents().limits()).toList();
    }

    /** The aliases of all credentials. */
    Set<String> credentialAliases() {
        Set<String> aliases = new HashSet<>(responses().credentials().keySet());
        aliases.addAll(documents().credentials().keySet());
        return aliases;
    }

    /** Whether a key for the Responses API was given. */
    public boolean hasOpenAiKey() {
        return !responses().credentials().isEmpty();
    }

    /** Whether a key for the document API was given. */
    public boolean hasDatalabKey() {
        return !documents().credentials().isEmpty();
    }

    /**
     * The shipped prices, overridden by the file if there is one.
     *
     * @throws ConfigException if the file cannot be read
     */
    public PriceTable prices() {
        String file = text(PRICES_FILE);
        if (file == null) {
            return PriceTable.shipped();
        }
        try {
            return PriceTable.shipped().overriddenBy(PriceTable.read(Path.of(file)));
        } catch (PriceTableException e) {
            throw new ConfigException(PRICES_FILE, file, e.getMessage());
        }
    }
}

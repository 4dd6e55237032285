package io.github.genaistreams.worker;

import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Range.between;

import io.github.genaistreams.flow.LaneSettings;
import io.github.genaistreams.provider.UrlHosts;
import io.github.genaistreams.provider.http.HttpSettings;
import io.github.genaistreams.wire.ResultShape;
import io.github.genaistreams.wire.Topics;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigException;

/** The settings of one API, as values: its lanes, its credentials, what a record may name, and how to call it. */
final class ApiSettings {

    private static final String SLOTS = ".lane.slots";
    private static final String URGENT_SLOTS = ".lane.urgent.slots";
    private static final String CAPACITY = ".lane.capacity";
    private static final String WAITING_CAPACITY = ".lane.waiting.capacity";
    private static final String CAPACITY_BYTES = ".lane.capacity.bytes";

    private static final int A_TENTH = -1;

    /** Default of the document API. No larger answer has been seen. */
    private static final long MAX_DEFAULT_ANSWER_BYTES = 128 << 20;

    private final GenAiConfig config;
    private final String api;
    private final CredentialSettings credentials;
    private final String urlHosts;
    private final int responseMaxBytes;
    private final int largestAnswerInRecord;

    private ApiSettings(
            GenAiConfig config,
            String api,
            CredentialSettings credentials,
            String urlHosts,
            int responseMaxBytes,
            int largestAnswerInRecord) {
        this.config = config;
        this.api = api;
        this.credentials = credentials;
        this.urlHosts = urlHosts;
        this.responseMaxBytes = responseMaxBytes;
        this.largestAnswerInRecord = largestAnswerInRecord;
    }

    static ApiSettings responses(GenAiConfig config) {
        // The current event of a stream is in memory. One stream must not use the heap of all others.
        long heapPart = Runtime.getRuntime().maxMemory() / 16;
        return new ApiSettings(
                config,
                Topics.RESPONSES,
                CredentialSettings.OPENAI,
                GenAiConfig.OPENAI_URL_HOSTS,
                (int) Math.min(config.getInt(GenAiConfig.OPENAI_RESPONSE_MAX_BYTES), heapPart),
                // Escaped as a text, an answer may take twice its bytes.
                config.recordMaxBytes() / (config.resultShape() == ResultShape.FLAT ? 4 : 3));
    }

    static ApiSettings documents(GenAiConfig config) {
        int given = config.getInt(GenAiConfig.DATALAB_RESPONSE_MAX_BYTES);
        long heapPart = Runtime.getRuntime().maxMemory() / 8;
        // The result does not repeat the text.
        int room = config.recordMaxBytes() - (1 << 20);
        return new ApiSettings(
                config,
                Topics.DOCUMENTS,
                CredentialSettings.DATALAB,
                GenAiConfig.DATALAB_URL_HOSTS,
                given > 0 ? given : (int) Math.min(MAX_DEFAULT_ANSWER_BYTES, heapPart),
                Math.min(
                        config.getInt(GenAiConfig.RESULT_MAX_BYTES),
                        config.resultShape() == ResultShape.FLAT ? room / 2 : room));
    }

    /** Adds the bounds of the lanes of all APIs. */
    static void defineLanes(SettingsTable table) {
        defineLane(
                table,
                Topics.RESPONSES,
                "requests",
                "Maximum number of calls in flight per partition of the request topic.");
        defineLane(
                table,
                Topics.DOCUMENTS,
                "document requests",
                "Maximum number of documents in flight per partition of the request topic. A document is in"
                        + " flight from its submission to its result.");
    }

    private static void defineLane(SettingsTable table, String api, String requests, String slots) {
        table.setting(api + SLOTS, Type.INT, 10, between(1, 10_000), HIGH).means(slots);
        table.setting(api + URGENT_SLOTS, Type.INT, A_TENTH, atLeast(A_TENTH), MEDIUM)
                .means("Additional calls in flight per partition, reserved for urgent requests. -1: a tenth of the"
                        + " slots, at least 1.");
        table.setting(api + CAPACITY, Type.INT, 1_000, atLeast(1), MEDIUM)
                .means("Maximum number of " + requests + " per partition that are ready or in flight. At this number,"
                        + " intake pauses.");
        table.setting(api + WAITING_CAPACITY, Type.INT, 5_000, atLeast(1), LOW)
                .means("Maximum number of requests per partition that wait before their call (for a retry, or for a"
                        + " key on hold). At this number, intake pauses. Other requests are called meanwhile.");
        table.setting(api + CAPACITY_BYTES, Type.LONG, 64L << 20, atLeast(1), MEDIUM)
                .means("Maximum size of the " + requests + " held per partition, in bytes. At this size, intake"
                        + " pauses. Requests that wait before their call have the same amount in addition.");
    }

    /** @throws ConfigException if one of the settings cannot be used; the message names it */
    void check() {
        int slots = config.getInt(api + SLOTS);
        int capacity = config.getInt(api + CAPACITY);
        if (capacity < slots) {
            throw new ConfigException(api + CAPACITY, capacity, "must be at least " + api + SLOTS + " (" + slots + ")");
        }
        credentials();
        urlHosts();
    }

    /** Bounds of each partition. */
    LaneSettings lane() {
        int slots = config.getInt(api + SLOTS);
        int urgent = config.getInt(api + URGENT_SLOTS);
        return new LaneSettings(
                slots,
                urgent == A_TENTH ? LaneSettings.defaultUrgentSlots(slots) : urgent,
                config.getInt(api + CAPACITY),
                config.getInt(api + WAITING_CAPACITY),
                config.getLong(api + CAPACITY_BYTES));
    }

    /** The credentials by alias; none if no key was given. */
    Map<String, Credential> credentials() {
        return credentials.read(config);
    }

    /** The limits of a credential, also without a key. */
    CredentialSettings.Figures figures(String alias) {
        return credentials.figures(alias, config);
    }

    /** The limits of all credentials that the settings name, with or without a key. */
    Stream<CredentialLimits> limits() {
        return credentials.limits(config);
    }

    /** Hosts that the API may reach for a record. */
    UrlHosts urlHosts() {
        try {
            return new UrlHosts(urlHosts, config.getList(urlHosts));
        } catch (IllegalArgumentException e) {
            throw new ConfigException(urlHosts + " " + e.getMessage());
        }
    }

    /** Maximum size of an answer in a record, in bytes of JSON. The result also has other fields. */
    int largestAnswerInRecord() {
        return largestAnswerInRecord;
    }

    /**
     * How to reach the API with this credential.
     *
     * @param connections upper bound of calls in flight over all lanes of this worker
     */
    HttpSettings http(Credential credential, int connections) {
        int loops = config.getInt(GenAiConfig.HTTP_EVENT_LOOPS);
        return new HttpSettings(
                credential.url(),
                credential.key(),
                credential.headers(),
                connections,
                loops > 0 ? loops : Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
                responseMaxBytes,
                credential.route().read());
    }
}

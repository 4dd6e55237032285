package io.github.genaistreams.worker;

import static io.github.genaistreams.worker.GenAiConfig.*;
import static org.apache.kafka.common.config.ConfigDef.Importance.HIGH;
import static org.apache.kafka.common.config.ConfigDef.Importance.LOW;
import static org.apache.kafka.common.config.ConfigDef.Importance.MEDIUM;
import static org.apache.kafka.common.config.ConfigDef.NO_DEFAULT_VALUE;
import static org.apache.kafka.common.config.ConfigDef.Range.atLeast;
import static org.apache.kafka.common.config.ConfigDef.Range.between;
import static org.apache.kafka.common.config.ConfigDef.Type.BOOLEAN;
import static org.apache.kafka.common.config.ConfigDef.Type.INT;
import static org.apache.kafka.common.config.ConfigDef.Type.LIST;
import static org.apache.kafka.common.config.ConfigDef.Type.LONG;
import static org.apache.kafka.common.config.ConfigDef.Type.PASSWORD;
import static org.apache.kafka.common.config.ConfigDef.Type.STRING;

import io.github.genaistreams.registry.RegistrySettings;
import io.github.genaistreams.wire.Topics;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ValidString;

/** All settings of a worker, each with its type, default, bounds and meaning. */
final class WorkerSettings {

    private WorkerSettings() {}

    static ConfigDef define() {
        var table = new SettingsTable();
        table.setting(BOOTSTRAP_SERVERS, STRING, NO_DEFAULT_VALUE, new ConfigDef.NonEmptyString(), HIGH)
                .means("Kafka brokers for the first connection, as host:port, separated by commas.");
        CredentialSettings.OPENAI.defineIn(table);
        CredentialSettings.DATALAB.defineIn(table);
        RegistrySettings.defineIn(table.definition());
        group(table);
        ApiSettings.defineLanes(table);
        store(table);
        batches(table);
        threads(table);
        limits(table);
        results(table);
        http(table);
        serve(table);
        hosts(table);
        process(table);
        return table.definition();
    }

    private static void group(SettingsTable table) {
        table.setting(APPLICATION_ID, STRING, "genai-worker", new ConfigDef.NonEmptyString(), MEDIUM)
                .means("Name of the worker group. Workers with the same name share the partitions. The consumer group"
                        + " has the same name, and the names of the journal's changelog topics start with it.");
        table.setting(WORKER_ID, STRING, null, MEDIUM)
                .means("Name of this worker. It must stay the same across restarts, like the name of a pod in a"
                        + " StatefulSet. It makes the worker a static member of the group, which keeps its partitions"
                        + " when it restarts. Empty: other workers take over as soon as this one stops.");
        table.setting(TOPIC_PREFIX, STRING, Topics.DEFAULT_PREFIX, MEDIUM).means("Prefix of all topic names.");
        table.setting(STATE_DIR, STRING, USER_HOME + "/.genai-streams/state", MEDIUM)
                .means("Directory for the local copy of the journal. If the disk survives a restart, the worker does"
                        + " not have to read the whole changelog again.");
    }

    private static void store(SettingsTable table) {
        table.setting(DOCUMENT_STORE, STRING, USER_HOME + "/.genai-streams/documents", MEDIUM)
                .means("Store for documents and answers that are too large for a record: a directory, or"
                        + " s3://BUCKET/PREFIX. All clients and workers must use the same store. For a bucket, the"
                        + " AWS SDK finds the keys (AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a"
                        + " role).");
        table.setting(DOCUMENT_STORE_ENDPOINT, STRING, null, LOW)
                .means("Address of the S3 server if the bucket is not on AWS, for example http://localhost:9000.");
        table.setting(DOCUMENT_STORE_REGION, STRING, null, LOW)
                .means("Region of the bucket. Empty: the AWS SDK finds the region (AWS_REGION).");
        table.setting(RESULT_MAX_BYTES, INT, 8 << 20, atLeast(1_024), LOW)
                .means("Maximum size of a document's answer in a result record, in bytes. A larger answer goes to the"
                        + " document store. This must be at most record.max.bytes minus 1 MiB.");
        table.setting(DATALAB_RESPONSE_MAX_BYTES, INT, 0, atLeast(0), LOW)
                .means("Maximum size of an answer of the document API, in bytes. The item of a larger answer fails."
                        + " 0: an eighth of the heap, but at most 128 MiB, because parsing an answer takes five times"
                        + " its size.");
    }

    private static void batches(SettingsTable table) {
        table.setting(BATCH_STATUS_INTERVAL_MS, LONG, 1_000L, atLeast(50), LOW)
                .means("Minimum time between two status records of a batch, in milliseconds. The first one and the"
                        + " one for the completed batch are written immediately.");
        table.setting(BATCH_RETENTION_MS, LONG, Duration.ofDays(7).toMillis(), atLeast(1_000), LOW)
                .means("How long a worker remembers a batch after its latest result, in milliseconds. It should match"
                        + " the retention of the result topic.");
        table.setting(RESULTS_ORDERED, BOOLEAN, false, MEDIUM)
                .means("Whether the results of all batches are also published in index order. false: only for batches"
                        + " whose requests have the header genai.ordered.");
        table.setting(DEDUP_RETENTION_MS, LONG, Duration.ofDays(1).toMillis(), atLeast(60_000), MEDIUM)
                .means("How long a worker remembers an answered item, in milliseconds. If the same request comes"
                        + " again, the worker counts it and does not call it, unless it has the header genai.retry.");
    }

    private static void threads(SettingsTable table) {
        table.setting(STREAM_THREADS, INT, 1, between(1, 256), MEDIUM)
                .means("Number of stream threads. They process the partitions.");
        table.setting(MAX_POLL_RECORDS, INT, 200, atLeast(1), LOW)
                .means("Maximum number of requests read in one poll. A partition can exceed its capacity by this"
                        + " number.");
        table.setting(COMMIT_INTERVAL_MS, INT, 100, atLeast(1), LOW)
                .means("Maximum time between two transactions of a thread, in milliseconds. Readers see results when"
                        + " they are committed. As long as commits take only a small part of its time, the thread"
                        + " commits more often, down to commit.interval.min.ms.");
        table.setting(COMMIT_INTERVAL_MIN_MS, INT, 5, atLeast(0), LOW)
                .means("Minimum time between two transactions of a thread, in milliseconds. A higher value saves"
                        + " broker load when there is little work.");
        table.setting(DRAIN_TIMEOUT_MS, INT, 60_000, between(0, 600_000), MEDIUM)
                .means("How long a worker waits for calls in flight when it stops or gives up a partition, in"
                        + " milliseconds. The next owner of the partition repeats calls that take longer. The process"
                        + " manager must allow more time than this before it kills the process.");
    }

    private static void limits(SettingsTable table) {
        table.setting(LIMITS_SHARE, STRING, "group", ValidString.in("group", "none"), MEDIUM)
                .means("Whether the workers of a group share requests.per.minute and tokens.per.minute: group or"
                        + " none. group: they are the limits of the account, and each worker uses a share in"
                        + " proportion to its partitions. none: each worker uses the full limits.");
        table.setting(ADAPTIVE, STRING, "observe", ValidString.in("observe", "on", "off"), LOW)
                .means("Whether a worker adapts the number of concurrent calls to each model that has no known limit"
                        + " per minute: observe, on or off. on: the number grows until more calls give no more"
                        + " answers per second, or until the API refuses calls. The slots stay the upper limit."
                        + " observe: the worker only logs when fewer calls would be enough.");
        table.setting(OUTAGE_HOLD_MAX_MS, LONG, Duration.ofDays(1).toMillis(), atLeast(0), MEDIUM)
                .means("How long an outage of an API may hold the calls of a credential, in milliseconds. During an"
                        + " outage, one call at a time checks whether the API is back, and no item loses an attempt."
                        + " After this time, calls count as attempts again, and an item without further retries"
                        + " fails. 0: an outage holds no calls.");
        table.setting(ON_KEY_REFUSED, STRING, "hold", ValidString.in("hold", "fail"), MEDIUM)
                .means("What happens when an API refuses a key: hold or fail. hold: calls with this credential wait"
                        + " until its key file contains another key. From time to time, the worker tries one call,"
                        + " and goes on if it succeeds. fail: each item fails.");
        table.setting(ON_QUOTA_EXHAUSTED, STRING, "hold", ValidString.in("hold", "fail"), MEDIUM)
                .means("What happens when an account has no money left: hold or fail, as for on.key.refused.");
    }

    private static void results(SettingsTable table) {
        table.setting(RESULT_FORMAT, STRING, "json", ValidString.in("json", "avro"), MEDIUM)
                .means("Format of results and retries: json or avro. avro is single-object encoding; with"
                        + " schema.registry.url, records for readers outside this project are in Confluent's wire"
                        + " format.");
        table.setting(RESULT_SHAPE, STRING, "nested", ValidString.in("nested", "flat"), LOW)
                .means("JSON form of results: nested or flat. nested: the answer and `error` are objects. flat: the"
                        + " answer is a string, `error` is the message, and error_type, param, code and is_retriable"
                        + " are separate fields, as in Python batch libraries. flat needs result.format=json.");
        table.setting(RECORD_MAX_BYTES, INT, 12 << 20, between(64 << 10, 512 << 20), LOW)
                .means("Maximum size of a record, in bytes. Topics that this tool creates allow this size plus some"
                        + " room for internal fields.");
        table.setting(PRICES_FILE, STRING, null, LOW)
                .means("File with prices, in the format of the included prices.tsv. Each row replaces the included"
                        + " row of the same model and tier.");
        table.setting(DELTAS_ENABLED, BOOLEAN, false, LOW)
                .means("Whether the text of streamed answers (stream: true) is published to the deltas topic as it"
                        + " arrives.");
    }

    private static void http(SettingsTable table) {
        table.setting(OPENAI_RESPONSE_MAX_BYTES, INT, 32 << 20, atLeast(1_024), LOW)
                .means("Maximum size of an answer of the Responses API, in bytes, both compressed and decompressed. A"
                        + " sixteenth of the heap is the upper limit. The item of a larger answer fails. An answer"
                        + " larger than a third of record.max.bytes goes to the document store.");
        table.setting(HTTP_EVENT_LOOPS, INT, 0, between(0, 64), LOW)
                .means("Number of event loops for HTTP calls. 0: one for every two processors.");
        table.setting(HTTP_PORT, INT, 0, between(0, 65_535), MEDIUM)
                .means("Port of the worker for /metrics, /health/live and /health/ready. 0: no port.");
        table.setting(HTTP_HOST, STRING, "127.0.0.1", new ConfigDef.NonEmptyString(), LOW)
                .means("Local address that http.port listens on. 0.0.0.0: all addresses. Clients of this port can"
                        + " read the number and cost of calls, but no key, prompt or answer.");
    }

    private static void serve(SettingsTable table) {
        table.setting(SERVE_PORT, INT, 8_765, between(0, 65_535), MEDIUM)
                .means("Port of `genai serve`. 0: any free port.");
        table.setting(SERVE_HOST, STRING, "127.0.0.1", new ConfigDef.NonEmptyString(), MEDIUM)
                .means("Local address that `genai serve` listens on. 0.0.0.0: all addresses. Without serve.keys.file,"
                        + " it must be an address that only this machine can reach.");
        table.setting(SERVE_HOSTS, LIST, List.of(), LOW)
                .means("Host names that clients may use for `genai serve`, without port. Empty: any name with"
                        + " serve.keys.file, and only localhost, 127.0.0.1 and ::1 without it.");
        table.setting(SERVE_KEYS_FILE, STRING, null, MEDIUM)
                .means("File with the keys that `genai serve` accepts: the name, SHA-256, role, credential and daily"
                        + " budget of each. It is read again when it changes. Empty: no keys, and only this machine"
                        + " can connect.");
        table.setting(SERVE_FILE_MAX_BYTES, LONG, 1L << 30, atLeast(1), LOW)
                .means("Maximum size of a file uploaded to `genai serve`, in bytes.");
    }

    private static void hosts(SettingsTable table) {
        table.setting(OPENAI_URL_HOSTS, LIST, List.of(), MEDIUM)
                .means("Hosts that a record may name for the Responses API to fetch from or connect to (image_url,"
                        + " file_url, server_url of a tool), for example files.example.com, *.example.com,"
                        + " files.example.com:8443. Empty: all.");
        table.setting(DATALAB_URL_HOSTS, LIST, List.of(), MEDIUM)
                .means("Hosts that a record may name for the document API (file_url, webhook_url), written as in"
                        + " openai.url.hosts. Empty: all.");
        table.setting(HTTPS_PROXY, PASSWORD, null, MEDIUM)
                .means("HTTP proxy for calls of https addresses, for example http://proxy.internal:3128. Addresses of"
                        + " this machine are called directly. The commands also read it from the environment variable"
                        + " HTTPS_PROXY.");
        table.setting(HTTPS_PROXY_CREDENTIALS_FILE, STRING, null, LOW)
                .means("File with the user:password of https.proxy. It is read again when it changes.");
        table.setting(NO_PROXY, STRING, null, LOW)
                .means("Hosts that are called without a proxy, separated by commas: example.com (with its"
                        + " subdomains), 10.0.0.0/8, *. The commands also read it from the environment variable"
                        + " NO_PROXY.");
    }

    private static void process(SettingsTable table) {
        table.setting(THREAD_FAILURES_MAX, INT, 3, atLeast(0), LOW)
                .means("Maximum number of failed stream threads that the worker replaces within ten minutes. One more"
                        + " failure ends the process with status 1.");
        table.setting(LOG_SUMMARY_INTERVAL_MS, INT, 30_000, atLeast(100), LOW)
                .means("Time between two summary lines of the log, in milliseconds.");
    }
}

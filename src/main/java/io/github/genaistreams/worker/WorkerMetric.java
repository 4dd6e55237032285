package io.github.genaistreams.worker;

import java.util.List;

/**
 * All metrics of a worker, in one documented table. The instruments are registered from it, and the table of
 * docs/metrics.md is printed from it. It does not contain the JVM's own metrics.
 */
public enum WorkerMetric {
    BUILD_INFO(Type.GAUGE, "genai_build_info", "1; its label says which version runs.", "version"),
    READY(
            Type.GAUGE,
            "genai_ready",
            "1 while the worker is ready, as `/health/ready` says: the first thing to look at, and to alert on."),

    CALLS(
            Type.COUNTER,
            "genai_calls_total",
            "Calls that have ended, each attempt of an item once. A document, or a response in the background, is one call from its"
                    + " submission to its answer. Throughput, and the share of each failure.",
            "api",
            "model",
            "credential",
            "outcome"),
    CALL_SECONDS(Type.HISTOGRAM, "genai_call_seconds", "How long these calls took: the API's latency.", "api", "model"),
    CALLS_IN_FLIGHT(
            Type.GAUGE,
            "genai_calls_in_flight",
            "HTTP exchanges under way. As many as slots: the worker is busy, and more slots or workers would help if the API allows"
                    + " it.",
            "api"),
    CALL_SLOTS(
            Type.GAUGE,
            "genai_call_slots",
            "Calls that may be in flight at once on the partitions that the worker owns now.",
            "api"),
    ITEMS_OPEN(
            Type.GAUGE,
            "genai_items_open",
            "Items that have been read and have no result yet, by where they are: `ready` to be called, `in_flight`, `waiting` for"
                    + " their next attempt, on the `retry` topic, `remote`, at work at the API, or `unread`, to be read again after a"
                    + " start. Open items without new results: no progress.",
            "api",
            "stage"),

    REQUESTS(Type.COUNTER, "genai_requests_total", "Requests that were accepted and are, or will be, called.", "api"),
    REPEATS(
            Type.COUNTER,
            "genai_repeats_total",
            "Requests that were dropped, since their item is in work or has its answer: a producer sends twice.",
            "api"),
    RETRIES(
            Type.COUNTER,
            "genai_retries_total",
            "Calls that failed and are made again, by the outcome that was the reason.",
            "api",
            "reason"),
    RESULTS(
            Type.COUNTER,
            "genai_results_total",
            "Results written, one per item: the progress of the work, and the share that fails for good.",
            "api",
            "success"),

    TOKENS(
            Type.COUNTER,
            "genai_tokens_total",
            "Tokens that the API has reported, also of calls that failed.",
            "api",
            "model",
            "direction"),
    PAGES(Type.COUNTER, "genai_pages_total", "Pages of documents that were converted.", "api"),
    COST(
            Type.COUNTER,
            "genai_cost_usd_total",
            "What calls have cost in USD as far as it is known, when each ends, also if it failed.",
            "api",
            "model",
            "credential"),
    COST_UNKNOWN(
            Type.COUNTER,
            "genai_cost_unknown_total",
            "Results whose cost is not known, or not wholly: what genai_cost_usd_total lacks.",
            "api"),

    CREDENTIAL_HELD(
            Type.GAUGE,
            "genai_credential_held",
            "1 while calls with this credential wait for this reason: `outage` (the API does not work), `key_refused` or"
                    + " `quota_exhausted`. Nothing is lost then; alert on the last two, which need a person.",
            "api",
            "credential",
            "reason"),
    LIMIT_WAIT(
            Type.COUNTER,
            "genai_limit_wait_seconds_total",
            "Time in which something was ready and could not start for this limit. Near 1 per second: the limit sets the"
                    + " pace.",
            "api",
            "credential",
            "limit"),
    LIMIT_REMAINING(
            Type.GAUGE,
            "genai_limit_remaining",
            "How much could start at this very moment within this limit. Of a limit per minute, that is 1 % of a minute's share at"
                    + " most: it shows what waits, not what is left of the minute.",
            "api",
            "credential",
            "limit"),

    DEAD_LETTERS(
            Type.COUNTER,
            "genai_dead_letters_total",
            "Records that became dead letters, by the topic that they came from. Any is worth a look: `genai dead-letters list`"
                    + " says why.",
            "topic",
            "reason"),

    COMMIT_AVG(
            Type.GAUGE,
            "genai_commit_avg_seconds",
            "How long a transaction's commit took on average in the last half minute or so; NaN if there was none. Results are"
                    + " readable no sooner."),
    COMMIT_MAX(
            Type.GAUGE,
            "genai_commit_max_seconds",
            "The longest of these commits; brokers in trouble show here first."),
    STREAM_STATE(Type.GAUGE, "genai_stream_state", "1 for the state that Kafka Streams is in.", "state"),
    STREAM_THREADS(Type.GAUGE, "genai_stream_threads", "Stream threads that there should be."),
    STREAM_THREADS_ALIVE(Type.GAUGE, "genai_stream_threads_alive", "Stream threads that there are."),
    THREAD_FAILURES(
            Type.COUNTER,
            "genai_thread_failures_total",
            "Stream threads that have failed, and were replaced unless `thread.failures.max` was passed."),
    CONSUMER_LAG(
            Type.GAUGE,
            "genai_consumer_lag_records",
            "Records of the request and retry topics that are still to be taken in, of the partitions that the worker owns, as it"
                    + " was up to 15 seconds ago: the backlog, also of partitions that are paused because their lane is full."
                    + " Markers of transactions count, so that it may stay above 0.",
            "topic",
            "partition"),
    RESTORE_REMAINING(
            Type.GAUGE,
            "genai_restore_remaining_records",
            "Records still to be read into local stores before the worker is ready.");

    /** Metric types as Prometheus names them. */
    public enum Type {
        COUNTER,
        GAUGE,
        HISTOGRAM
    }

    private final Type type;
    private final String exposed;
    private final String meaning;
    private final List<String> labels;

    WorkerMetric(Type type, String exposed, String meaning, String... labels) {
        this.type = type;
        this.exposed = exposed;
        this.meaning = meaning;
        this.labels = List.of(labels);
    }

    public Type type() {
        return type;
    }

    /** The metric's name in a scrape. */
    public String exposed() {
        return exposed;
    }

    /** What the metric is and what it is for. */
    public String meaning() {
        return meaning;
    }

    public List<String> labels() {
        return labels;
    }
}

package io.github.genaistreams.worker;

import java.util.List;

/**
 * All metrics of a worker, in one documented table. The instruments are registered from it, and the table of
 * docs/metrics.md is printed from it. It does not contain the JVM's own metrics.
 */
public enum WorkerMetric {
    BUILD_INFO(Type.GAUGE, "genai_build_info", "Always 1; the label has the version of the worker.", "version"),
    READY(
            Type.GAUGE,
            "genai_ready",
            "1 while the worker is ready, like `/health/ready`. Look at this first, and alert on it."),

    CALLS(
            Type.COUNTER,
            "genai_calls_total",
            "Calls that have ended. Each attempt of an item counts once. A document or a background response is one"
                    + " call, from its submission to its answer. Shows the throughput and the share of each failure.",
            "api",
            "model",
            "credential",
            "outcome"),
    CALL_SECONDS(
            Type.HISTOGRAM,
            "genai_call_seconds",
            "Duration of calls that have ended, which is the latency of the API.",
            "api",
            "model"),
    CALLS_IN_FLIGHT(
            Type.GAUGE,
            "genai_calls_in_flight",
            "HTTP exchanges in progress. If this equals the slots, the worker is busy, and more slots or workers"
                    + " would help if the API allows it.",
            "api"),
    CALL_SLOTS(
            Type.GAUGE,
            "genai_call_slots",
            "Maximum number of calls in flight on the partitions that the worker owns now.",
            "api"),
    ITEMS_OPEN(
            Type.GAUGE,
            "genai_items_open",
            "Items that have been read and have no result yet, by place: `ready` for a call, `in_flight`, `waiting`"
                    + " for their next attempt, `retry` (on the retry topic), `remote` (the API is working on them),"
                    + " or `unread` (to be read again after a start). Open items without new results mean no"
                    + " progress.",
            "api",
            "stage"),

    REQUESTS(Type.COUNTER, "genai_requests_total", "Requests that were accepted for a call.", "api"),
    REPEATS(
            Type.COUNTER,
            "genai_repeats_total",
            "Requests that were dropped because their item is open or answered: a producer sent them twice.",
            "api"),
    RETRIES(
            Type.COUNTER,
            "genai_retries_total",
            "Failed calls that are repeated, by the outcome that is the reason.",
            "api",
            "reason"),
    RESULTS(
            Type.COUNTER,
            "genai_results_total",
            "Results written, one per item. Shows the progress, and the share of items that finally fail.",
            "api",
            "success"),

    TOKENS(
            Type.COUNTER,
            "genai_tokens_total",
            "Tokens that the API reported, including those of failed calls.",
            "api",
            "model",
            "direction"),
    PAGES(Type.COUNTER, "genai_pages_total", "Converted pages of documents.", "api"),
    COST(
            Type.COUNTER,
            "genai_cost_usd_total",
            "Known cost of calls in USD, counted when a call ends, including failed calls.",
            "api",
            "model",
            "credential"),
    COST_UNKNOWN(
            Type.COUNTER,
            "genai_cost_unknown_total",
            "Results with unknown or partly unknown cost, which genai_cost_usd_total does not include.",
            "api"),

    CREDENTIAL_HELD(
            Type.GAUGE,
            "genai_credential_held",
            "1 while calls with this credential wait for this reason: `outage` (the API is down), `key_refused` or"
                    + " `quota_exhausted`. Nothing is lost. Alert on the last two, because they need a person.",
            "api",
            "credential",
            "reason"),
    LIMIT_WAIT(
            Type.COUNTER,
            "genai_limit_wait_seconds_total",
            "Time during which calls were ready and could not start because of this limit. If this grows by almost 1"
                    + " per second, the limit sets the pace.",
            "api",
            "credential",
            "limit"),
    LIMIT_REMAINING(
            Type.GAUGE,
            "genai_limit_remaining",
            "Amount that could start at this moment within this limit. For a limit per minute, this is at most 1 % of"
                    + " the share for a minute: it shows whether calls wait, not how much of the minute is left.",
            "api",
            "credential",
            "limit"),

    DEAD_LETTERS(
            Type.COUNTER,
            "genai_dead_letters_total",
            "Records that became dead letters, by the topic they came from. Check each of them: `genai dead-letters"
                    + " list` shows the reason.",
            "topic",
            "reason"),

    COMMIT_AVG(
            Type.GAUGE,
            "genai_commit_avg_seconds",
            "Average duration of the commit of a transaction in about the last half minute; NaN if there was none."
                    + " Results are readable after the commit."),
    COMMIT_MAX(
            Type.GAUGE,
            "genai_commit_max_seconds",
            "Maximum duration of the commit of a transaction in about the last half minute; NaN if there was none."
                    + " Broker problems show here first."),
    STREAM_STATE(Type.GAUGE, "genai_stream_state", "1 for the current state of Kafka Streams.", "state"),
    STREAM_THREADS(Type.GAUGE, "genai_stream_threads", "Configured number of stream threads."),
    STREAM_THREADS_ALIVE(Type.GAUGE, "genai_stream_threads_alive", "Number of stream threads that are alive."),
    THREAD_FAILURES(
            Type.COUNTER,
            "genai_thread_failures_total",
            "Stream threads that failed. They are replaced unless `thread.failures.max` is exceeded."),
    CONSUMER_LAG(
            Type.GAUGE,
            "genai_consumer_lag_records",
            "Backlog: records of the request and retry topics that the worker has not taken in yet, on the partitions"
                    + " that it owns. The value is up to 15 seconds old. It includes partitions that are paused"
                    + " because their lane is full. Markers of transactions count, so it may stay above 0.",
            "topic",
            "partition"),
    RESTORE_REMAINING(
            Type.GAUGE,
            "genai_restore_remaining_records",
            "Records that the worker must still read into its local stores before it is ready.");

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

    /** The meaning and the purpose of the metric. */
    public String meaning() {
        return meaning;
    }

    public List<String> labels() {
        return labels;
    }
}

package io.github.genaistreams.worker;

import io.github.genaistreams.topology.call.CallEvents;
import io.github.genaistreams.wire.Topics;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The log of a worker's calls. Each API has a logger of its own, {@code genai.responses} and {@code genai.documents}, and so a level
 * of its own. Thread-safe.
 */
public final class WorkerLog implements CallEvents {

    /** Above the loggers of all APIs. */
    public static final String LOGGER = "genai";

    /** Loggers of their own, for who shows the failed results anyway. */
    public static final List<String> FAILURES = List.of(failures(Topics.RESPONSES), failures(Topics.DOCUMENTS));

    private final LongSupplier nanoTime;
    private final Map<String, ApiLog> apis = new ConcurrentHashMap<>();

    public WorkerLog() {
        this(System::nanoTime);
    }

    WorkerLog(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** The logger of an API's calls. */
    public static String logger(String api) {
        return LOGGER + "." + api;
    }

    static String failures(String api) {
        return logger(api) + ".failed";
    }

    @Override
    public CallEvents of(String api) {
        return apis.computeIfAbsent(api, its -> new ApiLog(its, nanoTime));
    }

    /** Says what no later line would say: warnings left out, and batches of which other workers have the rest. Called now and then. */
    void catchUp() {
        apis.values().forEach(ApiLog::tellLeftOut);
        apis.values().forEach(ApiLog::endQuietBatches);
    }
}

package io.github.genaistreams.worker;

import io.github.genaistreams.topology.call.CallEvents;
import io.github.genaistreams.wire.Topics;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * The log of a worker's calls. Each API has its own logger, {@code genai.responses} and {@code genai.documents}, and so
 * its own level. Thread-safe.
 */
public final class WorkerLog implements CallEvents {

    /** Parent of the loggers of all APIs. */
    public static final String LOGGER = "genai";

    /** Failures have loggers of their own, for a program that shows failed results itself. */
    public static final List<String> FAILURES = List.of(failures(Topics.RESPONSES), failures(Topics.DOCUMENTS));

    /** The logger of holds, for the same purpose. */
    public static final String HOLDS = HoldLog.class.getName();

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

    /**
     * Logs what no later line would: suppressed warnings, and batches whose remaining items other workers have. Called
     * periodically.
     */
    void catchUp() {
        apis.values().forEach(ApiLog::reportSuppressed);
        apis.values().forEach(ApiLog::endQuietBatches);
    }
}

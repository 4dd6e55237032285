package io.github.genaistreams.worker;

import io.github.genaistreams.flow.Governor;
import io.github.genaistreams.flow.Lanes;
import java.util.function.ToDoubleFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** Logs a summary line per interval while anything happens, and news about credentials. For one thread. */
final class SummaryLog implements Runnable {

    private static final Logger LOG = LoggerFactory.getLogger(Worker.class);

    private final GenAiConfig config;
    private final Lanes lanes;
    private final WorkerStats stats;
    private final WorkerLog log;
    private final ApiBindings apis;
    private final ToDoubleFunction<String> shares;
    private final ShareLog shareLog = new ShareLog();
    private WorkerStats.Snapshot before;

    /** @param shares the worker's present share of an API's accounts, from 0 to 1 */
    SummaryLog(
            GenAiConfig config,
            Lanes lanes,
            WorkerStats stats,
            WorkerLog log,
            ApiBindings apis,
            ToDoubleFunction<String> shares) {
        this.config = config;
        this.lanes = lanes;
        this.stats = stats;
        this.log = log;
        this.apis = apis;
        this.shares = shares;
        this.before = stats.snapshot();
    }

    @Override
    public void run() {
        WorkerStats.Snapshot now = stats.snapshot();
        if (!now.equals(before) || lanes.size() > 0) {
            var line = LOG.atInfo()
                    .addKeyValue("in_flight", lanes.inFlight())
                    .addKeyValue("open", lanes.size())
                    .addKeyValue("lane_peak", lanes.peak())
                    .addKeyValue("interval_secs", config.logSummaryInterval().toSeconds());
            withCounts(line, now.since(before)).log("summary");
        }
        before = now;
        apis.governors().values().forEach(ofApi -> ofApi.forEach(SummaryLog::logCredential));
        if (config.sharesLimits()) {
            apis.governors().forEach((api, ofApi) -> shareLog.check(api, shares.applyAsDouble(api), ofApi));
        }
        log.catchUp();
    }

    private static void logCredential(String credential, Governor governor) {
        // The end of a hold is logged at the next check, and without calls there is no check.
        governor.hold(System.currentTimeMillis());
        governor.overloadedModels().forEach(overloaded -> LOG.atInfo()
                .addKeyValue("credential", credential)
                .addKeyValue("model", overloaded.model())
                .addKeyValue("in_flight", overloaded.inFlight())
                .addKeyValue("better", overloaded.better())
                .log("Fewer concurrent calls would be enough (" + GenAiConfig.ADAPTIVE + "=on limits them)"));
    }

    static LoggingEventBuilder withCounts(LoggingEventBuilder line, WorkerStats.Snapshot counts) {
        return line.addKeyValue("ok", counts.succeeded())
                .addKeyValue("failed", counts.failed())
                .addKeyValue("calls", counts.calls())
                .addKeyValue("retries", counts.retries())
                .addKeyValue("duplicates", counts.duplicates())
                .addKeyValue("dead_letters", counts.deadLetters())
                .addKeyValue("tokens", counts.tokens());
    }
}

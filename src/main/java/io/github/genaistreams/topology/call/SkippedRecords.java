package io.github.genaistreams.topology.call;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Logs that records of a topic are left out because they cannot be processed: the first one at once, later ones once a
 * minute with their number and the latest reason. So many such records do not flood the log. For one thread.
 */
public final class SkippedRecords {

    private static final long INTERVAL_MILLIS = Duration.ofMinutes(1).toMillis();

    private final Logger log;
    private final String what;
    private long since;
    private long next = Long.MIN_VALUE;

    /** @param what the start of the log line: "A record of the result topic is left out of its batch" */
    public SkippedRecords(Logger log, String what) {
        this.log = log;
        this.what = what;
    }

    /**
     * One more record is left out.
     *
     * @param batchId its batch; null if it names none
     * @param failure the failure of this program; null if the record itself is invalid
     */
    public void add(@Nullable String batchId, String reason, @Nullable RuntimeException failure, long now) {
        since++;
        if (now < next) {
            return;
        }
        log.atWarn()
                .addKeyValue("batch", batchId)
                .addKeyValue("number", since)
                .setCause(failure)
                .log("{}: {}", what, reason);
        next = now + INTERVAL_MILLIS;
        since = 0;
    }
}

package io.github.genaistreams.flow;

import java.time.Duration;
import java.util.Locale;

/** Why a credential is held, and how often a probe asks whether that is over. */
public enum HoldReason {
    /** The API does not work for anybody. */
    OUTAGE(Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(15)),
    /** The API refuses the key. */
    KEY_REFUSED(Duration.ofMinutes(1), Duration.ofMinutes(15), Duration.ofMinutes(15)),
    /** The account has no money left. */
    QUOTA_EXHAUSTED(Duration.ofMinutes(1), Duration.ofMinutes(15), Duration.ofMinutes(15));

    private final long minWait;
    private final long maxWait;
    private final long patience;

    HoldReason(Duration minWait, Duration maxWait, Duration patience) {
        this.minWait = minWait.toMillis();
        this.maxWait = maxWait.toMillis();
        this.patience = patience.toMillis();
    }

    /** The name in records and metrics: {@code key_refused}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Milliseconds until the first probe. */
    long firstWait() {
        return minWait;
    }

    /** Milliseconds until the probe after one that failed. */
    long nextWait(long lastWait) {
        return Math.min(2 * lastWait, maxWait);
    }

    /** Milliseconds until another probe while one has not ended. */
    long patience() {
        return patience;
    }
}

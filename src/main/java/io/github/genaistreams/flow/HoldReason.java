package io.github.genaistreams.flow;

import java.util.Locale;

/** Why a credential is held. */
public enum HoldReason {
    /** The API does not work for anybody. */
    OUTAGE,
    /** The API refuses the key. */
    KEY_REFUSED,
    /** The account has no money left. */
    QUOTA_EXHAUSTED;

    /** The name in records and metrics: {@code key_refused}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}

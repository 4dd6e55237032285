package io.github.genaistreams.worker;

import io.github.genaistreams.flow.HoldListener;
import io.github.genaistreams.flow.HoldStatus;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/** Logs the holds of one credential: a line when one begins, and one when it ends. */
record HoldLog(String api, String credential) implements HoldListener {

    private static final Logger LOG = LoggerFactory.getLogger(HoldLog.class);

    @Override
    public void held(HoldStatus hold) {
        add(LOG.atWarn(), hold)
                .addKeyValue("error", hold.words())
                .log(
                        switch (hold.reason()) {
                            case OUTAGE ->
                                "The API is down. Its calls wait, and one call at a time checks whether it is back";
                            case KEY_REFUSED ->
                                "The API refuses the key. Calls with this key wait until its file has another key, or"
                                        + " until a restart";
                            case QUOTA_EXHAUSTED ->
                                "The account has no money left, or has reached its limit. Its calls wait, and one"
                                        + " call tries again from time to time";
                        });
    }

    @Override
    public void opened(HoldStatus hold, long at) {
        add(LOG.atInfo(), hold)
                .addKeyValue("held_secs", Duration.ofMillis(at - hold.since()).toSeconds())
                .log("Calls resume");
    }

    @Override
    public void gaveUp(HoldStatus hold) {
        add(LOG.atWarn(), hold)
                .log("The outage has lasted for " + GenAiConfig.OUTAGE_HOLD_MAX_MS
                        + ". From now on, items without further retries fail");
    }

    private LoggingEventBuilder add(LoggingEventBuilder line, HoldStatus hold) {
        return line.addKeyValue("api", api)
                .addKeyValue("credential", credential)
                .addKeyValue("reason", hold.reason().label());
    }
}

package io.github.genaistreams.worker;

import io.github.genaistreams.flow.Governor;
import io.github.genaistreams.flow.LimitSettings;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs the worker's part of the limits per minute when its share changes. For one thread. */
final class ShareLog {

    private static final Logger LOG = LoggerFactory.getLogger(ShareLog.class);

    /** By API. */
    private final Map<String, Double> logged = new HashMap<>();

    /**
     * @param share     the worker's present share of the API's accounts, from 0 to 1
     * @param governors by credential
     */
    void check(String api, double share, Map<String, Governor> governors) {
        Double before = logged.put(api, share);
        if (share != (before == null ? 0 : before)) {
            governors.forEach((credential, governor) -> log(api, credential, share, governor.limits()));
        }
    }

    private static void log(String api, String credential, double share, LimitSettings limits) {
        List<String> parts = new ArrayList<>();
        part(parts, share, limits.requestsPerMinute(), "requests");
        part(parts, share, limits.tokensPerMinute(), "tokens");
        if (!parts.isEmpty()) {
            LOG.atInfo()
                    .addKeyValue("api", api)
                    .addKeyValue("credential", credential)
                    .log(
                            "This worker uses {} per minute, in proportion to its partitions ({} %)",
                            String.join(" and ", parts), Math.round(100 * share));
        }
    }

    private static void part(List<String> parts, double share, long limit, String unit) {
        if (limit > 0) {
            parts.add(Math.round(share * limit) + " of " + limit + " " + unit);
        }
    }
}

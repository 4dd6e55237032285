package io.github.genaistreams.worker;

import java.util.HashMap;
import java.util.Map;

/** A configuration of what a test sets, beside the brokers. */
final class Configured {

    private Configured() {}

    static GenAiConfig config(Map<String, String> settings) {
        Map<String, String> all = new HashMap<>(settings);
        all.put(GenAiConfig.BOOTSTRAP_SERVERS, "localhost:9092");
        return new GenAiConfig(all);
    }
}

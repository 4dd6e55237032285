package io.github.genaistreams.worker;

import io.github.genaistreams.topology.call.Outbox;
import io.github.genaistreams.wire.ResultShape;
import io.github.genaistreams.wire.WireFormat;
import java.util.Set;
import org.apache.kafka.common.config.ConfigException;

/** Checks what the types and bounds of single settings do not cover: unknown keys, and settings that conflict. */
final class SettingsCheck {

    private static final int MIN_ANSWER_BYTES = 1_024;

    private SettingsCheck() {}

    /**
     * @param keys the keys that were given
     * @throws ConfigException if the settings cannot be used; the message names the key
     */
    static void check(GenAiConfig config, Set<String> keys) {
        refuseUnknownKeys(config, keys);
        if (config.resultShape() == ResultShape.FLAT && config.resultFormat() != WireFormat.JSON) {
            throw new ConfigException(
                    GenAiConfig.RESULT_SHAPE,
                    "flat",
                    "needs JSON results, but " + GenAiConfig.RESULT_FORMAT + " is "
                            + config.getString(GenAiConfig.RESULT_FORMAT)
                            + ": set " + GenAiConfig.RESULT_FORMAT + "=json, or leave "
                            + GenAiConfig.RESULT_SHAPE + " out");
        }
        if (config.getInt(GenAiConfig.RESULT_MAX_BYTES) > config.recordMaxBytes() - (1 << 20)) {
            throw new ConfigException(
                    GenAiConfig.RESULT_MAX_BYTES,
                    config.getInt(GenAiConfig.RESULT_MAX_BYTES),
                    "must be at most " + GenAiConfig.RECORD_MAX_BYTES + " (" + config.recordMaxBytes()
                            + ") minus 1 MiB");
        }
        int documentAnswer = config.getInt(GenAiConfig.DATALAB_RESPONSE_MAX_BYTES);
        if (documentAnswer > 0 && documentAnswer < MIN_ANSWER_BYTES) {
            throw new ConfigException(
                    GenAiConfig.DATALAB_RESPONSE_MAX_BYTES,
                    documentAnswer,
                    "must be 0 or at least " + MIN_ANSWER_BYTES);
        }
        config.kafka().check(config.recordMaxBytes() + Outbox.ENVELOPE_BYTES);
        try {
            config.topics();
        } catch (IllegalArgumentException e) {
            throw new ConfigException(
                    GenAiConfig.TOPIC_PREFIX, config.getString(GenAiConfig.TOPIC_PREFIX), e.getMessage());
        }
        // The worker reads these again when it starts. The check here reports a mistake before anything else happens.
        config.schemaRegistry();
        config.responses().check();
        config.documents().check();
    }

    private static void refuseUnknownKeys(GenAiConfig config, Set<String> keys) {
        for (String key : keys) {
            if (!GenAiConfig.DEFINITION.configKeys().containsKey(key)
                    && !key.startsWith(GenAiConfig.KAFKA_PREFIX)
                    && !CredentialSettings.OPENAI.isOfAlias(key, config)
                    && !CredentialSettings.DATALAB.isOfAlias(key, config)) {
                throw new ConfigException("Unknown setting " + key
                        + ": `genai config` lists all settings; settings for Kafka clients start with "
                        + GenAiConfig.KAFKA_PREFIX);
            }
        }
    }
}

package io.github.genaistreams.worker;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.jspecify.annotations.Nullable;

/**
 * A Kafka definition of settings in the making. The order of its rows is the order in which {@code genai config} prints
 * them.
 */
final class SettingsTable {

    private final ConfigDef definition = new ConfigDef();

    /** A setting that still lacks its meaning. */
    @FunctionalInterface
    interface Row {

        /** Adds the setting with this description for users. */
        void means(String text);
    }

    /**
     * @param fallback the value without a setting
     * @param allowed  what a value must be, if its type does not say it all
     */
    Row setting(String key, Type type, @Nullable Object fallback, @Nullable Validator allowed, Importance importance) {
        return text -> definition.define(key, type, fallback, allowed, importance, text);
    }

    /** A setting whose type says all that a value must be. */
    Row setting(String key, Type type, @Nullable Object fallback, Importance importance) {
        return setting(key, type, fallback, null, importance);
    }

    /** What was defined. More rows may follow. */
    ConfigDef definition() {
        return definition;
    }
}

package io.github.genaistreams.worker;

import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.Importance;
import org.apache.kafka.common.config.ConfigDef.Type;
import org.apache.kafka.common.config.ConfigDef.Validator;
import org.jspecify.annotations.Nullable;

/**
 * Builds a {@link ConfigDef}. {@code genai config} prints the settings in the order in which they are added here.
 */
final class SettingsTable {

    private final ConfigDef definition = new ConfigDef();

    /** A setting without its description. */
    @FunctionalInterface
    interface Row {

        /** Adds the setting with a description for users. */
        void means(String text);
    }

    /**
     * @param fallback the default value
     * @param allowed  checks a value; null if the type is enough
     */
    Row setting(String key, Type type, @Nullable Object fallback, @Nullable Validator allowed, Importance importance) {
        return text -> definition.define(key, type, fallback, allowed, importance, text);
    }

    /** A setting whose type is enough to check a value. */
    Row setting(String key, Type type, @Nullable Object fallback, Importance importance) {
        return setting(key, type, fallback, null, importance);
    }

    /** The settings so far. */
    ConfigDef definition() {
        return definition;
    }
}

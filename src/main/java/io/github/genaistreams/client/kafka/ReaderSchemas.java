package io.github.genaistreams.client.kafka;

import io.github.genaistreams.registry.RegistrySettings;
import io.github.genaistreams.registry.SchemaRegistry;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WriterSchema;
import io.github.genaistreams.wire.WriterSchemas;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;

/**
 * The schemas of the records that a client reads. It connects to the registry when the first record needs it, and the
 * caller waits for the answer. Thread-safe.
 */
public final class ReaderSchemas implements WriterSchemas, AutoCloseable {

    private final Optional<RegistrySettings> settings;
    private final Duration patience;
    private @Nullable SchemaRegistry registry; // null until a record needs it

    /**
     * @param settings the settings of a client, including those of the registry
     * @param patience how long to wait for the registry
     * @throws IllegalArgumentException if a setting cannot be used
     */
    public ReaderSchemas(Map<String, Object> settings, Duration patience) {
        try {
            this.settings = RegistrySettings.of(settings);
        } catch (ConfigException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        this.patience = patience;
    }

    /** Throws {@link WireException} if there is no registry, {@link BatchClientException} if it does not answer. */
    @Override
    public WriterSchema of(int id) {
        SchemaRegistry asked = registry(id);
        try {
            String trouble = asked.await(id, patience);
            if (trouble != null) {
                throw new BatchClientException("The schema registry did not give schema " + id + " of a record within "
                        + patience.toSeconds() + " s: " + trouble);
            }
            return asked.of(id);
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }

    private synchronized SchemaRegistry registry(int id) {
        if (registry == null) {
            registry = settings.map(SchemaRegistry::new)
                    // This does not end the reader, because any program may have written such bytes to the topic.
                    .orElseThrow(() -> new WireException("its value is framed for a schema registry (schema ID " + id
                            + "): set " + RegistrySettings.URL + " as for the workers"));
        }
        return registry;
    }

    @Override
    public synchronized void close() {
        if (registry != null) {
            registry.close();
        }
    }
}

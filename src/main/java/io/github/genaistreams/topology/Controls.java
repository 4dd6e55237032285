package io.github.genaistreams.topology;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireException;
import java.util.Optional;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the control topic says of batches: a global store, so that every task sees all of it, whatever batch its requests are of.
 * It is as new as the worker's reading of that topic, a fraction of a second behind.
 */
final class Controls {

    private static final Logger LOG = LoggerFactory.getLogger(Controls.class);
    private static final String STORE = "batch-controls";

    private final KeyValueStore<String, byte[]> store;

    /** As a task sees it. */
    Controls(ProcessorContext<?, ?> context) {
        this.store = context.getStateStore(STORE);
    }

    /** Has the store filled from the topic. */
    static void addTo(Topology topology, String topic) {
        topology.addGlobalStore(
                Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(STORE), Serdes.String(), Serdes.ByteArray())
                        .withLoggingDisabled(),
                "controls-in",
                new StringDeserializer(),
                Serdes.ByteArray().deserializer(),
                topic,
                "controls",
                Keeper::new);
    }

    /** What is to hold for a batch, if anything was said. */
    Optional<BatchControl> of(String batchId) {
        byte[] control = store.get(batchId);
        if (control == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(Codecs.BATCH_CONTROL.decode(control));
        } catch (WireException e) {
            return Optional.empty();
        }
    }

    /** Why nothing more of a batch is to be called, as an error's code; null if calls go on. */
    String stopped(String batchId) {
        return of(batchId).flatMap(BatchControl::stopped).orElse(null);
    }

    /** Keeps records as they are, so that it makes no difference whether they come live or when the store is restored. */
    private static final class Keeper implements Processor<String, byte[], Void, Void> {

        private KeyValueStore<String, byte[]> store;

        @Override
        public void init(ProcessorContext<Void, Void> context) {
            store = context.getStateStore(STORE);
        }

        @Override
        public void process(Record<String, byte[]> record) {
            if (record.key() == null) {
                LOG.warn("A record of the control topic has no key and is ignored: its key is the batch ID");
                return;
            }
            store.put(record.key(), record.value());
            if (record.value() != null) {
                check(record);
            }
        }

        private static void check(Record<String, byte[]> record) {
            try {
                BatchControl control = Codecs.BATCH_CONTROL.decode(record.value());
                if (!record.key().equals(control.batchId())) {
                    LOG.warn(
                            "A record of the control topic is of another batch than its key says: it holds for the key's");
                }
                LOG.atInfo()
                        .addKeyValue("batch", record.key())
                        .addKeyValue("stopped", control.stopped().orElse(null))
                        .log("batch_control");
            } catch (WireException e) {
                LOG.atWarn()
                        .addKeyValue("batch", record.key())
                        .log("A record of the control topic cannot be read and is ignored: {}", e.getMessage());
            }
        }
    }
}

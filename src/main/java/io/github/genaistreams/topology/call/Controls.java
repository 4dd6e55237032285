package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.ItemRules;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.StateReader;
import io.github.genaistreams.wire.StateWriter;
import io.github.genaistreams.wire.WireException;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import io.github.genaistreams.wire.WriterSchemas;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The controls of batches from the control topic: a global store, so that every task sees the controls of every batch.
 * It lags behind the topic by a fraction of a second.
 *
 * <p>The topic is a log, not compacted. The control of a batch is the combination of all its records in order.
 */
public final class Controls {

    private static final Logger LOG = LoggerFactory.getLogger(Controls.class);
    private static final String STORE = "batch-controls";

    private final KeyValueStore<String, Said> store;

    /** The store of a task. */
    public Controls(ProcessorContext<?, ?> context) {
        this.store = context.getStateStore(STORE);
    }

    /**
     * A stop: no more items of the batch are called.
     *
     * @param code the reason, as an error code
     * @param at   time of the latest stop, epoch milliseconds
     */
    record Stop(String code, long at) {

        boolean isCancelled() {
            return code.equals(BatchControl.CANCELLED);
        }
    }

    /** The combined control of a batch, and the time of its latest stop (0 if never). */
    private record Said(BatchControl control, long stoppedAt) {

        /** Irrelevant: the store is in memory, and each worker fills it again. */
        private static final int VERSION = 1;

        static Serde<Said> serde() {
            return Serdes.serdeFrom((topic, said) -> said == null ? null : said.bytes(), (topic, bytes) -> {
                return bytes == null ? null : of(bytes);
            });
        }

        byte[] bytes() {
            var out = new StateWriter(VERSION);
            out.write(stoppedAt);
            out.write(Codecs.BATCH_CONTROL.encode(control, WireFormat.JSON));
            return out.bytes();
        }

        public static Said of(byte[] bytes) {
            return StateReader.read("the control of a batch", bytes, VERSION, in -> {
                long stoppedAt = in.readLong();
                return new Said(Codecs.BATCH_CONTROL.decode(in.readBytes()), stoppedAt);
            });
        }

        Said and(BatchControl later, long at) {
            return new Said(control.and(later), later.stopped().isPresent() ? Math.max(at, stoppedAt) : stoppedAt);
        }
    }

    /**
     * Adds the store, which is filled from the topic.
     *
     * @param resume receives the alias of a credential whose hold a person ends; also for records from before the start
     */
    public static void addTo(Topology topology, String topic, WriterSchemas writers, Consumer<String> resume) {
        topology.addGlobalStore(
                Stores.keyValueStoreBuilder(Stores.inMemoryKeyValueStore(STORE), Serdes.String(), Said.serde())
                        .withLoggingDisabled(),
                "controls-in",
                new StringDeserializer(),
                Serdes.ByteArray().deserializer(),
                topic,
                "controls",
                () -> new Keeper(Codecs.BATCH_CONTROL.reading(writers), resume));
    }

    /** The control of a batch, if there is one. */
    public Optional<BatchControl> of(String batchId) {
        return Optional.ofNullable(store.get(batchId)).map(Said::control);
    }

    /** Whether the batch is stopped. */
    Optional<Stop> stop(String batchId) {
        return Optional.ofNullable(store.get(batchId))
                .flatMap(said -> said.control().stopped().map(code -> new Stop(code, said.stoppedAt())));
    }

    /**
     * Why an item must not be called, as an error code, if its batch was stopped; null otherwise.
     *
     * @param retriedAt time of its explicit retry, epoch milliseconds; 0 if there was none
     */
    @Nullable
    String stopped(String batchId, long retriedAt) {
        Said said = store.get(batchId);
        return said == null || retriedAt > said.stoppedAt()
                ? null
                : said.control().stopped().orElse(null);
    }

    /** Combines records. Kafka Streams also runs it when it restores the store from the topic. */
    private static final class Keeper implements Processor<String, byte[], Void, Void> {

        private final SkippedRecords skipped = new SkippedRecords(LOG, "A record of the control topic is ignored");
        private final Codec<BatchControl> controls;
        private final Consumer<String> resume;
        private ProcessorContext<Void, Void> context;
        private KeyValueStore<String, Said> store;

        Keeper(Codec<BatchControl> controls, Consumer<String> resume) {
            this.controls = controls;
            this.resume = resume;
        }

        @Override
        public void init(ProcessorContext<Void, Void> context) {
            this.context = context;
            store = context.getStateStore(STORE);
        }

        /** A failure must not pass: it would end this worker, and every other worker that reads the same record. */
        @Override
        public void process(Record<String, byte[]> record) {
            try {
                keep(record);
            } catch (KafkaException e) {
                throw e;
            } catch (RuntimeException e) {
                ignored(record.key(), "the worker failed over it", e);
            }
        }

        private void keep(Record<String, byte[]> record) {
            Header resumed = record.headers().lastHeader(WireHeaders.RESUME);
            if (record.key() == null && resumed != null && resumed.value() != null) {
                resume.accept(new String(resumed.value(), StandardCharsets.UTF_8));
            } else if (record.key() == null) {
                ignored(null, "it has no key; its key is the batch ID", null);
            } else if (record.value() == null) {
                store.delete(record.key());
            } else {
                take(record);
            }
        }

        private void take(Record<String, byte[]> record) {
            BatchControl control;
            try {
                control = controls.decode(record.value());
            } catch (WireException e) {
                ignored(record.key(), e.getMessage(), null);
                return;
            }
            Optional<String> fault = record.key().equals(control.batchId())
                    ? ItemRules.unnamed(control.batchId(), 0).or(control::fault)
                    : Optional.of("its key is not its batch_id");
            if (fault.isPresent()) {
                ignored(record.key(), fault.get(), null);
                return;
            }
            Said before = store.get(record.key());
            Said now = (before == null ? new Said(BatchControl.of(record.key()), 0) : before)
                    // A stop with a time in the future would also stop items that are submitted again before that time.
                    .and(control, PresentTime.notInTheFuture(record.timestamp(), context.currentSystemTimeMs()));
            store.put(record.key(), now);
            LOG.atInfo()
                    .addKeyValue("batch", record.key())
                    .addKeyValue("stopped", now.control().stopped().orElse(null))
                    .log("batch_control");
        }

        private void ignored(@Nullable String batchId, String reason, @Nullable RuntimeException failure) {
            skipped.add(batchId, reason, failure, context.currentSystemTimeMs());
        }
    }
}

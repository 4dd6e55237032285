package io.github.genaistreams.topology.call;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WriterSchemas;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.function.Consumer;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorSupplier;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.StoreBuilder;

/** The control topic, and the store that a worker fills from it. */
final class ControlTopic {

    final List<String> resumed = new ArrayList<>();
    final MockProcessorContext<Void, Void> context =
            new MockProcessorContext<>(new Properties(), new TaskId(0, 0), null);
    private final Global global = new Global();
    private final Processor<String, byte[], Void, Void> keeper;

    /** What {@link Controls} adds to a topology. */
    private static final class Global extends Topology {

        private StateStore store;
        private Processor<String, byte[], Void, Void> keeper;

        @Override
        @SuppressWarnings("unchecked")
        public synchronized <K, V, S extends StateStore> Topology addGlobalStore(
                StoreBuilder<S> builder,
                String source,
                Deserializer<K> keys,
                Deserializer<V> values,
                String topic,
                String name,
                ProcessorSupplier<K, V, Void, Void> supplier) {
            store = builder.build();
            keeper = (Processor<String, byte[], Void, Void>) supplier.get();
            return this;
        }
    }

    ControlTopic(long now) {
        this(now, alias -> {});
    }

    /** @param onResume also receives the alias of each credential whose hold a person ends */
    ControlTopic(long now, Consumer<String> onResume) {
        Controls.addTo(global, "control", WriterSchemas.NONE, onResume.andThen(resumed::add));
        keeper = global.keeper;
        context.setCurrentSystemTimeMs(now);
        addStoreTo(context);
        keeper.init(context);
    }

    /** As it is in each task of the worker. */
    void addStoreTo(MockProcessorContext<?, ?> task) {
        global.store.init(context.getStateStoreContext(), global.store);
        task.addStateStore(global.store);
    }

    void say(BatchControl control, long timestamp) {
        say(control.batchId(), Codecs.BATCH_CONTROL.encode(control, WireFormat.JSON), timestamp);
    }

    void say(String key, byte[] value, long timestamp) {
        say(key, value, timestamp, new RecordHeaders());
    }

    void say(String key, byte[] value, long timestamp, Headers headers) {
        keeper.process(new Record<>(key, value, timestamp, headers));
    }

    Controls controls() {
        return new Controls(context);
    }
}

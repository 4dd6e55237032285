package io.github.genaistreams.topology.gate;

import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.wire.WriterSchemas;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.KafkaClientSupplier;

/**
 * Supplies Kafka Streams with a main consumer that reads no request partition whose lane is full, gives no partition away while
 * calls are in flight there, and takes partitions only that are a task's; with the admin client for that; and with a global consumer
 * whose records all have a time. Neither reads a record whose schema is still asked for. The producer measures its commits. All other
 * clients are plain ones.
 */
public final class IntakeGate implements KafkaClientSupplier {

    private final Lanes lanes;
    private final Duration drainTimeout;
    private final TaskCounts counts;
    private final WriterSchemas schemas;
    private volatile boolean started;
    private volatile boolean stopping;

    /** Of the partitions of a stream thread, as they were committed last, by whomever. */
    private final ThreadLocal<Map<TopicPartition, OffsetAndMetadata>> committed = ThreadLocal.withInitial(HashMap::new);

    /** Made when Kafka Streams is, before its threads. */
    private volatile TaskAdmin admin;

    /**
     * @param drainTimeout how long partitions may stay for their calls in flight; less than {@code transaction.timeout.ms}, since other
     *                     members may wait for that with a transaction open
     * @param counts       which partitions are tasks
     * @param schemas      of what is framed for a schema registry
     */
    public IntakeGate(Lanes lanes, Duration drainTimeout, TaskCounts counts, WriterSchemas schemas) {
        this.lanes = lanes;
        this.drainTimeout = drainTimeout;
        this.counts = counts;
        this.schemas = schemas;
    }

    /** To be called when Kafka Streams has started. */
    public void started() {
        started = true;
    }

    /** To be called before Kafka Streams is closed: it waits for no other member of its group from then on. */
    public void stopping() {
        stopping = true;
    }

    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
        var handOver = new HandOver(lanes, drainTimeout, System::nanoTime);
        return new GatedConsumer(
                TaskCountAssignor.inFront(config, counts, admin, handOver),
                lanes,
                drainTimeout,
                counts,
                schemas,
                handOver,
                () -> stopping,
                committed);
    }

    @Override
    public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> config) {
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> config) {
        return new TimedConsumer(config, schemas, () -> started);
    }

    @Override
    public Producer<byte[], byte[]> getProducer(Map<String, Object> config) {
        return new PacedProducer(config, lanes, committed);
    }

    @Override
    public Admin getAdmin(Map<String, Object> config) {
        admin = new TaskAdmin(Admin.create(config));
        return admin.asAdmin();
    }
}

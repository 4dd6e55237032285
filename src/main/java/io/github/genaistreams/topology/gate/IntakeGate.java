package io.github.genaistreams.topology.gate;

import io.github.genaistreams.flow.Lanes;
import io.github.genaistreams.topology.topic.TaskCounts;
import io.github.genaistreams.wire.WriterSchemas;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.streams.KafkaClientSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Supplies Kafka Streams with its clients:
 *
 * <ul>
 * <li>The main consumer pauses a request partition while its lane is full. It delays giving a partition away while calls
 * are in flight there. It takes only partitions that belong to a task, which it learns with the admin client.
 * <li>The global consumer gives every record a time.
 * <li>Neither consumer returns a record whose schema is still being requested.
 * <li>The producer measures its commits.
 * <li>All other clients are Kafka's own.
 * </ul>
 */
public final class IntakeGate implements KafkaClientSupplier {

    private final Lanes lanes;
    private final Duration drainTimeout;
    private final TaskCounts counts;
    private final WriterSchemas schemas;
    private volatile boolean started;
    private volatile boolean stopping;

    /** The last committed offsets of a stream thread's partitions, by any worker. */
    private final ThreadLocal<Map<TopicPartition, OffsetAndMetadata>> committed = ThreadLocal.withInitial(HashMap::new);

    /** Null until Kafka Streams is created. It requests the admin client before its threads start. */
    private volatile @Nullable TaskAdmin admin;

    /**
     * @param drainTimeout how long a revocation may wait for calls in flight; less than
     *     {@code transaction.timeout.ms}, since other members may wait for that with an open transaction
     * @param counts       which partitions belong to tasks
     * @param schemas      schemas of records that are framed for a schema registry
     */
    public IntakeGate(Lanes lanes, Duration drainTimeout, TaskCounts counts, WriterSchemas schemas) {
        this.lanes = lanes;
        this.drainTimeout = drainTimeout;
        this.counts = counts;
        this.schemas = schemas;
    }

    /** Call it after Kafka Streams has started. */
    public void started() {
        started = true;
    }

    /** Call it before Kafka Streams is closed: from then on, it waits for no other member of its group. */
    public void stopping() {
        stopping = true;
    }

    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> config) {
        var handOver = new HandOver(lanes, drainTimeout, System::nanoTime);
        var listener =
                new RevocationDelay(lanes, handOver, drainTimeout, () -> stopping, this::forget, System::nanoTime);
        return new GatedConsumer(
                TaskCountAssignor.inFront(config, counts, Objects.requireNonNull(admin), handOver),
                lanes,
                counts,
                schemas,
                handOver,
                listener,
                committed);
    }

    /** On the stream thread whose consumer has given these partitions away. */
    private void forget(Collection<TopicPartition> gone) {
        committed.get().keySet().removeAll(gone);
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
        var created = new TaskAdmin(Admin.create(config));
        admin = created;
        return created.asAdmin();
    }
}

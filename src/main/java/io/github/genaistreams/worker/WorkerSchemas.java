package io.github.genaistreams.worker;

import io.github.genaistreams.model.BatchStatus;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ResponseDelta;
import io.github.genaistreams.registry.RegistryException;
import io.github.genaistreams.registry.SchemaRegistry;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a worker writes and reads records, with its schema registry if there is one. Records that only workers read are
 * written without it: retried requests, requests from a whole batch, notes, control records.
 */
final class WorkerSchemas implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(WorkerSchemas.class);

    /** How long a start waits for an unreachable registry. */
    private static final Duration PATIENCE = Duration.ofSeconds(15);

    private final Optional<SchemaRegistry> registry;
    private final WireCodecs codecs;

    private WorkerSchemas(Optional<SchemaRegistry> registry, WireCodecs codecs) {
        this.registry = registry;
        this.codecs = codecs;
    }

    /**
     * Makes sure that the registry has the schemas of the records written in Confluent's wire format. If the worker
     * only reads such records, the registry is not called yet.
     *
     * @throws WorkerException if a schema is missing; the message says what to change
     */
    static WorkerSchemas of(GenAiConfig config) {
        WireCodecs plain =
                WireCodecs.plain(config.resultFormat(), config.resultShape().codec());
        Optional<SchemaRegistry> registry;
        try {
            registry = config.schemaRegistry().map(SchemaRegistry::new);
        } catch (IllegalArgumentException e) {
            throw new WorkerException(e);
        }
        if (registry.isEmpty()) {
            return new WorkerSchemas(registry, plain);
        }
        try {
            return new WorkerSchemas(registry, with(registry.get(), plain, config));
        } catch (RegistryException e) {
            registry.get().close();
            throw new WorkerException(e);
        } catch (InterruptedException e) {
            registry.get().close();
            Thread.currentThread().interrupt();
            throw new WorkerException("Interrupted during a request to the schema registry", e);
        }
    }

    private static WireCodecs with(SchemaRegistry registry, WireCodecs plain, GenAiConfig config)
            throws InterruptedException {
        if (plain.format() != WireFormat.AVRO) {
            return new WireCodecs(plain.format(), plain.results(), plain.statuses(), plain.deltas(), registry);
        }
        Topics topics = config.topics();
        Codec<CallResult> results = framed(registry, topics.results(), plain.results());
        // Results published in order have the same bytes. Their subject is registered for readers who look for it.
        framed(registry, topics.resultsOrdered(), plain.results());
        Codec<BatchStatus> statuses = framed(registry, topics.batches(), Codecs.BATCH_STATUS);
        Codec<ResponseDelta> deltas = config.getBoolean(GenAiConfig.DELTAS_ENABLED)
                ? framed(registry, topics.deltas(), Codecs.RESPONSE_DELTA)
                : Codecs.RESPONSE_DELTA;
        return new WireCodecs(plain.format(), results, statuses, deltas, registry);
    }

    /** By Confluent's TopicNameStrategy. */
    private static <T> Codec<T> framed(SchemaRegistry registry, String topic, Codec<T> codec)
            throws InterruptedException {
        String subject = topic + "-value";
        int id = registry.idOf(subject, codec.avroSchema(), PATIENCE);
        LOG.atInfo().addKeyValue("subject", subject).addKeyValue("schema", id).log("schema_registry");
        return codec.framed(id);
    }

    WireCodecs codecs() {
        return codecs;
    }

    @Override
    public void close() {
        registry.ifPresent(SchemaRegistry::close);
    }
}

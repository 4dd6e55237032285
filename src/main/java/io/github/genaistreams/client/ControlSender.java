package io.github.genaistreams.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.wire.BatchPartitioner;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** Writes to the control topic, and returns when the cluster has the record. Thread-safe. */
final class ControlSender {

    private final Connection connection;
    private final String topic;

    ControlSender(Connection connection) {
        this.connection = connection;
        this.topic = connection.topics().control();
    }

    /** Sends the control of a batch. */
    void send(BatchControl control) {
        send(control, new RecordHeaders());
    }

    void send(BatchControl control, Headers headers) {
        int partitions = connection.cluster().partitions(topic);
        send(new ProducerRecord<>(
                topic,
                BatchPartitioner.partition(BatchIds.check(control.batchId()), partitions),
                control.batchId().getBytes(UTF_8),
                Codecs.BATCH_CONTROL.encode(control, WireFormat.JSON),
                headers));
    }

    /** Ends the hold of a credential. */
    void resume(String credential) {
        var headers = new RecordHeaders().add(WireHeaders.RESUME, credential.getBytes(UTF_8));
        send(new ProducerRecord<>(topic, 0, null, (byte[]) null, null, headers));
    }

    private void send(ProducerRecord<byte[], byte[]> record) {
        var sent = connection.producer(topic).send(record);
        try {
            sent.get(connection.settings().answerTimeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw connection.cluster().explained(topic, Objects.requireNonNull(e.getCause()));
        } catch (java.util.concurrent.TimeoutException e) {
            throw connection.cluster().explained(topic, new TimeoutException(e));
        } catch (InterruptedException e) {
            throw new InterruptException(e);
        }
    }
}

package io.github.genaistreams.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.TestTopics;
import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.embedded.SharedKafka;
import io.github.genaistreams.model.BatchControl;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.BatchPartitioner;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a client writes, and reads of it: {@link Connection}, {@link ControlSender} and {@link Submitter} on a broker. */
class ConnectionTest {

    private static final int PARTITIONS = 3;

    @RegisterExtension
    static final SharedKafka KAFKA = new SharedKafka();

    private static final Topics TOPICS = new Topics("connection.");
    private static Connection connection;

    @BeforeAll
    static void connect() throws Exception {
        try (Admin admin = Admin.create(kafka())) {
            TestTopics.create(
                    admin,
                    new NewTopic(TOPICS.requests("responses"), PARTITIONS, (short) 1),
                    new NewTopic(TOPICS.urgent("responses"), PARTITIONS, (short) 1),
                    new NewTopic(TOPICS.requests("documents"), PARTITIONS, (short) 1),
                    new NewTopic(TOPICS.control(), PARTITIONS, (short) 1));
        }
        connection = connection();
    }

    @AfterAll
    static void close() {
        connection.close();
    }

    private static Map<String, Object> kafka() {
        return Map.of("bootstrap.servers", KAFKA.broker().bootstrapServers());
    }

    private static Connection connection() {
        return new Connection(kafka(), TOPICS, null, 1 << 20);
    }

    private static List<ConsumerRecord<byte[], byte[]>> read(String topic, String words) {
        List<ConsumerRecord<byte[], byte[]>> read = new ArrayList<>();
        connection.scan(topic, record -> {
            if ((record.value() == null ? "" : new String(record.value(), UTF_8)).contains(words)) {
                read.add(record);
            }
        });
        return read;
    }

    private static List<ResponsesRequest> requests(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> BatchClientCase.request("prompt " + i))
                .toList();
    }

    private static List<Integer> indexes(String topic, String batchId) {
        return read(topic, batchId).stream()
                .map(record -> Codecs.RESPONSES_REQUEST.decode(record.value()))
                .map(ResponsesRequest::index)
                .sorted()
                .toList();
    }

    @Test
    void readsAlsoUrgentRequestsWhereThereIsATopicForThem() {
        assertThat(connection.requestTopics(RequestKind.RESPONSES))
                .containsExactly("connection.responses.requests", "connection.responses.requests.urgent");
        assertThat(connection.requestTopics(RequestKind.DOCUMENTS)).containsExactly("connection.documents.requests");
    }

    @Test
    void readsEveryPartitionOfATopicFromItsBeginning() {
        String topic = TOPICS.requests("documents");
        for (int partition = 0; partition < PARTITIONS; partition++) {
            connection.producer(topic).send(new ProducerRecord<>(topic, partition, null, "scanned".getBytes(UTF_8)));
        }
        connection.producer(topic).flush();

        assertThat(read(topic, "scanned")).extracting(ConsumerRecord::partition).containsExactlyInAnyOrder(0, 1, 2);
        assertThatThrownBy(() -> connection.scan("connection.none", record -> {}))
                .isInstanceOf(BatchClientException.class)
                .hasMessageContaining("topic connection.none does not exist");
    }

    @Test
    void opensNothingOnceItIsClosed() {
        Connection closed = connection();
        closed.producer(TOPICS.control());
        closed.close();
        closed.close();

        assertThatThrownBy(closed::results).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> closed.producer(TOPICS.control())).isInstanceOf(IllegalStateException.class);
    }

    /** A worker reads the controls of one batch in their order, so they are in one partition. */
    @Test
    void sendsAllControlsOfABatchToItsPartition() {
        var sender = new ControlSender(connection);
        String batchId = "controlled-1";
        sender.send(BatchControl.of(batchId).withBatchSize(7));
        sender.send(BatchControl.of(batchId).withCancel());

        assertThat(read(TOPICS.control(), batchId)).hasSize(2).allSatisfy(record -> {
            assertThat(record.partition()).isEqualTo(BatchPartitioner.partition(batchId, PARTITIONS));
            assertThat(record.key()).isEqualTo(batchId.getBytes(UTF_8));
        });
        assertThat(Codecs.BATCH_CONTROL
                        .decode(read(TOPICS.control(), batchId).get(1).value())
                        .stopped())
                .contains("cancelled");
        assertThatThrownBy(() -> sender.send(BatchControl.of(" ").withCancel()))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void endsAHoldByARecordOfNoBatch() {
        new ControlSender(connection).resume("eu");

        assertThat(read(TOPICS.control(), ""))
                .filteredOn(record -> record.key() == null)
                .singleElement()
                .satisfies(record -> {
                    assertThat(record.value()).isNull();
                    assertThat(record.headers().lastHeader(WireHeaders.RESUME).value())
                            .isEqualTo("eu".getBytes(UTF_8));
                });
    }

    @Test
    void saysWhichTopicIsMissingForAControl() {
        try (var lost = new Connection(kafka(), new Topics("none."), null, 1 << 20)) {
            assertThatThrownBy(() ->
                            new ControlSender(lost).send(BatchControl.of("b").withCancel()))
                    .isInstanceOf(BatchClientException.class)
                    .hasMessageContaining("topic none.control does not exist");
        }
    }

    @Test
    void placesAPartOfABatchFromItsFirstIndexOn() {
        var submitter = new Submitter(connection, WireFormat.JSON, false);
        submitter.submitPart(
                RequestKind.RESPONSES, "part-1", 5, 20, requests(3), index -> Map.of("n", Integer.toString(index)));

        List<ConsumerRecord<byte[], byte[]>> sent = read(TOPICS.requests("responses"), "part-1");
        assertThat(indexes(TOPICS.requests("responses"), "part-1")).containsExactly(5, 6, 7);
        assertThat(sent).allSatisfy(record -> {
            ResponsesRequest request = Codecs.RESPONSES_REQUEST.decode(record.value());
            assertThat(request.batchSize()).isEqualTo(20);
            assertThat(record.headers().lastHeader("n").value())
                    .isEqualTo(Integer.toString(request.index()).getBytes(UTF_8));
        });
    }

    @Test
    void submitsToTheUrgentTopicIfItIsSaid() {
        var submitter = new Submitter(connection, WireFormat.JSON, false);
        submitter.urgent().submit(RequestKind.RESPONSES, "urgent-1", requests(2), index -> Map.of());
        submitter.submit(RequestKind.RESPONSES, "urgent-2", requests(2), index -> Map.of());

        assertThat(indexes(TOPICS.urgent("responses"), "urgent-"))
                .as("of the first only")
                .containsExactly(0, 1);
        assertThat(indexes(TOPICS.requests("responses"), "urgent-1")).isEmpty();
    }

    @Test
    void submitsNothingAgainThatIsOnEitherTopic() {
        var submitter = new Submitter(connection, WireFormat.JSON, false);
        List<ResponsesRequest> all = requests(4);
        submitter.urgent().submitPart(RequestKind.RESPONSES, "rest-1", 1, 4, all.subList(1, 2), index -> Map.of());
        submitter.submitPart(RequestKind.RESPONSES, "rest-1", 3, 4, all.subList(3, 4), index -> Map.of());

        Submitter.Completed completed =
                submitter.submitMissing(RequestKind.RESPONSES, "rest-1", all, index -> Map.of());

        assertThat(completed.alreadySubmitted()).isEqualTo(2);
        assertThat(indexes(TOPICS.requests("responses"), "rest-1")).containsExactly(0, 2, 3);
        assertThat(indexes(TOPICS.urgent("responses"), "rest-1")).containsExactly(1);
    }

    @Test
    void refusesABatchWithoutRequestsOrWithoutAName() {
        var submitter = new Submitter(connection, WireFormat.JSON, false);

        for (String batchId : new String[] {"empty-1", " "}) {
            assertThatThrownBy(() -> submitter.submit(
                            RequestKind.RESPONSES, batchId, List.<ResponsesRequest>of(), index -> Map.of()))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> submitter.submitMissing(
                            RequestKind.RESPONSES, batchId, List.<ResponsesRequest>of(), index -> Map.of()))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }
}

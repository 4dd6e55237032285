package io.github.genaistreams.topology.call;

import static io.github.genaistreams.topology.call.CallCase.START;
import static io.github.genaistreams.topology.call.CallCase.encode;
import static io.github.genaistreams.topology.call.CallCase.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.wire.WireHeaders;
import java.time.Duration;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Urgent requests beside a backlog. */
class UrgentCallsTest {

    @RegisterExtension
    final CallCase test = new CallCase();

    @Test
    void callsAnUrgentRequestAtOnceBesideABacklogAndSoAfterAFailure() {
        for (int i = 0; i < 10; i++) {
            test.send(request(i));
        }
        assertThat(test.api.openCalls()).containsExactly(0, 1);
        assertThat(test.lanes.full(test.partitions()))
                .containsExactly(test.partitions().get(0));

        test.urgent.pipeInput(encode(request(50)));
        assertThat(test.api.openCalls()).containsExactly(0, 1, 50);
        test.call(50).retry(Duration.ZERO);
        test.tick();
        test.call(0).succeed("and its slot is taken");
        test.tick();
        assertThat(test.api.openCalls()).containsExactly(1, 2);
        test.driver.advanceWallClockTime(Duration.ofSeconds(2));
        assertThat(test.api.openCalls()).containsExactly(1, 2, 50);
        test.call(50).succeed("urgent");
        test.tick();

        assertThat(test.resultsOf("b")).extracting(CallResult::outputText).contains("urgent");
    }

    @Test
    void keepsTheTimeOfAnUrgentRequestAndDoesNotJournalIt() {
        test.urgent.pipeInput(encode(request(50)));
        try (var journaled = test.driver.getKeyValueStore("responses-journal").all()) {
            assertThat(journaled).isExhausted();
        }
        test.driver.advanceWallClockTime(Duration.ofSeconds(9));
        test.call(50).succeed("urgent");
        test.tick();
        assertThat(test.onlyResult().submittedAt()).isEqualTo(START);
    }

    /** Anybody may send headers; the topic decides. */
    @Test
    void doesNotTakeARequestForUrgentBecauseOfAHeader() {
        test.send(request(0));
        test.send(request(1));
        var headers = new RecordHeaders().add(WireHeaders.URGENT, "1".getBytes(UTF_8));
        test.requests.pipeInput(new TestRecord<>(null, encode(request(2)), headers, START));

        assertThat(test.api.openCalls()).containsExactly(0, 1);
    }

    @Test
    void splitsAnUrgentBatchIntoUrgentItems() {
        for (int i = 0; i < 9; i++) {
            test.send(request(i));
        }
        test.urgent.pipeInput("{\"batch_id\":\"w\",\"model\":\"m\",\"user_prompts\":[\"p\",\"q\"]}".getBytes(UTF_8));

        assertThat(test.api.openCalls())
                .as("in the slot that urgent calls have")
                .hasSize(3);
        test.call(1).succeed("x");
        test.tick();
        assertThat(test.api.calls)
                .filteredOn(call -> call.request().batchId().equals("w"))
                .hasSize(2);
    }
}

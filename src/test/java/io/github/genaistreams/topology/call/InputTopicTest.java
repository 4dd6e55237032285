package io.github.genaistreams.topology.call;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.genaistreams.wire.WireHeaders;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

/** The topic alone says whether a request is urgent. */
class InputTopicTest {

    private static final InputTopic.Names NAMES = new InputTopic.Names("requests", "retries", "urgent");

    private static Headers forged() {
        return new RecordHeaders()
                .add(WireHeaders.URGENT, "yes".getBytes(UTF_8))
                .add("theirs", null)
                .add(WireHeaders.URGENT, null);
    }

    @Test
    void marksAnUrgentRequestOnce() {
        Headers headers = forged();
        InputTopic.URGENT.mark(headers);
        InputTopic.URGENT.mark(headers);

        assertThat(headers.headers(WireHeaders.URGENT)).hasSize(1);
        assertThat(headers.lastHeader(WireHeaders.URGENT).value()).isEqualTo("1".getBytes(UTF_8));
        assertThat(headers.lastHeader("theirs")).isNotNull();
    }

    @Test
    void removesTheMarkOfAProducerFromARequestThatIsNotUrgent() {
        Headers headers = forged();
        InputTopic.REQUESTS.mark(headers);

        assertThat(headers.toArray()).extracting(header -> header.key()).containsExactly("theirs");
    }

    @Test
    void findsEachTopicByItsNameAndNoOther() {
        for (InputTopic topic : InputTopic.values()) {
            assertThat(NAMES.topic(NAMES.of(topic))).isEqualTo(topic);
        }
        assertThatThrownBy(() -> NAMES.topic("request")).isInstanceOf(IllegalArgumentException.class);
    }
}

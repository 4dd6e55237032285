package io.github.genaistreams.topology;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.WireCodecs;
import io.github.genaistreams.wire.WireFormat;
import org.junit.jupiter.api.Test;

class OutboxTest {

    private final Outbox<ResponsesRequest> outbox = new Outbox<>(
            new ApiBinding<>(
                    "responses",
                    RequestDecoder.responses(),
                    Codecs.RESPONSES_REQUEST,
                    Codecs.RESPONSES_RETRY,
                    null,
                    null,
                    null,
                    null,
                    false),
            WireCodecs.plain(WireFormat.JSON, Codecs.CALL_RESULT),
            1 << 20);

    @Test
    void shouldKeepARequestSoThatNoSchemaRegistryIsNeededToReadIt() {
        ResponsesRequest request = ResponsesRequest.builder()
                .batchId("b")
                .index(3)
                .model("m")
                .userPrompt("p")
                .build();
        byte[] framed = Codecs.RESPONSES_REQUEST.framed(7).encode(request, WireFormat.AVRO);
        byte[] json = "{\"batch_id\": \"b\"}".getBytes(UTF_8);

        assertThat(Codecs.RESPONSES_REQUEST.decode(outbox.kept(request, framed)))
                .isEqualTo(request);
        assertThat(outbox.kept(request, json)).isSameAs(json);
    }
}

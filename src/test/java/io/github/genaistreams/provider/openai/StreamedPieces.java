package io.github.genaistreams.provider.openai;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.provider.CallOutcome;
import io.github.genaistreams.provider.CallOutcome.Failed;
import io.github.genaistreams.provider.CallOutcome.Retry;
import java.io.IOException;

/** The pieces of a streamed answer, as a server of a test writes them. */
final class StreamedPieces {

    static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
            + "x-request-id: req_1\r\nTransfer-Encoding: chunked\r\n\r\n";
    static final String END = "0\r\n\r\n";
    static final String RESPONSE =
            "{'status':'completed','output':[{'type':'message','content':[{'type':'output_text','text':'Hi €😀'}]}]}";
    static final String COMPLETED =
            event("response.completed", "{'type':'response.completed','response':" + RESPONSE + "}");

    private StreamedPieces() {}

    static ResponsesRequest.Builder streamed() {
        return ClientCase.request().stream(true);
    }

    static CallError error(CallOutcome outcome) {
        return outcome instanceof Retry retry ? retry.error() : ((Failed) outcome).error();
    }

    static String event(String name, String data) {
        return "event: " + name + "\ndata: " + data.replace('\'', '"') + "\n\n";
    }

    static String delta(int sequence, String text) {
        return event(
                "response.output_text.delta",
                "{'type':'response.output_text.delta','sequence_number':%d,'delta':'%s'}".formatted(sequence, text));
    }

    static String chunk(String text) {
        return Integer.toHexString(text.getBytes(UTF_8).length) + "\r\n" + text + "\r\n";
    }

    static void writeChunk(RawServer.Connection c, byte[] bytes) throws IOException {
        c.write(Integer.toHexString(bytes.length) + "\r\n");
        c.write(bytes);
        c.write("\r\n");
    }
}

package io.github.genaistreams.cli.option;

import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.Sha256;
import io.github.genaistreams.model.UserPrompt;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.WireFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.function.IntFunction;

/** A batch ID that is derived from the requests: the same requests in the same order have the same ID. */
final class RequestsId {

    /** With 96 bits, two batches do not have the same ID by chance. */
    private static final int BYTES = 12;

    private RequestsId() {}

    /**
     * Covers every field of the requests, because a batch continues only with equal requests.
     *
     * @param requests  at least one. They differ only in index and prompt, which is a text
     * @param customIds the custom ID of each request
     */
    static String of(List<ResponsesRequest> requests, IntFunction<String> customIds) {
        MessageDigest digest = Sha256.digest();
        ResponsesRequest common =
                requests.get(0).toBuilder().userPrompt("").batchId("").buildUnchecked();
        add(digest, Codecs.RESPONSES_REQUEST.encode(common, WireFormat.JSON));
        for (ResponsesRequest request : requests) {
            String prompt = request.userPrompt() instanceof UserPrompt.Text given ? given.text() : "";
            add(digest, prompt.getBytes(StandardCharsets.UTF_8));
            add(digest, customIds.apply(request.index()).getBytes(StandardCharsets.UTF_8));
        }
        return "table-" + HexFormat.of().formatHex(digest.digest(), 0, BYTES);
    }

    /** Adds a text after its length, so that different sequences of texts are different bytes. */
    private static void add(MessageDigest digest, byte[] text) {
        digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, text.length));
        digest.update(text);
    }
}

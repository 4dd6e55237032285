package io.github.genaistreams.client;

import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.wire.Codec;
import io.github.genaistreams.wire.Codecs;
import io.github.genaistreams.wire.RequestDecoder;
import io.github.genaistreams.wire.Topics;
import io.github.genaistreams.wire.WriterSchemas;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The differences between the requests of the APIs.
 *
 * @param api      its name in topics
 * @param place    sets a request's place in its batch
 * @param contents approximate bytes of the parts of a request that may be large
 */
record RequestKind<Q extends ApiRequest>(
        String api, Codec<Q> codec, RequestDecoder<Q> decoder, Place<Q> place, ToLongFunction<Q> contents) {

    /** Sets batch ID, index and size. The size may be null and the index 0, to compare two requests without them. */
    interface Place<Q> {
        Q in(Q request, String batchId, int index, @Nullable Integer size);
    }

    /** The same kind, which also reads records that are framed for a schema registry. */
    RequestKind<Q> reading(WriterSchemas schemas) {
        return new RequestKind<>(api, codec, decoder.reading(schemas), place, contents);
    }

    static final RequestKind<ResponsesRequest> RESPONSES = new RequestKind<>(
            Topics.RESPONSES,
            Codecs.RESPONSES_REQUEST,
            RequestDecoder.responses(),
            (request, batchId, index, size) -> request.toBuilder()
                    .batchId(batchId)
                    .index(index)
                    .batchSize(size)
                    .buildUnchecked(),
            request -> length(request.systemPrompt())
                    + (request.userPrompt() == null ? 0 : request.userPrompt().length()));

    static final RequestKind<DocumentRequest> DOCUMENTS = new RequestKind<>(
            Topics.DOCUMENTS,
            Codecs.DOCUMENT_REQUEST,
            RequestDecoder.documents(),
            (request, batchId, index, size) -> request.toBuilder()
                    .batchId(batchId)
                    .index(index)
                    .batchSize(size)
                    .buildUnchecked(),
            request -> request.document() == null ? 0 : request.document().bytes().length);

    private static long length(@Nullable String text) {
        return text == null ? 0 : text.length();
    }
}

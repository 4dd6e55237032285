package io.github.genaistreams.topology.batch;

import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.topology.batch.ResultTally.Occurrence;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** A batch that takes results. */
final class CountedBatch {

    static final long NOW = 5_000;

    final Map<Integer, byte[]> chunks = new HashMap<>();
    BatchState batch = new BatchState("b", "responses");

    Occurrence take(CallResult result, boolean again) {
        byte[] chunk = chunks.get(IndexChunk.of(result.index()));
        ResultTally.Taken taken = batch.take(result, IndexChunk.get(chunk, result.index()), again);
        chunks.put(IndexChunk.of(result.index()), IndexChunk.with(chunk, result.index(), taken.index()));
        return taken.occurrence();
    }

    static CallResult result(int index, Integer size, String code) {
        return CallResult.builder(new ItemKey("b", index), "responses")
                .batchSize(size)
                .success(code == null)
                .error(code == null ? null : new CallError("It went wrong", "server_error", code, null, true, 500))
                .attempts(1)
                .usage(new Usage(1, Map.of(), 2, Map.of("reasoning_tokens", 1L), 3))
                .cost(new BigDecimal("0.000001"))
                .submittedAt(Instant.ofEpochMilli(1_000))
                .completedAt(Instant.ofEpochMilli(2_000 + index))
                .build();
    }
}

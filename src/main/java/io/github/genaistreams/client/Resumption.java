package io.github.genaistreams.client;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.client.content.OutputJson;
import io.github.genaistreams.client.kafka.BatchClientException;
import io.github.genaistreams.client.read.HeaderTexts;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.wire.WireFormat;
import io.github.genaistreams.wire.WireHeaders;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Compares a batch with the requests that an earlier run has submitted for it. For one thread.
 */
final class Resumption<Q extends ApiRequest> {

    private final RequestKind<Q> kind;
    private final String batchId;
    private final List<Q> given;
    private final IntFunction<Map<String, String>> headers;
    private final BitSet submitted = new BitSet();
    private final Map<Integer, Long> submittedAgain = new HashMap<>();
    private long earliestMs = Long.MAX_VALUE;

    /** @param headers the headers of the request at an index */
    Resumption(RequestKind<Q> kind, String batchId, List<Q> given, IntFunction<Map<String, String>> headers) {
        this.kind = kind;
        this.batchId = batchId;
        this.given = given;
        this.headers = headers;
    }

    /** @throws BatchClientException if the request differs from the given one at its index */
    void note(RequestScan.Found<Q> found) {
        int index = found.key().index();
        if (index >= given.size()) {
            throw differs("it has index %d, but only %d requests are given".formatted(index, given.size()));
        }
        Q mine = given.get(index);
        Q sent = found.request();
        if (sent == null || !same(sent, mine)) {
            throw differs("index " + index + name(index) + " differs" + where(sent, mine));
        }
        if (!Objects.equals(found.customId(), headers.apply(index).get(WireHeaders.CUSTOM_ID))) {
            throw differs("the custom_id of index " + index + " differs");
        }
        Integer size = sent.batchSize();
        // Only the last record of a streamed batch carries the batch size.
        if (size != null && size != given.size()) {
            throw differs("it had %d requests, but now there are %d".formatted(size, given.size()));
        }
        submitted.set(index);
        String retry = HeaderTexts.of(found.record().headers(), WireHeaders.RETRY);
        if (retry != null && retry.matches("\\d{1,18}")) {
            submittedAgain.put(index, Long.parseLong(retry));
        }
        earliestMs = Math.min(earliestMs, found.timestampMs());
    }

    boolean has(int index) {
        return submitted.get(index);
    }

    int count() {
        return submitted.cardinality();
    }

    /** The items that have been submitted again, and the offset of the failure that each new result replaces. */
    Map<Integer, Long> submittedAgain() {
        return Map.copyOf(submittedAgain);
    }

    /** Timestamp of the first request found, epoch milliseconds; {@code otherwise} if there was none. */
    long startedMs(long otherwise) {
        return Math.min(earliestMs, otherwise);
    }

    private boolean same(Q found, Q given) {
        // Encoded and decoded, so that 1 and 1.0 in free-form JSON compare as they did in the first run.
        Q asSent = kind.codec().decode(kind.codec().encode(unplaced(given), WireFormat.JSON));
        return Objects.equals(unplaced(found), asSent);
    }

    /** Names the fields, not their values: these may be long, and may be secret. */
    private String where(@Nullable Q found, Q given) {
        if (found == null) {
            return "";
        }
        JsonNode before = tree(found);
        JsonNode now = tree(given);
        Set<String> fields = new TreeSet<>();
        before.fieldNames().forEachRemaining(fields::add);
        now.fieldNames().forEachRemaining(fields::add);
        fields.removeIf(field -> Objects.equals(before.get(field), now.get(field)));
        return fields.isEmpty() ? "" : " in " + String.join(", ", fields);
    }

    /** The name of the item's document for a message; empty if it is not a document. */
    private String name(int index) {
        String name = headers.apply(index).get(WireHeaders.FILE_NAME);
        return name == null ? "" : " (" + name + ")";
    }

    private JsonNode tree(Q request) {
        try {
            return OutputJson.MAPPER.readTree(kind.codec().encode(unplaced(request), WireFormat.JSON));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Q unplaced(Q request) {
        return kind.place().in(request, batchId, 0, null);
    }

    private BatchClientException differs(String how) {
        return new BatchClientException(
                "batch %s was submitted before with different requests: %s; use another batch ID"
                        .formatted(batchId, how));
    }
}

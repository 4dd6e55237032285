package io.github.genaistreams.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.wire.Decoded.Invalid;
import io.github.genaistreams.wire.Decoded.Unreadable;
import io.github.genaistreams.wire.Decoded.Valid;
import io.github.genaistreams.wire.Decoded.Whole;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.AbstractList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A record that holds a whole batch: the fields of a request, with a list in place of the field that differs between
 * items. It is refused as a whole, with one result, as the only item of a batch of one, so that a client that waits for
 * the batch sees its end.
 *
 * @param listField the field with the list
 * @param itemField the field of a request for which an element of the list stands
 * @param noItem    why an element is invalid; null if it is valid
 * @param with      the request with another element and index
 * @param <Q>       the API's request type
 */
record WholeBatch<Q extends ApiRequest>(
        String listField, String itemField, Function<JsonNode, @Nullable String> noItem, With<Q> with) {

    /** The request for another item of the same batch. */
    interface With<Q> {
        Q item(Q first, JsonNode element, int index);
    }

    boolean isIn(JsonNode tree) {
        return tree.has(listField);
    }

    /** @param decoder reads the first item, in its JSON form */
    Decoded<Q> split(JsonNode tree, Optional<BatchPart> part, Function<byte[], Decoded<Q>> decoder) {
        JsonNode batchId = tree.path("batch_id");
        if (!batchId.isTextual()) {
            return new Unreadable<>("`batch_id` is missing or not a string, in a whole batch (`" + listField + "`)");
        }
        JsonNode list = tree.get(listField);
        for (String ofItem : List.of("index", itemField)) {
            if (tree.has(ofItem)) {
                return refused(batchId, ofItem, "and `" + listField + "` cannot be used together: remove one of them");
            }
        }
        if (!list.isArray() || list.isEmpty()) {
            return refused(batchId, listField, "must be a list with at least one element");
        }
        if (part.isPresent()
                && part.get().first() + (long) list.size() > part.get().total()) {
            return refused(batchId, listField, "is longer than its header says (" + WireHeaders.BATCH_PART + ")");
        }
        JsonNode size = tree.path("batch_size");
        if (!size.isMissingNode() && !size.isNull() && size.asInt(-1) != list.size()) {
            return refused(batchId, "batch_size", "is not the length of `" + listField + "`: remove it");
        }
        for (int index = 0; index < list.size(); index++) {
            String why = noItem.apply(list.get(index));
            if (why != null) {
                return refused(batchId, listField + "[" + index + "]", why);
            }
        }
        return items((ObjectNode) tree, list, part, decoder);
    }

    private Decoded<Q> items(
            ObjectNode tree, JsonNode list, Optional<BatchPart> part, Function<byte[], Decoded<Q>> decoder) {
        int start = part.map(BatchPart::first).orElse(0);
        ObjectNode first = withoutList(tree);
        first.set(itemField, list.get(0));
        first.put("index", start).put("batch_size", part.map(BatchPart::total).orElse(list.size()));
        Decoded<Q> decoded = decoder.apply(bytes(first));
        if (decoded instanceof Invalid<Q> invalid) {
            return new Invalid<>(invalid.key(), 1, invalid.error());
        }
        if (!(decoded instanceof Valid<Q> valid)) {
            return decoded;
        }
        // Created one by one: a batch of 100,000 is not in memory as requests.
        List<Q> items = new AbstractList<>() {
            @Override
            public Q get(int i) {
                return i == 0 ? valid.request() : with.item(valid.request(), list.get(i), start + i);
            }

            @Override
            public int size() {
                return list.size();
            }
        };
        return new Whole<>(items, itemField, part, (from, to) -> slice(tree, list, from, to));
    }

    private byte[] slice(ObjectNode tree, JsonNode list, int from, int to) {
        ObjectNode slice = withoutList(tree);
        ArrayNode elements = slice.putArray(listField);
        for (int i = from; i < to; i++) {
            elements.add(list.get(i));
        }
        return bytes(slice);
    }

    /** The common fields, not copied. */
    private ObjectNode withoutList(ObjectNode tree) {
        ObjectNode common = Mappers.JSON.createObjectNode();
        common.setAll(tree);
        common.remove(List.of(listField, "batch_size"));
        return common;
    }

    private static byte[] bytes(JsonNode tree) {
        try {
            return JsonText.utf8(Mappers.JSON.writer(), tree);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <Q extends ApiRequest> Decoded<Q> refused(JsonNode batchId, String field, String what) {
        return new Invalid<>(
                new ItemKey(batchId.textValue(), 0),
                1,
                CallError.invalidRequest(field, new RecordFault(field, what).sentence()));
    }
}

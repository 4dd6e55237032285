package io.github.genaistreams.wire;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.model.ApiRequest;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.DocumentRequest;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ItemRules;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.UserPrompt;
import io.github.genaistreams.wire.Decoded.Invalid;
import io.github.genaistreams.wire.Decoded.Unreadable;
import io.github.genaistreams.wire.Decoded.Valid;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads requests from any source. Never throws: for any bytes, it returns a {@link Decoded}. Immutable and safe for any
 * number of threads.
 *
 * <p>A valid request is read once. A refused one is read again as a tree, to find its owner.
 *
 * @param <Q> the API's request type
 */
public final class RequestDecoder<Q extends ApiRequest> {

    private final Codec<Q> codec;
    private final List<Required<Q, ?>> required;
    private final WholeBatch<Q> whole;

    /**
     * A required field. {@code isBlank} says whether a value is empty, {@code isDispensable} whether a request may be
     * without the field.
     */
    private record Required<Q, V>(
            String field, Function<Q, @Nullable V> value, Predicate<V> isBlank, Predicate<Q> isDispensable) {

        @Nullable
        String problem(Q request) {
            V given = value.apply(request);
            if (given == null) {
                return isDispensable.test(request) ? null : "is missing";
            }
            return isBlank.test(given) ? "is blank" : null;
        }
    }

    private RequestDecoder(Codec<Q> codec, List<Required<Q, ?>> required, WholeBatch<Q> whole) {
        this.codec = codec;
        this.required = required;
        this.whole = whole;
    }

    /**
     * The same, which also reads records framed for a schema registry, and throws what {@code writers} throws when it
     * gives up.
     */
    public RequestDecoder<Q> reading(WriterSchemas writers) {
        return new RequestDecoder<>(codec.reading(writers), required, whole);
    }

    /** For the request topic of the Responses API. */
    public static RequestDecoder<ResponsesRequest> responses() {
        return new RequestDecoder<>(
                Codecs.RESPONSES_REQUEST,
                List.of(
                        new Required<>("model", ResponsesRequest::model, String::isBlank, request -> false),
                        new Required<>(
                                "user_prompt",
                                ResponsesRequest::userPrompt,
                                UserPrompt::isBlank,
                                request -> request.prompt() != null)),
                new WholeBatch<>(
                        "user_prompts",
                        "user_prompt",
                        prompt -> (prompt.isTextual() || prompt.isArray())
                                        && !UserPrompt.of(prompt).isBlank()
                                ? null
                                : "must be a string that is not blank, or a list of input items",
                        (first, prompt, index) -> first.toBuilder()
                                .index(index)
                                .userPrompt(UserPrompt.of(prompt))
                                .buildUnchecked()));
    }

    /** For the request topic of the document API. A whole batch refers to its documents in the store. */
    public static RequestDecoder<DocumentRequest> documents() {
        return new RequestDecoder<>(
                Codecs.DOCUMENT_REQUEST,
                List.of(),
                new WholeBatch<>(
                        "document_refs",
                        "document_ref",
                        ref -> ref.isTextual() && !ref.textValue().isBlank()
                                ? null
                                : "must be a string: the reference of a document in the document store",
                        (first, ref, index) -> first.toBuilder()
                                .index(index)
                                .documentRef(ref.textValue())
                                .buildUnchecked()));
    }

    /**
     * @param value the record's original value; null for a tombstone
     */
    public Decoded<Q> decode(byte @Nullable [] value) {
        return decode(value, null);
    }

    /** The same, for a record whose header says that it has this part of a batch, if a header does. */
    public Decoded<Q> decode(byte @Nullable [] value, @Nullable BatchPart part) {
        if (value == null) {
            return new Unreadable<>("the value is null");
        }
        Decoded<Q> decoded = read(value, part);
        if (decoded instanceof Unreadable<Q> unreadable && unreadable.batchId() == null) {
            RecordOwner owner = RecordOwner.of(value);
            return new Unreadable<>(unreadable.reason(), owner.batchId(), owner.batchSize());
        }
        return decoded;
    }

    private Decoded<Q> read(byte[] value, @Nullable BatchPart part) {
        byte[] plain;
        try {
            plain = codec.plain(value);
        } catch (UnresolvedSchemaException e) {
            return unresolved(e);
        } catch (WireException e) {
            return new Unreadable<>(e.getMessage());
        }
        try {
            WireForm form = WireForm.of(plain);
            try {
                return checked(codec.read(plain, form));
            } catch (JsonProcessingException e) {
                return diagnosed(
                        codec.readTree(plain, form), codec.repeatedFields(plain, form), RecordFault.of(e), part);
            }
        } catch (WireException e) {
            return new Unreadable<>(e.getMessage());
        } catch (IOException | RuntimeException e) {
            return new Unreadable<>(RecordFault.of(e).sentence());
        }
    }

    /** The same, for a request that was read as a part of another record. */
    public Decoded<Q> checked(Q request) {
        Optional<String> unnamed = ItemRules.unnamed(request.batchId(), request.index());
        Integer size = request.batchSize();
        Integer possibleSize = size == null || size < 1 ? null : size;
        if (unnamed.isPresent()) {
            boolean isOfBatch = ItemRules.unnamed(request.batchId(), 0).isEmpty();
            return isOfBatch
                    ? new Unreadable<>(unnamed.get(), request.batchId(), possibleSize)
                    : new Unreadable<>(unnamed.get());
        }
        Optional<CallError> misplaced = ItemRules.misplaced(request.index(), size);
        if (misplaced.isPresent()) {
            return new Invalid<>(request.key(), possibleSize, misplaced.get());
        }
        for (Required<Q, ?> field : required) {
            String what = field.problem(request);
            if (what != null) {
                return invalid(request.key(), size, field.field(), what + "; give it a string");
            }
        }
        return new Valid<>(request);
    }

    private Decoded<Q> unresolved(UnresolvedSchemaException e) {
        String batchId = ItemRules.unnamed(e.batchId(), 0).isEmpty() ? e.batchId() : null;
        Integer size = e.batchSize() != null && e.batchSize() >= 1 ? e.batchSize() : null;
        return batchId != null && e.index() != null && e.index() >= 0
                ? new Invalid<>(
                        new ItemKey(batchId, e.index()), size, CallError.invalidRequest(e.field(), e.getMessage()))
                : new Unreadable<>(e.getMessage(), batchId, batchId == null ? null : size);
    }

    private Decoded<Q> diagnosed(JsonNode tree, Set<String> repeated, RecordFault fault, @Nullable BatchPart part) {
        if (repeated.contains("batch_id") || repeated.contains("index")) {
            return new Unreadable<>("`batch_id` or `index` is given twice");
        }
        if (whole.isIn(tree) && repeated.isEmpty()) {
            return whole.split(tree, Optional.ofNullable(part), this::decode);
        }
        JsonNode batchId = tree.path("batch_id");
        JsonNode index = tree.path("index");
        if (!batchId.isMissingNode() && !batchId.isNull() && !batchId.isTextual()) {
            return new Unreadable<>("`batch_id` must be a string");
        }
        if (index.isMissingNode() || index.isNull()) {
            return new Unreadable<>("`index` is missing");
        }
        if (!index.isInt()) {
            return new Unreadable<>("`index` must be a whole number of at most 32 bits");
        }
        Optional<String> unnamed = ItemRules.unnamed(batchId.textValue(), index.intValue());
        if (unnamed.isPresent()) {
            return new Unreadable<>(unnamed.get());
        }
        JsonNode size = tree.path("batch_size");
        RecordFault first = repeated.isEmpty() || fault.field() != null
                ? fault
                : new RecordFault(
                        RecordFault.printable(repeated.iterator().next()), "is given twice, or contains a name twice");
        return invalid(
                new ItemKey(batchId.textValue(), index.intValue()),
                size.isInt() && size.intValue() >= 1 ? size.intValue() : null,
                first.field(),
                first.message());
    }

    private Decoded<Q> invalid(ItemKey key, @Nullable Integer batchSize, @Nullable String field, String what) {
        return new Invalid<>(key, batchSize, CallError.invalidRequest(field, new RecordFault(field, what).sentence()));
    }
}

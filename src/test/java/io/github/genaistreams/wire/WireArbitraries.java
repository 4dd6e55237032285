package io.github.genaistreams.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.model.Usage;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Provide;
import net.jqwik.api.domains.DomainContextBase;

/** Random records, with nulls, all of Unicode and nested JSON. */
public class WireArbitraries extends DomainContextBase {

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    @Provide
    Arbitrary<ResponsesRequest> requests() {
        Arbitrary<ResponsesRequest> texts = Combinators.combine(
                        batchIds(),
                        ints(),
                        ints().injectNull(0.3),
                        texts(),
                        texts().injectNull(0.3),
                        texts(),
                        trees().injectNull(0.3))
                .as((batch, index, size, model, system, user, format) -> ResponsesRequest.builder()
                        .batchId(batch)
                        .index(index)
                        .batchSize(size)
                        .model(model)
                        .systemPrompt(system)
                        .userPrompt(user)
                        .responseFormat(format)
                        .build());
        Arbitrary<Integer> number = ints().injectNull(0.3);
        return Combinators.combine(texts, number, doubles().injectNull(0.3), number, number, number, number)
                .as((request, tokens, temperature, timeout, retries, min, max) -> request.toBuilder()
                        .maxOutputTokens(tokens)
                        .temperature(temperature)
                        .timeoutSecs(timeout)
                        .maxRetries(retries)
                        .retryDelayMinMs(min)
                        .retryDelayMaxMs(max)
                        .build());
    }

    @Provide
    Arbitrary<CallResult> results() {
        record Head(String batchId, int index, Integer size, String api, boolean success, JsonNode raw, String text) {}
        Arbitrary<Head> heads = Combinators.combine(
                        batchIds(),
                        ints(),
                        ints().injectNull(0.3),
                        texts(),
                        Arbitraries.of(true, false),
                        trees().injectNull(0.3),
                        texts().injectNull(0.3))
                .as(Head::new);
        return Combinators.combine(
                        heads,
                        usages().injectNull(0.3),
                        errors().injectNull(0.5),
                        texts().injectNull(0.3).tuple2(),
                        ints(),
                        doubles(),
                        instants().tuple2())
                .as((head, usage, error, names, attempts, seconds, times) -> new CallResult(
                        head.batchId,
                        head.index,
                        head.size,
                        head.api,
                        head.success,
                        head.raw,
                        head.text,
                        usage,
                        error,
                        attempts,
                        names.get1(),
                        names.get2(),
                        seconds,
                        times.get1(),
                        times.get2()));
    }

    @Provide
    Arbitrary<RetryRecord<ResponsesRequest>> retries() {
        return Combinators.combine(requests(), ints(), instants(), errors().injectNull(0.3))
                .as(RetryRecord::new);
    }

    @Provide
    Arbitrary<JournalEntry> entries() {
        Arbitrary<byte[]> bytes = Arbitraries.bytes().array(byte[].class).ofMaxSize(300);
        Arbitrary<JournalEntry.Header> headers =
                Combinators.combine(texts(), bytes.injectNull(0.3)).as(JournalEntry.Header::new);
        return Combinators.combine(
                        Arbitraries.of(JournalEntry.State.class),
                        ints(),
                        instants(),
                        instants(),
                        errors().injectNull(0.5),
                        headers.list().ofMaxSize(5),
                        bytes)
                .as(JournalEntry::new);
    }

    private static Arbitrary<CallError> errors() {
        Arbitrary<String> optional = texts().injectNull(0.3);
        return Combinators.combine(
                        texts(), texts(), optional, optional, Arbitraries.of(true, false), ints().injectNull(0.3))
                .as(CallError::new);
    }

    private static Arbitrary<Usage> usages() {
        Arbitrary<Map<String, Long>> details =
                Arbitraries.maps(texts(), Arbitraries.longs()).ofMaxSize(3);
        return Combinators.combine(Arbitraries.longs(), details, Arbitraries.longs(), details, Arbitraries.longs())
                .as(Usage::new);
    }

    /** An object with everything JSON has, numbers beyond double and long among it. */
    private static Arbitrary<JsonNode> trees() {
        Arbitrary<JsonNode> leaves = Arbitraries.oneOf(
                texts().map(NODES::textNode),
                Arbitraries.of(true, false).map(NODES::booleanNode),
                Arbitraries.just(NODES.nullNode()),
                ints().map(NODES::numberNode),
                Arbitraries.bigDecimals().ofScale(25).map(d -> NODES.numberNode(nonInteger(d))),
                Arbitraries.bigIntegers().map(i -> (JsonNode) Mappers.JSON
                        .getNodeFactory()
                        .numberNode(i.multiply(i).multiply(i).add(java.math.BigInteger.TWO.pow(70)))));
        Arbitrary<JsonNode> nested = Arbitraries.lazyOf(
                () -> leaves,
                () -> leaves,
                () -> object(leaves),
                () -> leaves.list().ofMaxSize(3).map(children -> NODES.arrayNode()
                        .addAll(children)),
                () -> object(object(leaves)));
        return object(nested);
    }

    private static BigDecimal nonInteger(BigDecimal d) {
        return d.scale() > 0 ? d : d.setScale(1);
    }

    private static Arbitrary<JsonNode> object(Arbitrary<JsonNode> children) {
        return Arbitraries.maps(texts(), children).ofMaxSize(4).map(fields -> NODES.objectNode()
                .setAll(fields));
    }

    private static Arbitrary<String> batchIds() {
        return texts().filter(text -> !text.isBlank() && text.length() <= 256);
    }

    /** Any code points but lone surrogates, which have tests of their own. */
    private static Arbitrary<String> texts() {
        return Arbitraries.oneOf(
                Arbitraries.strings().ascii().ofMaxLength(40),
                Arbitraries.integers()
                        .between(0, Character.MAX_CODE_POINT)
                        .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                        .list()
                        .ofMaxSize(10)
                        .map(points -> points.stream().map(Character::toString).reduce("", String::concat)));
    }

    private static Arbitrary<Integer> ints() {
        return Arbitraries.integers();
    }

    private static Arbitrary<Double> doubles() {
        return Arbitraries.oneOf(Arbitraries.doubles(), Arbitraries.of(0.0, -0.0, 1.0, 1e300, Double.MIN_VALUE));
    }

    private static Arbitrary<Instant> instants() {
        return Arbitraries.longs()
                .between(0, Instant.parse("9999-12-31T00:00:00Z").toEpochMilli())
                .map(Instant::ofEpochMilli);
    }
}

package io.github.genaistreams.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.github.genaistreams.model.CallError;
import io.github.genaistreams.model.CallResult;
import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.CostBreakdown;
import io.github.genaistreams.model.ItemKey;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.RetryRecord;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.model.UserPrompt;
import java.math.BigDecimal;
import java.math.BigInteger;
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
                        prompts(),
                        trees().injectNull(0.3))
                .as((batch, index, size, model, system, user, format) -> ResponsesRequest.builder()
                        .batchId(batch)
                        .index(index)
                        .batchSize(size)
                        .model(model)
                        .systemPrompt(system)
                        .userPrompt(user)
                        .responseFormat(format)
                        .buildUnchecked());
        // The rest may each be null; lists make few enough arguments of them.
        return Combinators.combine(
                        texts,
                        ints().injectNull(0.3).list().ofSize(9),
                        doubles().injectNull(0.3).list().ofSize(2),
                        Arbitraries.of(true, false).injectNull(0.3).list().ofSize(6),
                        texts().injectNull(0.3).list().ofSize(10),
                        trees().injectNull(0.3).list().ofSize(8),
                        texts().list().ofMaxSize(3).injectNull(0.3),
                        Arbitraries.maps(texts(), texts()).ofMaxSize(3).injectNull(0.3))
                .as((request, ints, doubles, flags, names, trees, include, metadata) -> request.toBuilder()
                        .maxOutputTokens(ints.get(0))
                        .temperature(doubles.get(0))
                        .topP(doubles.get(1))
                        .topLogprobs(ints.get(1))
                        .reasoningEffort(names.get(0))
                        .reasoningSummary(names.get(1))
                        .verbosity(names.get(2))
                        .tools(trees.get(0))
                        .toolChoice(trees.get(1))
                        .parallelToolCalls(flags.get(0))
                        .maxToolCalls(ints.get(2))
                        .previousResponseId(names.get(3))
                        .conversation(trees.get(2))
                        .prompt(trees.get(3))
                        .include(include)
                        .store(flags.get(1))
                        .background(flags.get(2))
                        .stream(flags.get(3))
                        .truncation(names.get(4))
                        .contextManagement(trees.get(4))
                        .metadata(metadata)
                        .serviceTier(names.get(5))
                        .promptCacheKey(names.get(6))
                        .promptCacheOptions(trees.get(5))
                        .promptCacheRetention(names.get(7))
                        .safetyIdentifier(names.get(8))
                        .moderation(trees.get(6))
                        .extraBody(trees.get(7))
                        .flexFallback(flags.get(0))
                        .timeoutSecs(ints.get(3))
                        .totalWaitSecs(ints.get(4))
                        .streamIdleTimeoutSecs(ints.get(5))
                        .maxRetries(ints.get(6))
                        .retryDelayMinMs(ints.get(7))
                        .retryDelayMaxMs(ints.get(8))
                        .failOnIncomplete(flags.get(4))
                        .validateOutput(flags.get(5))
                        .repairAttempts(ints.get(0))
                        .credential(names.get(9))
                        .maxConcurrentRequests(ints.get(1))
                        .priority(ints.get(2))
                        .buildUnchecked());
    }

    private static Arbitrary<UserPrompt> prompts() {
        return Arbitraries.oneOf(
                texts().map(UserPrompt::text), trees().list().ofMaxSize(3).map(UserPrompt::items));
    }

    @Provide
    Arbitrary<CallResult> results() {
        record Head(String batchId, int index, Integer size, String api, boolean success, JsonNode raw, String text) {}
        Arbitrary<Head> heads = Combinators.combine(
                        batchIds(),
                        ints().map(index -> index & Integer.MAX_VALUE),
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
                        texts().injectNull(0.3).list().ofSize(5),
                        costs().injectNull(0.3),
                        ints().list().ofSize(3),
                        doubles(),
                        instants().tuple2())
                .as((head, usage, error, names, cost, attempts, seconds, times) -> CallResult.builder(
                                new ItemKey(head.batchId, head.index), head.api)
                        .batchSize(head.size)
                        .success(head.success)
                        .finish(names.get(0))
                        .rawResponse(head.raw)
                        .outputText(head.text)
                        .usage(usage)
                        .cost(cost)
                        .costUnknownReason(names.get(1))
                        .error(head.success || error != null ? error : CallError.internal("why"))
                        .attempts(attempts.get(0))
                        .repairs(attempts.get(1) % 2 == 0 ? null : attempts.get(1))
                        .pageCount(attempts.get(2) % 2 == 0 ? null : attempts.get(2))
                        .possibleDuplicate(head.success ? null : true)
                        .jsonResponse(head.success ? null : head.raw)
                        .responseRef(names.get(0))
                        .costBreakdown(cost == null ? null : new CostBreakdown(Map.of("final_cost_cents", cost)))
                        .model(names.get(2))
                        .serviceTier(names.get(3))
                        .requestId(names.get(4))
                        .processingTimeSecs(seconds)
                        .submittedAt(times.get1())
                        .completedAt(times.get2())
                        .build());
    }

    private static Arbitrary<BigDecimal> costs() {
        return Combinators.combine(
                        Arbitraries.bigIntegers(), Arbitraries.integers().between(-5, 30))
                .as(BigDecimal::new);
    }

    @Provide
    Arbitrary<RetryRecord<ResponsesRequest>> retries() {
        return Combinators.combine(requests(), ints(), instants(), errors().injectNull(0.3))
                .as(RetryRecord::new);
    }

    @Provide
    Arbitrary<JournalEntry> entries() {
        record Last(JournalEntry.Job job, JournalEntry.Earlier earlier) {}
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
                        bytes,
                        Combinators.combine(
                                        Combinators.combine(texts(), instants(), texts().injectNull(0.5))
                                                .as(JournalEntry.Job::new)
                                                .injectNull(0.5),
                                        earlier().injectNull(0.5))
                                .as(Last::new))
                .as((state, attempt, notBefore, submittedAt, error, kept, request, last) -> new JournalEntry(
                        state, attempt, notBefore, submittedAt, error, kept, request, last.job(), last.earlier()));
    }

    private static Arbitrary<JournalEntry.Earlier> earlier() {
        Arbitrary<Cost> known = Arbitraries.bigIntegers()
                .between(BigInteger.ZERO, BigInteger.TEN.pow(15))
                .map(Cost.Known::new);
        Arbitrary<Cost> unknown = texts().map(Cost::unknown);
        Arbitrary<Cost> costs = Arbitraries.oneOf(
                known, unknown, Combinators.combine(known, unknown).as(Cost::plus));
        return Combinators.combine(usages().injectNull(0.3), costs.injectNull(0.3), Arbitraries.of(true, false))
                .as(JournalEntry.Earlier::of);
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
                        .numberNode(i.abs().pow(3).add(java.math.BigInteger.TWO.pow(70)))));
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

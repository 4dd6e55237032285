package io.github.genaistreams.worker;

import io.github.genaistreams.model.Cost;
import io.github.genaistreams.model.ResponsesRequest;
import io.github.genaistreams.model.Usage;
import io.github.genaistreams.provider.openai.price.PriceTable;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Estimates the tokens, cost and time of requests to the Responses API, from the requests and the settings alone:
 *
 * <pre>
 *   input    a token for every 4 bytes × the ratio
 *   output   as assumed, at most max_output_tokens
 *   cost     both × the price of model and tier, without discounts for cached input, retries and corrections;
 *            with flex_fallback, from the price of flex to that of the default tier
 *   time     the longest of  calls × seconds per call / calls at once,  calls / calls per minute,
 *            (input + max_output_tokens, or else the maximum output assumed) / tokens per minute
 * </pre>
 *
 * @param requests          number of requests that are called
 * @param refused           number of requests that cannot be sent, and are not called
 * @param costUsdMin        null if no price is known
 * @param costUsdMax        null if no price is known
 * @param costUnknownReason why both do not cover the whole cost; null if they do
 * @param seconds           null if no limit is known
 * @param shares            the same by model and service tier
 * @param uncounted         number of requests with more input, which is not counted: files, earlier turns, stored
 *     prompts, hosted tools
 */
public record BatchEstimate(
        int requests,
        int refused,
        long inputTokens,
        long outputTokensMin,
        long outputTokensMax,
        @Nullable BigDecimal costUsdMin,
        @Nullable BigDecimal costUsdMax,
        @Nullable String costUnknownReason,
        @Nullable Long seconds,
        List<Share> shares,
        List<Limit> limits,
        int uncounted) {

    /** Default minimum of tokens of an answer: {@value}. */
    public static final long OUTPUT_MIN = 50;

    /** Default maximum of tokens of an answer whose request has no limit: {@value}. */
    public static final long OUTPUT_MAX = 500;

    /**
     * The assumptions about the calls.
     *
     * @param tokenRatio  input tokens for every 4 bytes of text
     * @param outputMin   minimum tokens of an answer
     * @param outputMax   maximum tokens of an answer; null for {@code max_output_tokens}, or {@value #OUTPUT_MAX}
     * @param callSeconds how long a call takes
     * @param atOnce      calls at once; null if unknown
     */
    public record Assumptions(
            double tokenRatio,
            long outputMin,
            @Nullable Long outputMax,
            double callSeconds,
            @Nullable Integer atOnce) {

        /** What is assumed if nothing is known of the answers. */
        public static Assumptions defaults(@Nullable Integer atOnce) {
            return new Assumptions(1, OUTPUT_MIN, null, 5, atOnce);
        }

        private OutputTokens output(ResponsesRequest request) {
            Integer bound = request.maxOutputTokens();
            long assumed = outputMax != null ? outputMax : bound != null ? bound : OUTPUT_MAX;
            long max = bound == null ? assumed : Math.min(assumed, bound);
            return new OutputTokens(Math.min(outputMin, max), max);
        }
    }

    /**
     * The requests with one model and service tier.
     *
     * @param serviceTier as the requests name it; {@code default} if they do not
     * @param costUsdMin  null if no price is known, as {@code costUsdMax}
     */
    public record Share(
            String model,
            String serviceTier,
            int requests,
            long inputTokens,
            long outputTokensMin,
            long outputTokensMax,
            @Nullable BigDecimal costUsdMin,
            @Nullable BigDecimal costUsdMax,
            @Nullable String costUnknownReason) {}

    /**
     * A limit that applies, and the time that it alone makes the calls take.
     *
     * @param kind       {@code calls_at_once}, {@code requests_per_minute} or {@code tokens_per_minute}
     * @param credential the owner of the limit; null if it has none
     */
    public record Limit(String kind, @Nullable String credential, long value, long seconds) {

        static Limit perMinute(String unit, String alias, long limit, long amount) {
            return new Limit(unit + "_per_minute", alias, limit, (60 * amount + limit - 1) / limit);
        }
    }

    private record OutputTokens(long min, long max) {}

    /** One request. */
    private record Part(
            ResponsesRequest request,
            String tier,
            long input,
            OutputTokens output,
            Cost min,
            Cost max,
            boolean hasMore) {

        long charged() {
            return input + Objects.requireNonNullElse(request.maxOutputTokens(), (int) output.max());
        }
    }

    /**
     * @param requests the requests that can be sent
     * @param refused  number of other requests
     */
    public static BatchEstimate of(
            List<ResponsesRequest> requests, int refused, Assumptions assumed, GenAiConfig config) {
        PriceTable prices = config.prices();
        List<Part> parts =
                requests.stream().map(request -> part(request, assumed, prices)).toList();
        Map<List<String>, List<Part>> byTier = new LinkedHashMap<>();
        parts.forEach(
                part -> byTier.computeIfAbsent(List.of(part.request().model(), part.tier()), key -> new ArrayList<>())
                        .add(part));
        List<Limit> limits = limits(parts, assumed, config);
        Share all = share("", "", parts);
        return new BatchEstimate(
                parts.size(),
                refused,
                all.inputTokens(),
                all.outputTokensMin(),
                all.outputTokensMax(),
                all.costUsdMin(),
                all.costUsdMax(),
                all.costUnknownReason(),
                limits.stream().map(Limit::seconds).max(Long::compare).orElse(null),
                byTier.entrySet().stream()
                        .map(tier -> share(tier.getKey().get(0), tier.getKey().get(1), tier.getValue()))
                        .toList(),
                limits,
                (int) parts.stream().filter(Part::hasMore).count());
    }

    private static Part part(ResponsesRequest request, Assumptions assumed, PriceTable prices) {
        InputSize size = InputSize.of(request);
        long input = size.tokens(assumed.tokenRatio());
        OutputTokens output = assumed.output(request);
        String tier = Objects.requireNonNullElse(request.serviceTier(), ResponsesRequest.DEFAULT_TIER);
        return new Part(
                request,
                tier,
                input,
                output,
                prices.cost(request.model(), tier, usage(input, output.min())),
                prices.cost(
                        request.model(),
                        request.fallsBackFromFlex() ? ResponsesRequest.DEFAULT_TIER : tier,
                        usage(input, output.max())),
                size.hasMore());
    }

    private static Usage usage(long input, long output) {
        return new Usage(input, Map.of(), output, Map.of(), input + output);
    }

    private static Share share(String model, String tier, List<Part> parts) {
        Cost min = sum(parts.stream().map(Part::min).toList());
        Cost max = sum(parts.stream().map(Part::max).toList());
        return new Share(
                model,
                tier,
                parts.size(),
                sum(parts, Part::input),
                sum(parts, part -> part.output().min()),
                sum(parts, part -> part.output().max()),
                min.knownUsd().orElse(null),
                max.knownUsd().orElse(null),
                min.unknownReason().or(max::unknownReason).orElse(null));
    }

    private static Cost sum(List<Cost> costs) {
        return costs.stream().reduce(Cost.ofUsd(BigDecimal.ZERO), Cost::plus);
    }

    private static long sum(List<Part> parts, ToLongFunction<Part> figure) {
        return parts.stream().mapToLong(figure).sum();
    }

    private static List<Limit> limits(List<Part> parts, Assumptions assumed, GenAiConfig config) {
        List<Limit> limits = new ArrayList<>();
        OptionalInt bound = parts.stream()
                .map(part -> part.request().maxConcurrentRequests())
                .filter(Objects::nonNull)
                .mapToInt(Integer::intValue)
                .min();
        if (assumed.atOnce() != null) {
            int atOnce = Math.min(assumed.atOnce(), bound.orElse(Integer.MAX_VALUE));
            limits.add(atOnce(null, parts, atOnce, assumed));
        }
        Map<String, List<Part>> byCredential = new LinkedHashMap<>();
        parts.forEach(part -> byCredential
                .computeIfAbsent(part.request().credentialOrDefault(), alias -> new ArrayList<>())
                .add(part));
        byCredential.forEach((alias, own) -> {
            CredentialSettings.Figures figures = config.responses().figures(alias);
            if (figures.concurrent() > 0) {
                limits.add(atOnce(alias, own, figures.concurrent(), assumed));
            }
            if (figures.requestsPerMinute() > 0) {
                limits.add(Limit.perMinute("requests", alias, figures.requestsPerMinute(), own.size()));
            }
            if (figures.tokensPerMinute() > 0) {
                limits.add(Limit.perMinute("tokens", alias, figures.tokensPerMinute(), sum(own, Part::charged)));
            }
        });
        return limits;
    }

    private static Limit atOnce(@Nullable String alias, List<Part> parts, int max, Assumptions assumed) {
        long rounds = (parts.size() + max - 1) / max;
        return new Limit("calls_at_once", alias, max, (long) Math.ceil(rounds * assumed.callSeconds()));
    }
}

package io.github.genaistreams.flow;

import io.github.genaistreams.flow.LimitSettings.Adaptive;
import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.Usage;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How fast calls with one credential may follow each other in one worker. Two levels apply at once: the configured
 * limits of the account, over all models, and for each model the limits that the API names in its headers. For a model
 * without any such limit, the calls in flight can be bounded instead ({@link AdaptiveLimit}). Not thread-safe. Times
 * are in epoch milliseconds.
 */
final class CallPaces {

    /**
     * Records can name any model, so only this many are remembered. Models that have never answered, such as mistyped
     * names, are forgotten first, then the least recently used. A model with calls in flight is kept.
     */
    private static final int MAX_MODELS = 200;

    private static final long NEVER = Long.MIN_VALUE;

    /** How long a share is used before it is asked for again. */
    private static final long SHARE_MILLIS = 100;

    private final LimitSettings settings;
    private final DoubleSupplier shares;
    private final RandomGenerator random;
    private final Level account;

    /** The least recently used one first. */
    private final Map<String, ModelPace> models = new LinkedHashMap<>(16, 0.75f, true);

    private double share;
    private long shareUntil = NEVER;

    /** A model that was answered in this time counts among those that use the account. */
    private static final long IN_USE_MILLIS = 300_000;

    /**
     * @param shares the worker's present part of the account, from 0 to 1
     * @param random for the times at which it borrows
     */
    CallPaces(LimitSettings settings, DoubleSupplier shares, RandomGenerator random) {
        this.settings = settings;
        this.shares = shares;
        this.random = random;
        this.account = new Level(settings.requestsPerMinute(), settings.tokensPerMinute(), false, random);
    }

    /** The bound that keeps a call from starting; null if it may start. */
    @Nullable
    Bound refusal(@Nullable String name, long now) {
        if (now >= shareUntil) {
            share = shares.getAsDouble();
            shareUntil = now + SHARE_MILLIS;
        }
        ModelPace model = model(name);
        Bound refusal = account.refusal(share, now);
        if (refusal == null) {
            refusal = model.refusal(share, now);
        }
        return refusal == null && !hasRoom(model) ? Bound.ADAPTIVE : refusal;
    }

    private boolean hasRoom(ModelPace model) {
        return settings.adaptive() != Adaptive.ON
                || isLimited(model)
                || model.inFlight() < model.adaptive().limit();
    }

    private boolean isLimited(ModelPace model) {
        return account.isLimited() || model.level().isLimited();
    }

    /** A call has started that {@link #refusal} has let through. Returns the tokens that were reserved for it. */
    long start(Demand demand, long now) {
        ModelPace model = model(demand.model());
        long tokens = model.estimate().of(demand.inputBytes(), demand.maxOutputTokens());
        account.start(tokens);
        model.start(tokens, now);
        return tokens;
    }

    /** A call that another process started continues here. */
    void join(@Nullable String name) {
        model(name).join();
    }

    /** A call has left: it has ended, or continues in another process. */
    void leave(@Nullable String name) {
        model(name).leave();
    }

    /**
     * A call has ended. {@link #leave} is still to come.
     *
     * @param reserved tokens that were reserved at its start; 0 if it was started elsewhere
     * @param isSpared whether it failed because its credential is held, which says nothing about how many calls are
     *     good
     */
    void ended(Demand demand, long reserved, CallReport report, boolean isSpared, long now) {
        ModelPace model = model(demand.model());
        settle(model, demand, reserved, report);
        long startedAt = now - report.took().toMillis();
        if (!report.isFree()) {
            model.used(now);
        }
        // An error may come from a proxy with limits of its own. Only a rate limit error is believed.
        boolean isBelieved = report.words() == null || report.sign() == Sign.LIMITED;
        ApiLimits limits = isBelieved ? report.limits() : model.known(report.limits());
        correct(model, limits, startedAt, now);
        if (report.words() == null) {
            model.answeredWith(limits);
        }
        react(model, report.sign(), limits, startedAt, now);
        if (!isSpared) {
            model.adapt(report.sign(), startedAt, now);
        }
    }

    /** The job that a call became has ended. */
    void jobEnded(Demand demand, long reserved, CallReport report, long now) {
        ModelPace model = model(demand.model());
        settle(model, demand, reserved, report);
        model.used(now);
        long startedAt = now - report.took().toMillis();
        react(model, report.sign(), ApiLimits.NONE, startedAt, now);
        model.adapt(report.sign(), startedAt, now);
    }

    /**
     * The API has said this in the answer to a poll. Polls may have limits of their own, so only limits that answers to
     * calls have named count.
     */
    void heard(@Nullable String name, ApiLimits limits, long saidAt, long now) {
        ModelPace model = model(name);
        correct(model, model.known(limits), saidAt, now);
    }

    private void correct(ModelPace model, ApiLimits limits, long saidAt, long now) {
        ApiLimits perMinute = model.correctLong(limits, share, saidAt);
        if (!perMinute.isEmpty()) {
            account.correct(perMinute, granted(Level::requests, now), granted(Level::tokens, now), saidAt, now);
            model.level().correct(perMinute, 0, 0, saidAt, now);
        }
    }

    private void react(ModelPace model, Sign sign, ApiLimits limits, long startedAt, long now) {
        if (sign == Sign.LIMITED) {
            account.refused(limits, startedAt, now);
        }
        model.ended(sign, limits, startedAt, now);
    }

    /** Without usage, the reservation stays, unless the call has certainly used nothing. */
    private void settle(ModelPace model, Demand demand, long reserved, CallReport report) {
        Usage usage = report.usage();
        if (reserved == 0) {
            return;
        }
        if (usage != null) {
            model.estimate().learn(demand.inputBytes(), usage.inputTokens(), usage.outputTokens());
            // The API has charged the bound, even if the answer needed less.
            long charged = usage.inputTokens() + Math.max(usage.outputTokens(), demand.maxOutputTokens());
            account.tokens().settle(reserved, charged);
            model.level().tokens().settle(reserved, charged);
        } else if (report.sign() == Sign.LIMITED) {
            account.tokens().settleRefused(reserved);
            model.level().tokens().settleRefused(reserved);
        } else if (report.isFree()) {
            account.tokens().settle(reserved, 0);
            model.level().tokens().settle(reserved, 0);
        }
    }

    /** What the API allows per minute for all models in use together; infinite if it does not say. */
    private double granted(Function<Level, MinutePace> pace, long now) {
        return models.values().stream()
                .filter(model -> model.usedAt() > now - IN_USE_MILLIS)
                .mapToDouble(model -> pace.apply(model.level()).limit())
                .map(limit -> limit > 0 ? limit : Double.POSITIVE_INFINITY)
                .sum();
    }

    /** Models with more calls in flight than their adaptive limit. Empty unless that limit is only observed. */
    List<OverloadedModel> overloadedModels() {
        return settings.adaptive() != Adaptive.OBSERVE
                ? List.of()
                : models.entrySet().stream()
                        .filter(each -> !isLimited(each.getValue()))
                        .map(each -> new OverloadedModel(
                                each.getKey(),
                                each.getValue().inFlight(),
                                each.getValue().adaptive().limit()))
                        .filter(model -> model.better() < model.inFlight())
                        .toList();
    }

    private ModelPace model(@Nullable String name) {
        ModelPace known = models.get(key(name));
        if (known != null) {
            return known;
        }
        if (models.size() >= MAX_MODELS) {
            forgetOne();
        }
        var added = new ModelPace(settings.adaptive() == Adaptive.ON, random);
        models.put(key(name), added);
        return added;
    }

    private void forgetOne() {
        models.entrySet().stream()
                .filter(each -> each.getValue().inFlight() == 0)
                .min(Comparator.comparing(each -> each.getValue().usedAt() > NEVER))
                .map(Map.Entry::getKey)
                .ifPresent(models::remove);
    }

    private static String key(@Nullable String name) {
        return name == null ? "" : name;
    }

    /** How much can start now within this configured limit of the account; at least 0. */
    long remaining(Bound bound, long now) {
        return (bound == Bound.REQUESTS_PER_MINUTE ? account.requests() : account.tokens()).remaining(now);
    }
}

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

/**
 * How fast calls with one credential may follow each other in one worker. Two levels apply at once: the configured
 * limits of the account, over all models, and for each model the limits that the API names in its headers. For a model
 * without any limit, the calls at once are bounded instead ({@link AdaptiveLimit}), if that is wanted. Not thread-safe.
 * Times are in epoch milliseconds.
 */
final class CallPaces {

    /**
     * Records can name any model. Those that were never answered are forgotten first, such as mistyped names, and then the
     * least recently used ones. One with calls in flight is kept.
     */
    private static final int MOST_MODELS = 200;

    private static final long NEVER = Long.MIN_VALUE;

    /** How long a share is used before it is asked for again. */
    private static final long SHARE_MILLIS = 100;

    private final LimitSettings settings;
    private final DoubleSupplier shares;
    private final RandomGenerator random;
    private final Level account;

    /** The least recently used one first. */
    private final Map<String, Model> models = new LinkedHashMap<>(16, 0.75f, true);

    private double share;
    private long shareUntil = NEVER;

    /** A model that was answered in this time counts among those that use the account. */
    private static final long IN_USE_MILLIS = 300_000;

    /** What is known about one model. */
    private static final class Model {
        private final Level level;
        private final AdaptiveLimit adaptive;
        private final TokenEstimate estimate = new TokenEstimate();
        private int inFlight;
        private long usedAt = NEVER;

        Model(boolean isAdaptive, RandomGenerator random) {
            level = new Level(0, 0, true, random);
            adaptive = new AdaptiveLimit(isAdaptive);
        }
    }

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

    /** What is in the way of a call; null if it may start. */
    Bound refusal(String name, long now) {
        if (now >= shareUntil) {
            share = shares.getAsDouble();
            shareUntil = now + SHARE_MILLIS;
        }
        Model model = model(name);
        Bound refusal = account.refusal(share, now);
        if (refusal == null) {
            refusal = model.level.refusal(share, now);
        }
        return refusal == null && !hasRoom(model) ? Bound.ADAPTIVE : refusal;
    }

    private boolean hasRoom(Model model) {
        return settings.adaptive() != Adaptive.ON || isLimited(model) || model.inFlight < model.adaptive.limit();
    }

    private boolean isLimited(Model model) {
        return account.isLimited() || model.level.isLimited();
    }

    /** A call has started, which {@link #refusal} has let through. Returns the tokens that were reserved for it. */
    long start(Demand demand) {
        Model model = model(demand.model());
        long tokens = model.estimate.of(demand.inputBytes(), demand.maxOutputTokens());
        model.inFlight++;
        account.start(tokens);
        model.level.start(tokens);
        return tokens;
    }

    /** A call that was started elsewhere goes on here. */
    void join(String name) {
        model(name).inFlight++;
    }

    /** A call has left: it has ended, or goes on elsewhere. */
    void leave(String name) {
        Model model = model(name);
        model.inFlight = Math.max(0, model.inFlight - 1);
    }

    /**
     * A call has ended, and has not left.
     *
     * @param reserved tokens that were reserved at its start; 0 if it was started elsewhere
     * @param isSpared whether it failed for what holds its credential: that says nothing about how many calls are good
     */
    void ended(Demand demand, long reserved, CallReport report, boolean isSpared, long now) {
        Model model = model(demand.model());
        settle(model, demand, reserved, report);
        long startedAt = now - report.took().toMillis();
        if (!report.isFree()) {
            model.usedAt = now;
        }
        ApiLimits limits = believed(report, model.level);
        correct(model, limits, startedAt, now);
        if (report.words() == null) {
            model.level.answeredWith(limits);
        }
        react(model, report.sign(), limits, isSpared, startedAt, now);
    }

    /** The job that a call became has ended. */
    void jobEnded(Demand demand, long reserved, CallReport report, long now) {
        Model model = model(demand.model());
        settle(model, demand, reserved, report);
        model.usedAt = now;
        react(model, report.sign(), ApiLimits.NONE, false, now - report.took().toMillis(), now);
    }

    /**
     * The API has said this in the answer to a poll. Polls may have limits of their own, so only those count that answers
     * to calls have named.
     */
    void heard(String name, ApiLimits limits, long saidAt, long now) {
        Model model = model(name);
        correct(model, known(limits, model.level), saidAt, now);
    }

    private void correct(Model model, ApiLimits limits, long saidAt, long now) {
        if (!limits.isEmpty()) {
            account.correct(limits, granted(Level::requests, now), granted(Level::tokens, now), saidAt, now);
            model.level.correct(limits, 0, 0, saidAt, now);
        }
    }

    private void react(Model model, Sign sign, ApiLimits limits, boolean isSpared, long startedAt, long now) {
        if (sign == Sign.LIMITED) {
            account.refused(limits, startedAt, now);
            model.level.refused(limits, startedAt, now);
        }
        if (isSpared) {
            return;
        }
        switch (sign) {
            case ANSWERED -> model.adaptive.answered(startedAt, model.inFlight, now);
            case LIMITED, CROWDED, TURNED_AWAY -> model.adaptive.refused(startedAt, model.inFlight, now);
            default -> {}
        }
    }

    /** Without usage, the reservation stays, unless the call has certainly used nothing. */
    private void settle(Model model, Demand demand, long reserved, CallReport report) {
        Usage usage = report.usage();
        if (reserved == 0) {
            return;
        }
        if (usage != null) {
            model.estimate.learn(demand.inputBytes(), usage.inputTokens(), usage.outputTokens());
            // What an answer needs less than its bound was charged nevertheless.
            long charged = usage.inputTokens() + Math.max(usage.outputTokens(), demand.maxOutputTokens());
            account.tokens.settle(reserved, charged);
            model.level.tokens.settle(reserved, charged);
        } else if (report.sign() == Sign.LIMITED) {
            account.tokens.settleRefused(reserved);
            model.level.tokens.settleRefused(reserved);
        } else if (report.isFree()) {
            account.tokens.settle(reserved, 0);
            model.level.tokens.settle(reserved, 0);
        }
    }

    /** An error may come from a proxy, whose limits are others: only a rate limit names new ones. */
    private static ApiLimits believed(CallReport report, Level level) {
        ApiLimits limits = report.limits();
        return report.words() == null || report.sign() == Sign.LIMITED ? limits : known(limits, level);
    }

    private static ApiLimits known(ApiLimits limits, Level level) {
        return limits.isEmpty()
                ? limits
                : new ApiLimits(known(limits.requests(), level.requests), known(limits.tokens(), level.tokens));
    }

    private static ApiLimits.Figure known(ApiLimits.Figure figure, MinutePace pace) {
        return figure != null && figure.limit() == pace.limit() ? figure : null;
    }

    /** What the API allows in a minute to the models in use, all together; infinite if it does not say. */
    private double granted(Function<Level, MinutePace> pace, long now) {
        return models.values().stream()
                .filter(model -> model.usedAt > now - IN_USE_MILLIS)
                .mapToDouble(model -> pace.apply(model.level).limit())
                .map(limit -> limit > 0 ? limit : Double.POSITIVE_INFINITY)
                .sum();
    }

    /** Models with more calls at once than they work on well, as far as that is only observed. */
    List<Crowd> crowds() {
        return settings.adaptive() != Adaptive.OBSERVE
                ? List.of()
                : models.entrySet().stream()
                        .filter(each -> !isLimited(each.getValue()))
                        .map(each -> new Crowd(
                                each.getKey(),
                                each.getValue().inFlight,
                                each.getValue().adaptive.limit()))
                        .filter(crowd -> crowd.better() < crowd.inFlight())
                        .toList();
    }

    private Model model(String name) {
        Model known = models.get(key(name));
        if (known != null) {
            return known;
        }
        if (models.size() >= MOST_MODELS) {
            forgetOne();
        }
        var added = new Model(settings.adaptive() == Adaptive.ON, random);
        models.put(key(name), added);
        return added;
    }

    private void forgetOne() {
        models.entrySet().stream()
                .filter(each -> each.getValue().inFlight == 0)
                .min(Comparator.comparing(each -> each.getValue().usedAt > NEVER))
                .map(Map.Entry::getKey)
                .ifPresent(models::remove);
    }

    private static String key(String name) {
        return name == null ? "" : name;
    }

    /** How much can start now within this configured limit of the account; at least 0. */
    long remaining(Bound bound, long now) {
        return (bound == Bound.REQUESTS_PER_MINUTE ? account.requests : account.tokens).remaining(now);
    }

    /** The limits of requests and of tokens, both of the account or both of a model. */
    private static final class Level {

        /** A limit with more than this part left is not why a call was refused. */
        private static final double REASON = 0.25;

        /** The API may count a quarter of what is estimated here. */
        private static final double MOST_TOKENS = 4;

        private final MinutePace requests;
        private final MinutePace tokens;
        private final boolean isOfModel;

        /** @param isOfModel whether the API's headers are about this level. Otherwise, they only correct what is configured */
        Level(long requests, long tokens, boolean isOfModel, RandomGenerator random) {
            this.isOfModel = isOfModel;
            this.requests = new MinutePace(requests, 1, random);
            this.tokens = new MinutePace(tokens, MOST_TOKENS, random);
        }

        boolean isLimited() {
            return requests.limit() > 0 || tokens.limit() > 0;
        }

        Bound refusal(double share, long now) {
            requests.share(share, now);
            tokens.share(share, now);
            if (!requests.isOpen(now)) {
                return Bound.REQUESTS_PER_MINUTE;
            }
            return tokens.isOpen(now) ? null : Bound.TOKENS_PER_MINUTE;
        }

        void start(long tokens) {
            this.requests.take(1);
            this.tokens.take(tokens);
        }

        MinutePace requests() {
            return requests;
        }

        MinutePace tokens() {
            return tokens;
        }

        void answeredWith(ApiLimits limits) {
            if (limits.requests() == null) {
                requests.answeredWithoutFigure();
            }
            if (limits.tokens() == null) {
                tokens.answeredWithoutFigure();
            }
        }

        void correct(ApiLimits limits, double grantedRequests, double grantedTokens, long saidAt, long now) {
            correct(requests, limits.requests(), grantedRequests, saidAt, now);
            correct(tokens, limits.tokens(), grantedTokens, saidAt, now);
        }

        private void correct(MinutePace pace, ApiLimits.Figure figure, double granted, long saidAt, long now) {
            if (figure != null && (isOfModel || pace.limit() > 0)) {
                pace.correct(figure, granted, saidAt, now);
            }
        }

        void refused(ApiLimits limits, long startedAt, long now) {
            if (isReason(limits.requests(), limits.tokens())) {
                requests.refused(startedAt, now);
            }
            if (isReason(limits.tokens(), limits.requests())) {
                tokens.refused(startedAt, now);
            }
        }

        /** Without figures, either limit may be the reason. */
        private static boolean isReason(ApiLimits.Figure figure, ApiLimits.Figure other) {
            return figure != null ? figure.rest() < REASON : other == null || other.rest() >= REASON;
        }
    }
}

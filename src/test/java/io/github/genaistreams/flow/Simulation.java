package io.github.genaistreams.flow;

import io.github.genaistreams.model.ApiLimits;
import io.github.genaistreams.model.Usage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;

/**
 * Workers that share one account of an API, in virtual time: no HTTP, no Kafka. Each worker always has calls that could
 * start. A refused call is waste, and another one takes its place.
 */
final class Simulation {

    private static final int STEP_MILLIS = 10;
    private static final long REFUSAL_MILLIS = 50;

    /** What the API makes of a call. */
    record Reply(boolean isAdmitted, ApiLimits limits) {}

    /** The API's side. */
    interface Server {

        /** @param inFlight without this call */
        Reply receive(long tokens, int inFlight, long now);

        /** An admitted call has used more tokens than it was charged. Returns how many of them are charged now. */
        default long settle(long more) {
            return 0;
        }

        /** Milliseconds that an answer takes with so many calls in flight. */
        default double latency(int inFlight, Random random) {
            return 2_000 * Math.exp(0.5 * random.nextGaussian());
        }
    }

    /** A call, and what it turns out to need. */
    private record Call(Demand demand, long inputTokens, long outputTokens) {

        /** What the API charges at once. */
        long charge() {
            return inputTokens + Math.max(16, demand.maxOutputTokens());
        }

        Usage usage() {
            return new Usage(inputTokens, Map.of(), outputTokens, Map.of(), inputTokens + outputTokens);
        }
    }

    private record Ending(long at, long startedAt, Worker worker, Call call, long reserved, Reply reply) {}

    /** One worker; {@code share} may be changed at any time. */
    final class Worker {
        final CallPaces paces;
        private final int slots;
        double share;
        int inFlight;

        private Worker(LimitSettings settings, double share, int slots) {
            this.share = share;
            this.slots = slots;
            this.paces = new CallPaces(settings, () -> this.share, random);
        }
    }

    private final Server server;
    private final Random random;
    private final Random calls;
    private final boolean boundsOutput;
    private final PriorityQueue<Ending> endings = new PriorityQueue<>(Comparator.comparingLong(Ending::at));
    private final List<Worker> workers = new ArrayList<>();
    private long now;
    private int inFlight;
    long admitted;
    long refused;

    /** What the API has charged. */
    long tokens;

    /** @param boundsOutput whether requests have max_output_tokens */
    Simulation(Server server, boolean boundsOutput, long seed) {
        this.server = server;
        this.boundsOutput = boundsOutput;
        this.random = new Random(seed);
        this.calls = new Random(seed + 1);
    }

    Worker join(LimitSettings settings, double share, int slots) {
        Worker worker = new Worker(settings, share, slots);
        workers.add(worker);
        return worker;
    }

    double refusedPart() {
        return (double) refused / (refused + admitted);
    }

    void run(Duration time) {
        for (long end = now + time.toMillis(); now < end; now += STEP_MILLIS) {
            while (!endings.isEmpty() && endings.peek().at() <= now) {
                end(endings.poll());
            }
            // Another one is first each time.
            for (int i = 0; i < workers.size(); i++) {
                start(workers.get((int) ((i + now / STEP_MILLIS) % workers.size())));
            }
        }
    }

    private void start(Worker worker) {
        while (worker.share > 0 && worker.inFlight < worker.slots && worker.paces.refusal("m", now) == null) {
            Call call = call();
            long reserved = worker.paces.start(call.demand(), now);
            Reply reply = server.receive(call.charge(), inFlight, now);
            worker.inFlight++;
            inFlight++;
            if (reply.isAdmitted()) {
                admitted++;
                tokens += call.charge();
            } else {
                refused++;
            }
            long took = reply.isAdmitted() ? Math.round(server.latency(inFlight, random)) : REFUSAL_MILLIS;
            endings.add(new Ending(now + Math.max(1, took), now, worker, call, reserved, reply));
        }
    }

    private void end(Ending ending) {
        Call call = ending.call();
        Worker worker = ending.worker();
        boolean isAnswered = ending.reply().isAdmitted();
        if (isAnswered) {
            long more = Math.max(0, call.inputTokens() + call.outputTokens() - call.charge());
            tokens += server.settle(more);
        }
        var report = new CallReport(
                isAnswered ? Sign.ANSWERED : Sign.LIMITED,
                call,
                null,
                Duration.ofMillis(now - ending.startedAt()),
                isAnswered ? call.usage() : null,
                !isAnswered,
                ending.reply().limits());
        worker.paces.ended(call.demand(), ending.reserved(), report, false, now);
        worker.paces.leave(call.demand().model());
        worker.inFlight--;
        inFlight--;
    }

    /** Prompts of 100 to some 40,000 bytes, and answers of about 100 tokens. */
    private Call call() {
        long bytes = Math.round(100 + 1_500 * Math.exp(calls.nextGaussian()));
        long input = Math.round(bytes / 4.0 * (0.7 + 0.4 * calls.nextDouble()));
        long output = Math.round(100 * Math.exp(0.6 * calls.nextGaussian()));
        long bound = boundsOutput ? 200 : 0;
        return new Call(
                new Demand("default", "m", 0, bytes, bound, true, false),
                input,
                boundsOutput ? Math.min(bound, output) : output);
    }

    /** Buckets that are full at first and are filled evenly, as OpenAI describes its limits. */
    static final class Buckets implements Server {
        private final double rpm;
        private final double tpm;
        private final boolean hasHeaders;
        private double requestsLeft;
        private double tokensLeft;
        private long at;

        /** The part of the limits that another program uses. */
        double othersPart;

        /** Whether answers are charged beyond what their request was. */
        boolean chargesAnswers = true;

        Buckets(double rpm, double tpm, boolean hasHeaders) {
            this.rpm = rpm;
            this.tpm = tpm;
            this.hasHeaders = hasHeaders;
            requestsLeft = rpm;
            tokensLeft = tpm;
        }

        @Override
        public Reply receive(long charge, int inFlight, long now) {
            double refill = (now - at) / 60_000.0 * (1 - othersPart);
            requestsLeft = Math.min(rpm, requestsLeft + rpm * refill);
            tokensLeft = Math.min(tpm, tokensLeft + tpm * refill);
            at = now;
            boolean isAdmitted = requestsLeft >= 1 && tokensLeft >= charge;
            if (isAdmitted) {
                requestsLeft--;
                tokensLeft -= charge;
            }
            Duration retryAfter = isAdmitted ? Duration.ZERO : untilThereIs(charge);
            return new Reply(
                    isAdmitted,
                    hasHeaders
                            ? new ApiLimits(figure(rpm, requestsLeft), figure(tpm, tokensLeft), retryAfter)
                            : new ApiLimits(null, null, retryAfter));
        }

        private Duration untilThereIs(long charge) {
            double minutes = Math.max((1 - requestsLeft) / rpm, (charge - tokensLeft) / tpm);
            return Duration.ofMillis(Math.round(minutes * 60_000));
        }

        private static ApiLimits.Figure figure(double limit, double left) {
            return new ApiLimits.Figure(
                    (long) limit,
                    (long) Math.max(0, left),
                    Duration.ofMillis(Math.round((limit - left) / limit * 60_000)));
        }

        @Override
        public long settle(long more) {
            long charged = chargesAnswers ? more : 0;
            tokensLeft -= charged;
            return charged;
        }
    }

    /**
     * Names its limit of requests, which is for a longer time than a minute. What was used comes back evenly, as OpenAI
     * and Groq have it, or all at once at the end of each period.
     */
    static final class Period implements Server {
        private final double limit;
        private final double period;
        private final boolean isEven;
        private double left;
        private long at;

        Period(int limit, Duration period, boolean isEven) {
            this.limit = limit;
            this.period = period.toMillis();
            this.isEven = isEven;
            left = limit;
        }

        @Override
        public Reply receive(long charge, int inFlight, long now) {
            if (isEven) {
                left = Math.min(limit, left + limit * (now - at) / period);
            } else if (now % (long) period < now - at) {
                left = limit;
            }
            at = now;
            boolean isAdmitted = left >= 1;
            left -= isAdmitted ? 1 : 0;
            double reset = isEven ? (limit - left) / limit * period : period - now % period;
            var figure = new ApiLimits.Figure((long) limit, (long) left, Duration.ofMillis((long) reset));
            return new Reply(isAdmitted, new ApiLimits(figure, null));
        }
    }

    /** Counts what was admitted in the last minute, and says nothing about it. */
    static final class Window implements Server {
        private final double rpm;
        private final double tpm;
        private final Deque<long[]> admitted = new ArrayDeque<>();
        private long inWindow;

        Window(double rpm, double tpm) {
            this.rpm = rpm;
            this.tpm = tpm;
        }

        @Override
        public Reply receive(long charge, int inFlight, long now) {
            while (!admitted.isEmpty() && admitted.peek()[0] <= now - 60_000) {
                inWindow -= admitted.poll()[1];
            }
            boolean isAdmitted = admitted.size() < rpm && inWindow + charge <= tpm;
            if (isAdmitted) {
                admitted.add(new long[] {now, charge});
                inWindow += charge;
            }
            return new Reply(
                    isAdmitted, isAdmitted ? ApiLimits.NONE : new ApiLimits(null, null, untilThereIs(charge, now)));
        }

        private Duration untilThereIs(long charge, long now) {
            long left = inWindow;
            int calls = admitted.size();
            for (long[] call : admitted) {
                if (calls < rpm && left + charge <= tpm) {
                    break;
                }
                calls--;
                left -= call[1];
                if (calls < rpm && left + charge <= tpm) {
                    return Duration.ofMillis(call[0] + 60_000 - now);
                }
            }
            return Duration.ofMinutes(1);
        }
    }

    /**
     * Gets slower with the calls in flight.
     *
     * @param slower factor of the latency by the calls in flight
     * @param most   calls in flight before it refuses
     */
    record Slowing(DoubleUnaryOperator slower, int most) implements Server {
        @Override
        public Reply receive(long charge, int inFlight, long now) {
            return new Reply(inFlight < most, ApiLimits.NONE);
        }

        @Override
        public double latency(int inFlight, Random random) {
            return 1_000 * slower.applyAsDouble(inFlight) * Math.exp(0.5 * random.nextGaussian());
        }
    }
}

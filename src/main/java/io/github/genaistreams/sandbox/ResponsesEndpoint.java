package io.github.genaistreams.sandbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.bucket4j.TimeMeter;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /v1/responses}. The steps, in order: it checks the key, the request and the turn that it continues,
 * applies the rate limits, draws a fault and a latency, and answers: whole, as a stream, or by polls.
 */
final class ResponsesEndpoint {

    private static final int MAX_CLIENT_ID_LENGTH = 512;

    private record Behaviour(SandboxSettings settings, MinuteLimits limits) {}

    /** A call, with what was found and drawn for it. */
    private record Call(
            SandboxExchange exchange,
            SandboxSettings settings,
            StatsCounter.ItemCounts item,
            CallId id,
            Turn turn,
            Duration latency) {

        JsonNode body() {
            return turn.request();
        }

        boolean asks(String flag) {
            return body().path(flag).asBoolean();
        }
    }

    private final StatsCounter stats;
    private final ResponseStore store;
    private final PromptCache cache = new PromptCache();
    private volatile Behaviour behaviour;

    ResponsesEndpoint(StatsCounter stats, ResponseStore store, SandboxSettings settings) {
        this.stats = stats;
        this.store = store;
        this.behaviour = new Behaviour(settings, limits(settings));
    }

    SandboxSettings settings() {
        return behaviour.settings();
    }

    /** Changes the behaviour of later calls. Unchanged limits keep their count. */
    void apply(SandboxSettings settings) {
        Behaviour before = behaviour;
        boolean sameLimits =
                before.settings().rpm() == settings.rpm() && before.settings().tpm() == settings.tpm();
        behaviour = new Behaviour(settings, sameLimits ? before.limits() : limits(settings));
    }

    private static MinuteLimits limits(SandboxSettings settings) {
        return new MinuteLimits(settings.rpm(), settings.tpm(), TimeMeter.SYSTEM_NANOTIME);
    }

    void handle(SandboxExchange exchange, Buffer bytes) {
        Behaviour now = behaviour;
        String clientId = exchange.request().getHeader(CallId.HEADER);
        JsonNode body = parse(bytes);
        CallId named = CallId.parse(clientId).orElseGet(() -> new CallId(CallId.UNKNOWN, hash(bytes), 0));
        var item = stats.item(named.batch(), named.index());
        int arrived = stats.arrived(item);
        // Without an attempt from the client, the order of arrival is its number.
        CallId id = named.attempt() > 0 ? named : new CallId(named.batch(), named.index(), arrived);

        Optional<ErrorReply> refusal = ApiKeys.refusal(exchange.request(), now.settings())
                .or(() -> badClientId(clientId))
                .or(() -> refusal(body));
        if (refusal.isPresent()) {
            limitHeaders(exchange, now);
            exchange.refuse(refusal.get());
            return;
        }
        Optional<MinuteLimits.Refusal> limited = now.limits().take(PromptText.tokenCharge(body));
        limitHeaders(exchange, now);
        if (limited.isPresent()) {
            stats.limited();
            FaultReplies.refuse(exchange, limited.get(), body.path("model").asText());
            return;
        }
        Optional<Fault> fault = fault(body, now.settings(), id);
        fault.ifPresent(stats::met);
        fault.ifPresent(exchange::meets);
        Duration latency = now.settings().latencyFor(id.batch(), id.index(), id.attempt());
        var call = new Call(exchange, now.settings(), item, id, turn(body, id, arrived, fault), latency);
        if (fault.filter(FaultReplies::replacesAnswer).isPresent()) {
            boolean atOnce = fault.get().atOnce() || call.asks("background");
            exchange.after(
                    atOnce ? Duration.ZERO : latency,
                    () -> FaultReplies.send(
                            exchange,
                            fault.get(),
                            now.settings(),
                            body.path("model").asText()));
        } else if (call.asks("background") || call.turn().meets(Fault.STILL_RUNNING)) {
            submit(call);
        } else if (call.asks("stream")) {
            stream(call);
        } else {
            exchange.after(latency, () -> answer(call));
        }
    }

    private Optional<ErrorReply> refusal(JsonNode body) {
        if (body.isMissingNode()) {
            return Optional.of(ErrorReply.invalid("We could not parse the JSON body of your request."));
        }
        return RequestCheck.refusal(body).or(() -> store.refusal(body));
    }

    private static Optional<Fault> fault(JsonNode body, SandboxSettings settings, CallId id) {
        return PromptText.marker(body)
                .or(() -> settings.faultFor(id.batch(), id.index(), id.attempt())
                        .filter(drawn -> drawn != Fault.INVALID_OUTPUT || !isCorrection(body)))
                .filter(met -> met.concerns(
                        body.path("stream").asBoolean(),
                        body.path("background").asBoolean(),
                        body.path("service_tier").asText().equals("flex")));
    }

    /** Whether the request shows the model an answer of its own. */
    private static boolean isCorrection(JsonNode body) {
        for (JsonNode item : body.path("input")) {
            if (item.path("role").asText().equals("assistant")) {
                return true;
            }
        }
        return false;
    }

    private Turn turn(JsonNode body, CallId id, int arrived, Optional<Fault> fault) {
        var random = Draw.of(Draw.hash(body.path("input").toString()), id.batch(), id.index(), arrived, "id");
        return new Turn(
                body,
                "%016x%016x".formatted(random.nextLong(), random.nextLong()),
                Instant.now().getEpochSecond(),
                store.earlier(body),
                cache.cachedTokens(body),
                fault);
    }

    private void answer(Call call) {
        ObjectNode response = ResponsesAnswers.answer(call.turn());
        if (call.turn().meets(Fault.TRUNCATED)) {
            call.exchange().truncate(response);
            return;
        }
        keep(call, response);
        if (response.hasNonNull("usage")) {
            call.exchange().succeed(call.item(), response);
        } else {
            call.exchange().sendJson(response);
        }
    }

    /** Stores a finished response unless {@code store} is false. */
    private void keep(Call call, ObjectNode response) {
        if (call.body().path("store").asBoolean(true)) {
            store(call, response, SandboxResponse.Life.OVER).isFirstDelivery(response);
        }
    }

    private SandboxResponse store(Call call, ObjectNode response, SandboxResponse.Life life) {
        boolean isKept = call.body().path("store").asBoolean(true);
        var stored = new SandboxResponse(call.id(), call.item(), call.turn(), response, life, isKept);
        store.put(response.path("id").asText(), stored);
        return stored;
    }

    private void stream(Call call) {
        ObjectNode response = ResponsesAnswers.answer(call.turn());
        StreamPlayer.play(call.exchange(), script(call, response), call.latency(), last -> {
            keep(call, response);
            call.exchange().succeed(call.item(), response, last);
        });
    }

    private static StreamScript script(Call call, ObjectNode response) {
        boolean obfuscated =
                call.body().at("/stream_options/include_obfuscation").asBoolean(true);
        CallId id = call.id();
        return StreamScript.of(
                ResponseEvents.of(response, obfuscated),
                call.turn().fault(),
                Draw.of(call.settings().seed(), id.batch(), id.index(), id.attempt(), "drip"));
    }

    /** Starts a response that goes on after its call. */
    private void submit(Call call) {
        ObjectNode end = ResponsesAnswers.answer(call.turn());
        var stored = store(call, end, new SandboxResponse.Life(System.nanoTime(), call.latency()));
        stats.submitted(call.item());
        if (call.turn().meets(Fault.TRUNCATED)) {
            call.exchange().truncate(stored.atStart());
        } else {
            pollAfter(call.exchange(), call.settings());
            call.exchange().sendJson(stored.atStart());
        }
    }

    static void pollAfter(SandboxExchange exchange, SandboxSettings settings) {
        settings.pollAfter().ifPresent(wait -> exchange.header("openai-poll-after-ms", Long.toString(wait.toMillis())));
    }

    private static void limitHeaders(SandboxExchange exchange, Behaviour now) {
        now.limits().headers().forEach(exchange::header);
    }

    private static Optional<ErrorReply> badClientId(@Nullable String id) {
        boolean fine =
                id == null || id.length() <= MAX_CLIENT_ID_LENGTH && id.chars().allMatch(c -> c > 31 && c < 127);
        return fine
                ? Optional.empty()
                : Optional.of(ErrorReply.invalid("X-Client-Request-Id must be ASCII and of at most 512 characters."));
    }

    private static JsonNode parse(Buffer bytes) {
        try {
            return SandboxExchange.JSON.readTree(bytes.getBytes());
        } catch (IOException e) {
            return MissingNode.getInstance();
        }
    }

    private static int hash(Buffer bytes) {
        return Arrays.hashCode(bytes.getBytes()) & Integer.MAX_VALUE;
    }
}

package io.github.genaistreams.cli.option;

import io.github.genaistreams.sandbox.Fault;
import io.github.genaistreams.sandbox.Latency;
import io.github.genaistreams.sandbox.SandboxSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The behaviour of the sandbox. */
public final class SandboxOptions {

    @Spec(Spec.Target.MIXEE)
    private CommandSpec mixee;

    @Option(
            names = "--latency",
            paramLabel = "DIST",
            description = "Latency of the answers: fixed:200ms, uniform:100ms-2s or lognormal:500ms,0.5.")
    private @Nullable String latency;

    @Option(
            names = "--fail",
            paramLabel = "KIND=RATE",
            description =
                    "Share of calls that fail, for example 429=0.1 or reset=2%%. Repeatable. Kinds: rate_limit (429),"
                            + " quota, bad_request (400), server_error (500), overloaded (503), no_capacity (flex),"
                            + " bad_gateway (502), reset, hang, truncated, interim, extra_response, trailing_bytes,"
                            + " short_length, long_length, refusal, content_filter, failed, still_running,"
                            + " stream_cut, stream_end, stream_error, stream_error_nested, stream_failed,"
                            + " stream_stall, slow_drip, background_failed, poll_error, poll_limit, poll_hang,"
                            + " page_limit.")
    private List<String> faults = new ArrayList<>();

    @Option(
            names = "--retry-after",
            paramLabel = "DURATION",
            description = "Retry-after of a rate_limit fault, for example 500ms or 2s.")
    private @Nullable String retryAfter;

    @Option(
            names = "--poll-after",
            paramLabel = "DURATION",
            description = "Retry-after of a poll of an unfinished response, for example 100ms or 2s.")
    private @Nullable String pollAfter;

    @Option(names = "--rpm", paramLabel = "N", description = "Maximum number of requests per minute. 0: no limit.")
    private @Nullable Integer rpm;

    @Option(names = "--tpm", paramLabel = "N", description = "Maximum number of tokens per minute. 0: no limit.")
    private @Nullable Long tpm;

    @Option(
            names = "--documents-at-once",
            paramLabel = "N",
            description = "Maximum number of documents in progress. Default: 400.")
    private @Nullable Integer documentsAtOnce;

    @Option(
            names = "--pages-in-flight",
            paramLabel = "N",
            description = "Maximum number of pages in progress. Default: 5000.")
    private @Nullable Integer pagesInFlight;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed for all latencies and faults. Runs with the same seed are the same.")
    private @Nullable Long seed;

    /** {@code defaults} with the values of the given options. */
    public SandboxSettings over(SandboxSettings defaults) {
        try {
            SandboxSettings settings = defaults;
            if (latency != null) {
                settings = settings.withLatency(Latency.parse(latency));
            }
            if (!faults.isEmpty()) {
                settings = settings.withFaults(Map.of());
                for (String fault : faults) {
                    Map.Entry<Fault, Double> rate = Fault.parseRate(fault);
                    settings = settings.withFault(rate.getKey(), rate.getValue());
                }
            }
            if (retryAfter != null && Latency.parse(retryAfter) instanceof Latency.Fixed fixed) {
                settings = settings.withRetryAfter(fixed.value());
            }
            if (pollAfter != null && Latency.parse(pollAfter) instanceof Latency.Fixed fixed) {
                settings = settings.withPollAfter(fixed.value());
            }
            settings = rpm == null ? settings : settings.withRpm(rpm);
            settings = tpm == null ? settings : settings.withTpm(tpm);
            SandboxSettings.Documents documents = settings.documents();
            settings = settings.withDocuments(new SandboxSettings.Documents(
                    documentsAtOnce == null ? documents.atOnce() : documentsAtOnce,
                    pagesInFlight == null ? documents.pagesInFlight() : pagesInFlight,
                    documents.maxBytes(),
                    documents.kept()));
            return seed == null ? settings : settings.withSeed(seed);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(mixee.commandLine(), e.getMessage(), e);
        }
    }
}

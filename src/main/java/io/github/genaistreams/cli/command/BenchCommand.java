package io.github.genaistreams.cli.command;

import io.github.genaistreams.bench.Bench;
import io.github.genaistreams.bench.Bench.Overhead;
import io.github.genaistreams.bench.Bench.Schedule;
import io.github.genaistreams.bench.Bench.Throughput;
import io.github.genaistreams.bench.Machine;
import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.sandbox.Latency;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Measures a batch from end to end on this machine. */
@Command(
        name = "bench",
        description = {
            "Measures the time that a batch takes on this machine beyond the time of the API.",
            "",
            "The broker, the API sandbox and the reader run in this process, the worker in a process of its own. This"
                    + " takes about two minutes.",
            "",
            "schedule: compares a batch with the ideal list schedule for the same latencies.",
            "throughput: makes short calls as fast as possible, and compares with a bare Vert.x client without Kafka.",
            "overhead: measures the time from the append of a request until its result is readable, minus the time of"
                    + " the API, under light load."
        },
        footer = {
            "  genai bench",
            "  genai bench --only schedule --requests 10000 --partitions 4 --slots 50 --latency uniform:100ms-2s",
            "  genai bench --json"
        })
final class BenchCommand extends BaseCommand {

    private static final int THROUGHPUT_PARTITIONS = 4;
    private static final int THROUGHPUT_SLOTS = 256;
    private static final int OVERHEAD_SLOTS = 25;
    private static final double OVERHEAD_PER_SECOND = 20;

    enum Part {
        SCHEDULE,
        THROUGHPUT,
        OVERHEAD
    }

    @Option(
            names = "--only",
            paramLabel = "PART",
            split = ",",
            description = "Measurements to run: ${COMPLETION-CANDIDATES}, separated by commas. Default: all.")
    private Set<Part> only = EnumSet.allOf(Part.class);

    @Option(
            names = "--requests",
            paramLabel = "N",
            defaultValue = "4000",
            description = "Number of requests for the schedule. Default: ${DEFAULT-VALUE}.")
    private int requests;

    @Option(
            names = "--partitions",
            paramLabel = "N",
            defaultValue = "8",
            description = "Number of partitions for the schedule. Default: ${DEFAULT-VALUE}.")
    private int partitions;

    @Option(
            names = "--slots",
            paramLabel = "N",
            defaultValue = "25",
            description = "Number of slots per partition for the schedule. Default: ${DEFAULT-VALUE}.")
    private int slots;

    @Option(
            names = "--latency",
            paramLabel = "LATENCY",
            defaultValue = "lognormal:500ms,0.5",
            description = "Latency of the API for the schedule. Default: ${DEFAULT-VALUE}.")
    private String latency;

    @Option(
            names = "--throughput-requests",
            paramLabel = "N",
            defaultValue = "50000",
            description = "Number of requests for the throughput. Default: ${DEFAULT-VALUE}.")
    private int throughputRequests;

    @Option(
            names = "--overhead-requests",
            paramLabel = "N",
            defaultValue = "400",
            description = "Number of requests for the overhead. Default: ${DEFAULT-VALUE}.")
    private int overheadRequests;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    /** All measurements; null for those that were not requested. */
    private record Report(
            Machine machine,
            @Nullable Schedule schedule,
            @Nullable Throughput throughput,
            @Nullable Overhead overhead) {}

    BenchCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        Latency drawn = parse(latency);
        Bench bench = new Bench(step -> say("%s ...", step));
        Schedule schedule = only.contains(Part.SCHEDULE) ? bench.schedule(requests, partitions, slots, drawn) : null;
        Throughput throughput = only.contains(Part.THROUGHPUT)
                ? bench.throughput(throughputRequests, THROUGHPUT_PARTITIONS, THROUGHPUT_SLOTS, parse("fixed:20ms"))
                : null;
        Overhead overhead = only.contains(Part.OVERHEAD)
                ? bench.overhead(overheadRequests, OVERHEAD_PER_SECOND, THROUGHPUT_PARTITIONS, OVERHEAD_SLOTS)
                : null;
        Report report = new Report(Machine.here(), schedule, throughput, overhead);
        if (json) {
            cli.printJson(report);
        } else {
            print(report);
        }
        return ExitStatus.OK;
    }

    private static Latency parse(String latency) {
        try {
            return Latency.parse(latency);
        } catch (IllegalArgumentException e) {
            throw new CliException("--latency: " + e.getMessage());
        }
    }

    private void print(Report report) {
        Machine machine = report.machine();
        row("machine", "%s, %d processors, %d GiB", machine.processor(), machine.processors(), machine.memoryGib());
        row("", "%s, %s", machine.system(), machine.java());
        if (report.schedule() != null) {
            Schedule s = report.schedule();
            heading(
                    "schedule: %,d requests, %d partitions x %d slots, latency %s",
                    s.requests(), s.partitions(), s.slotsPerPartition(), s.latency());
            row("ideal list schedule", "%8.2f s", s.idealSecs());
            row("measured", "%8.2f s", s.wallSecs());
            row("ratio", "%8.3f", s.ratio());
        }
        if (report.throughput() != null) {
            Throughput t = report.throughput();
            heading(
                    "throughput: %,d requests, %d partitions x %d slots, latency %s",
                    t.requests(), t.partitions(), t.slotsPerPartition(), t.latency());
            row("", "%14s %22s", "requests/s", "CPU-s per 1,000");
            row("worker", "%,14.0f %22.3f", t.requestsPerSec(), t.workerCpuSecsPer1000());
            row("bare client, no Kafka", "%,14.0f %22.3f", t.bareRequestsPerSec(), t.bareCpuSecsPer1000());
        }
        if (report.overhead() != null) {
            Overhead o = report.overhead();
            heading("overhead: %,d requests, %.0f per second", o.requests(), o.requestsPerSec());
            row("median", "%8.1f ms", o.medianMs());
            row("p90", "%8.1f ms", o.p90Ms());
            row("p99", "%8.1f ms", o.p99Ms());
            row("max", "%8.1f ms", o.maxMs());
        }
    }

    private void heading(String format, Object... arguments) {
        cli.out().println();
        cli.out().println(format.formatted(arguments));
    }

    private void row(String name, String format, Object... arguments) {
        cli.out().printf("  %-24s%s%n", name, format.formatted(arguments));
    }
}

package io.github.genaistreams.cli.option;

import io.github.genaistreams.cli.console.CliException;
import io.github.genaistreams.client.deadletter.DeadLetter;
import io.github.genaistreams.client.deadletter.DeadLetterFilter;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Selects dead letters. */
public final class DeadLetterOptions {

    private static final Pattern AGO = Pattern.compile("(\\d{1,9})([smhd])");

    @Option(names = "--topic", paramLabel = "TOPIC", description = "Only dead letters from this topic.")
    private @Nullable String topic;

    @Option(
            names = "--reason",
            paramLabel = "TEXT",
            description = "Only dead letters whose reason contains this text, ignoring case.")
    private @Nullable String reason;

    @Option(
            names = "--since",
            paramLabel = "TIME",
            description =
                    "Only dead letters since this time: 30m, 2h or 3d (ago), 2026-01-31, or 2026-01-31T12:00:00Z.")
    private @Nullable String since;

    @Option(
            names = "--until",
            paramLabel = "TIME",
            description = "Only dead letters before this time, written as for --since.")
    private @Nullable String until;

    public boolean isEmpty() {
        return topic == null && reason == null && since == null && until == null;
    }

    public DeadLetterFilter filter(List<String> ids, boolean replayed) {
        Instant now = Instant.now();
        return new DeadLetterFilter(
                ids(ids), topic, reason, time("--since", since, now), time("--until", until, now), replayed);
    }

    public static Set<DeadLetter.Id> ids(List<String> ids) {
        try {
            return ids.stream().map(DeadLetter.Id::parse).collect(Collectors.toSet());
        } catch (IllegalArgumentException e) {
            throw new CliException("Not an ID: " + e.getMessage() + ". `genai dead-letters list` lists the IDs.", e);
        }
    }

    /** A time before {@code now}, or a calendar date in UTC. */
    static @Nullable Instant time(String option, @Nullable String text, Instant now) {
        if (text == null) {
            return null;
        }
        Matcher ago = AGO.matcher(text);
        if (ago.matches()) {
            long number = Long.parseLong(ago.group(1));
            return now.minus(
                    switch (ago.group(2)) {
                        case "s" -> Duration.ofSeconds(number);
                        case "m" -> Duration.ofMinutes(number);
                        case "h" -> Duration.ofHours(number);
                        default -> Duration.ofDays(number);
                    });
        }
        try {
            return text.contains("T")
                    ? Instant.parse(text)
                    : LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC);
        } catch (DateTimeParseException e) {
            throw new CliException(
                    option + " is not a time: " + text
                            + ". Use for example 30m, 2h or 3d (ago), 2026-01-31 or 2026-01-31T12:00:00Z.",
                    e);
        }
    }
}

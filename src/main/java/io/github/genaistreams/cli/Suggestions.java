package io.github.genaistreams.cli;

import io.github.genaistreams.wire.EditDistance;
import io.github.genaistreams.wire.Topics;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Suggests a command or option for a misspelt one. */
final class Suggestions {

    private static final Set<String> APIS = Set.of(Topics.RESPONSES, Topics.DOCUMENTS);

    private Suggestions() {}

    /** A sentence about what is wrong with the command line, with the probable correction. */
    static String sentence(ParameterException e) {
        if (e.getArgSpec() instanceof OptionSpec option && option.type().isEnum() && e.getValue() != null) {
            return "%s is '%s': use %s"
                    .formatted(
                            option.longestName(),
                            e.getValue(),
                            Stream.of(option.type().getEnumConstants())
                                    .map(constant -> constant.toString().toLowerCase(Locale.ROOT))
                                    .collect(Collectors.joining(", ")));
        }
        if (!(e instanceof UnmatchedArgumentException unmatched)
                || unmatched.getUnmatched().isEmpty()) {
            return String.valueOf(e.getMessage());
        }
        String word = unmatched.getUnmatched().get(0);
        CommandLine command = e.getCommandLine();
        boolean option = word.startsWith("-");
        String name = option ? word.split("=", 2)[0] : word;
        Stream<String> known = option
                ? command.getCommandSpec().optionsMap().keySet().stream()
                : command.getSubcommands().keySet().stream();
        String what = option
                ? "unknown option " + name
                : command.getSubcommands().isEmpty() ? "unexpected argument " + name : "unknown command " + name;
        List<String> meant = nearest(name, known.toList());
        if (!option && meant.isEmpty() && command.getSubcommands().containsKey("responses")) {
            return "%s is not an API; for example: genai %s responses %s"
                    .formatted(word, command.getCommandName(), word);
        }
        if (!option && meant.isEmpty() && APIS.contains(word)) {
            return "unknown command %s; did you mean run %s or submit %s?".formatted(word, word, word);
        }
        return meant.isEmpty() ? what : what + "; did you mean " + String.join(" or ", meant) + "?";
    }

    /** The nearest candidates, all equally near; empty if none is near. */
    private static List<String> nearest(String word, List<String> known) {
        TreeMap<Integer, List<String>> byDistance = known.stream()
                .filter(candidate -> EditDistance.of(word, candidate) <= Math.max(1, candidate.length() / 3)
                        || (word.length() > 2 && candidate.startsWith(word)))
                .sorted()
                .collect(Collectors.groupingBy(
                        candidate -> EditDistance.of(word, candidate), TreeMap::new, Collectors.toList()));
        return byDistance.isEmpty() ? List.of() : byDistance.firstEntry().getValue();
    }
}

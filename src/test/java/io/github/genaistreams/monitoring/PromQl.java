package io.github.genaistreams.monitoring;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What an expression of Prometheus says of our metrics: names, labels, values. No parser: that an expression is one, {@code promtool}
 * checks.
 */
public record PromQl(String text) {

    /** Labels that a series has from its scrape. */
    static final Set<String> TARGET = Set.of("namespace", "job", "instance");

    private static final Pattern NAME = Pattern.compile("(?<![\\w:$])(genai[_:][\\w:]+|up|ALERTS)(?![\\w:(])");
    private static final Pattern SELECTOR = Pattern.compile(NAME.pattern() + "\\s*\\{([^}]*)\\}");
    private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"");
    private static final Pattern GROUPING = Pattern.compile("\\b(?:by|on)\\s*\\(([^)]*)\\)\\s*");
    private static final Pattern NEW_LABEL =
            Pattern.compile("label_replace\\(\\s*" + NAME.pattern() + "[^,]*,\\s*\"(\\w+)\"");
    private static final Pattern OF_COUNTERS = Pattern.compile("\\b(?:rate|increase)\\(\\s*" + NAME.pattern());

    /** A matcher of a selector: {@code metric{label="value"}}. */
    record Matcher(String metric, String label, String value) {}

    /** Labels by which something is summed up, and the names within it. */
    record Grouping(Set<String> labels, Set<String> metrics) {}

    /** The names as written, those of a histogram's parts included. */
    public Set<String> metrics() {
        return names(text);
    }

    private static Set<String> names(String text) {
        return NAME.matcher(withoutStrings(text))
                .results()
                .map(MatchResult::group)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    List<Matcher> matchers() {
        List<Matcher> matchers = new ArrayList<>();
        SELECTOR.matcher(text).results().forEach(selector -> MATCHER.matcher(selector.group(2))
                .results()
                .forEach(each -> matchers.add(new Matcher(selector.group(1), each.group(1), each.group(3)))));
        return matchers;
    }

    /** Each {@code by (…)} with what it is of; each {@code on (…)} with the whole expression. */
    List<Grouping> groupings() {
        return GROUPING.matcher(text)
                .results()
                .map(each -> new Grouping(
                        words(each.group(1)), names(each.group().startsWith("by") ? argument(each.end()) : text)))
                .toList();
    }

    /** Labels that a series of the result may have. */
    Set<String> labels() {
        Set<String> labels = new LinkedHashSet<>();
        groupings().forEach(each -> labels.addAll(each.labels()));
        return labels;
    }

    /** Labels that the expression itself makes. */
    Set<String> newLabels() {
        return NEW_LABEL.matcher(text).results().map(each -> each.group(2)).collect(Collectors.toSet());
    }

    /** What {@code rate} and {@code increase} are taken of. */
    Set<String> counters() {
        return OF_COUNTERS.matcher(text).results().map(each -> each.group(1)).collect(Collectors.toSet());
    }

    /** The parenthesis that begins there, to its end. */
    private String argument(int from) {
        int depth = 0;
        for (int i = from; i < text.length(); i++) {
            depth += text.charAt(i) == '(' ? 1 : text.charAt(i) == ')' ? -1 : 0;
            if (depth == 0) {
                return text.substring(from, i + 1);
            }
        }
        throw new AssertionError("parentheses do not match: " + text);
    }

    private static String withoutStrings(String text) {
        return text.replaceAll("\"[^\"]*\"", "\"\"");
    }

    private static Set<String> words(String list) {
        return Arrays.stream(list.split(","))
                .map(String::strip)
                .filter(word -> !word.isEmpty())
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }
}

package io.github.genaistreams;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A scrape in Prometheus' text format 0.0.4, read more strictly than Prometheus does: every family has its help and its type, once and
 * before its samples, which stand together; no series comes twice; buckets add up.
 *
 * @see <a href="https://prometheus.io/docs/instrumenting/exposition_formats/">Exposition formats</a>
 */
public final class Scrape {

    private static final Pattern HELP =
            Pattern.compile("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) (?:[^\\\\\\n]|\\\\[\\\\n])*");
    private static final Pattern TYPE =
            Pattern.compile("# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary|untyped)");
    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)})? (NaN|[+-]Inf|-?[0-9.]+(?:[eE][+-]?[0-9]+)?)");
    private static final Pattern LABEL =
            Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\\\n]|\\\\[\"\\\\n])*)\"(?:,|$)");

    private final Map<String, String> types = new LinkedHashMap<>();
    private final Set<String> helped = new HashSet<>();
    private final Map<Series, Double> samples = new LinkedHashMap<>();
    private final Map<String, String> familyOf = new HashMap<>();

    /** One sample's name and labels. */
    public record Series(String name, Map<String, String> labels) {

        boolean has(Map<String, String> some) {
            return labels.entrySet().containsAll(some.entrySet());
        }
    }

    private Scrape() {}

    public static Scrape of(String text) {
        var scrape = new Scrape();
        assertThat(text).endsWith("\n");
        String family = null;
        for (String line : text.split("\n")) {
            family = scrape.take(line, family);
        }
        scrape.types.forEach((name, type) -> {
            assertThat(scrape.familyOf).as("samples of %s", name).containsValue(name);
            if (type.equals("histogram")) {
                scrape.checkHistogram(name);
            }
        });
        return scrape;
    }

    private String take(String line, String family) {
        Matcher help = HELP.matcher(line);
        if (help.matches()) {
            assertThat(helped.add(help.group(1))).as(line).isTrue();
            return help.group(1);
        }
        Matcher type = TYPE.matcher(line);
        if (type.matches()) {
            assertThat(type.group(1)).isEqualTo(family);
            assertThat(types.put(family, type.group(2))).as(line).isNull();
            return family;
        }
        Matcher sample = SAMPLE.matcher(line);
        assertThat(sample.matches()).as(line).isTrue();
        assertThat(isOf(sample.group(1), family))
                .as("%s among %s", line, family)
                .isTrue();
        familyOf.put(sample.group(1), family);
        Series series = new Series(sample.group(1), labels(sample.group(2)));
        double value = value(sample.group(3));
        if (types.get(family).equals("counter")) {
            assertThat(value).as(line).isNotNegative().isFinite();
            assertThat(series.name()).endsWith("_total");
        }
        assertThat(samples.put(series, value)).as("twice: %s", line).isNull();
        return family;
    }

    private boolean isOf(String name, String family) {
        return name.equals(family)
                || List.of("histogram", "summary").contains(types.get(family))
                        && Set.of(family + "_count", family + "_sum", family + "_bucket")
                                .contains(name);
    }

    private static Map<String, String> labels(String text) {
        Map<String, String> labels = new TreeMap<>();
        int at = 0;
        while (text != null && at < text.length()) {
            Matcher label = LABEL.matcher(text).region(at, text.length());
            assertThat(label.lookingAt()).as(text).isTrue();
            String value =
                    label.group(2).replace("\\n", "\n").replace("\\\"", "\"").replace("\\\\", "\\");
            assertThat(labels.put(label.group(1), value)).as(text).isNull();
            at = label.end();
        }
        return labels;
    }

    private static double value(String text) {
        return switch (text) {
            case "+Inf" -> Double.POSITIVE_INFINITY;
            case "-Inf" -> Double.NEGATIVE_INFINITY;
            default -> Double.parseDouble(text);
        };
    }

    private void checkHistogram(String family) {
        Map<Map<String, String>, Double> last = new HashMap<>();
        Map<Map<String, String>, Double> bound = new HashMap<>();
        samples.forEach((series, count) -> {
            if (series.name().equals(family + "_bucket")) {
                Map<String, String> others = new HashMap<>(series.labels());
                double le = value(others.remove("le"));
                assertThat(le).isGreaterThan(bound.getOrDefault(others, Double.NEGATIVE_INFINITY));
                assertThat(count).isGreaterThanOrEqualTo(last.getOrDefault(others, 0.0));
                last.put(others, count);
                bound.put(others, le);
            }
        });
        assertThat(last).isNotEmpty().allSatisfy((others, count) -> {
            assertThat(bound.get(others)).isEqualTo(Double.POSITIVE_INFINITY);
            assertThat(samples).containsEntry(new Series(family + "_count", new TreeMap<>(others)), count);
            assertThat(samples).containsKey(new Series(family + "_sum", new TreeMap<>(others)));
        });
    }

    /** Names of all families with their types. */
    public Map<String, String> types() {
        return types;
    }

    /** All series of this name, with these labels among theirs. */
    public List<Series> series(String name, Map<String, String> labels) {
        List<Series> found = new ArrayList<>(samples.keySet());
        found.removeIf(series -> !series.name().equals(name) || !series.has(labels));
        return found;
    }

    /** The sum of these series; an error if there is none. */
    public double sum(String name, Map<String, String> labels) {
        List<Series> found = series(name, labels);
        assertThat(found).as("%s%s", name, labels).isNotEmpty();
        return found.stream().mapToDouble(samples::get).sum();
    }

    public double sum(String name) {
        return sum(name, Map.of());
    }
}

package io.github.genaistreams.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.monitoring.Monitoring.Rule;
import io.github.genaistreams.monitoring.Monitoring.Target;
import io.github.genaistreams.monitoring.Monitoring.Variable;
import io.github.genaistreams.provider.CallKind;
import io.github.genaistreams.worker.WorkerMetric;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.kafka.streams.KafkaStreams;
import org.junit.jupiter.api.Test;

/**
 * Dashboard and alerts speak of metrics that exist, and every alert is explained. Whether Prometheus understands the expressions, and
 * whether they give data, is shown by {@code PrometheusTest}.
 */
class MonitoringTest {

    private static final Path OPERATIONS = Path.of("docs/operations.md");

    private static final Pattern WORD_IN_CODE = Pattern.compile("`(\\w+)`");
    private static final Pattern TEMPLATE_LABEL = Pattern.compile("\\$labels\\.(\\w+)");
    private static final Pattern LEGEND_LABEL = Pattern.compile("\\{\\{\\s*(\\w+)\\s*}}");

    /** Values of labels that the meaning of a metric does not list. */
    private static final Map<String, Collection<String>> VALUES = Map.of(
            "outcome", Arrays.stream(CallKind.values()).map(CallKind::label).toList(),
            "state",
                    Arrays.stream(KafkaStreams.State.values())
                            .map(state -> state.name().toLowerCase(Locale.ROOT))
                            .toList(),
            "success", List.of("true", "false"));

    private static final Metric NO_METRIC = new Metric(false, Set.of(), "");

    private record Metric(boolean isCounter, Set<String> labels, String meaning) {

        boolean hasValue(String label, String value) {
            return VALUES.getOrDefault(label, found(WORD_IN_CODE, meaning)).contains(value);
        }
    }

    @Test
    void everyMetricExistsWithTheLabelsThatItIsAskedFor() throws IOException {
        Map<String, Metric> known = metrics();
        List<String> problems = new ArrayList<>();
        for (PromQl expression : Monitoring.expressions()) {
            for (String name : expression.metrics()) {
                if (!known.containsKey(name)) {
                    problems.add("there is no metric " + name + ": " + expression.text());
                }
            }
            for (PromQl.Matcher matcher : expression.matchers()) {
                Metric metric = known.get(matcher.metric());
                if (metric == null || PromQl.TARGET.contains(matcher.label())) {
                    continue;
                }
                if (!metric.labels().contains(matcher.label())) {
                    problems.add(matcher.metric() + " has no label " + matcher.label() + ": " + expression.text());
                } else if (!matcher.value().startsWith("$")) {
                    Stream.of(matcher.value().split("\\|"))
                            .filter(value -> !metric.hasValue(matcher.label(), value))
                            .forEach(value ->
                                    problems.add(matcher.metric() + " has no " + matcher.label() + " " + value));
                }
            }
            for (PromQl.Grouping grouping : expression.groupings()) {
                for (String name : grouping.metrics()) {
                    Set<String> missing = new LinkedHashSet<>(grouping.labels());
                    missing.removeAll(PromQl.TARGET);
                    missing.removeAll(expression.newLabels());
                    missing.removeAll(known.getOrDefault(name, NO_METRIC).labels());
                    if (!missing.isEmpty()) {
                        problems.add(name + " has no " + missing + ": " + expression.text());
                    }
                }
            }
            for (String name : expression.counters()) {
                if (!known.getOrDefault(name, NO_METRIC).isCounter()) {
                    problems.add(name + " is no counter: " + expression.text());
                }
            }
        }
        assertThat(problems).isEmpty();
    }

    @Test
    void everyAlertSaysWhatToDoAndIsExplained() throws IOException {
        List<String> operations = Files.readAllLines(OPERATIONS);
        List<String> explained = operations.stream()
                .dropWhile(line -> !line.equals("## What each alert means"))
                .skip(1)
                .takeWhile(line -> !line.startsWith("## "))
                .filter(line -> line.startsWith("### "))
                .map(line -> line.substring("### ".length()))
                .toList();

        assertThat(explained)
                .containsExactlyElementsOf(alerts().stream().map(Rule::name).toList());
        for (Rule alert : alerts()) {
            String name = alert.name();
            assertThat(alert.json().at("/labels/severity").asText()).as(name).isIn("critical", "warning", "info");
            assertThat(alert.annotation("summary")).as(name).isNotBlank();
            assertThat(alert.annotation("description")).as(name).endsWith(".");
            assertThat(alert.annotation("runbook")).isEqualTo("docs/operations.md#" + name.toLowerCase(Locale.ROOT));
        }
    }

    @Test
    void theTextOfAnAlertNamesLabelsThatItHas() throws IOException {
        Map<String, Metric> known = metrics();
        for (Rule alert : alerts()) {
            assertThat(labels(known, alert.expression()))
                    .as(alert.name())
                    .containsAll(found(TEMPLATE_LABEL, alert.annotation("summary") + alert.annotation("description")));
        }
    }

    /** Whether it does fire there, {@code promtool} shows. */
    @Test
    void everyAlertIsTested() throws IOException {
        Set<String> tested = new HashSet<>();
        for (JsonNode test : Monitoring.rulesTest().get("tests")) {
            for (JsonNode each : test.path("promql_expr_test")) {
                each.path("exp_samples")
                        .forEach(sample -> tested.addAll(found(
                                Pattern.compile("alertname=\"(\\w+)\""),
                                sample.get("labels").asText())));
            }
            for (JsonNode each : test.path("alert_rule_test")) {
                if (each.has("exp_alerts")) {
                    tested.add(each.get("alertname").asText());
                }
            }
        }
        assertThat(tested)
                .containsExactlyInAnyOrderElementsOf(
                        alerts().stream().map(Rule::name).toList());
    }

    /** {@code promtool} compares them word for word, and is not there for every build. */
    @Test
    void theTestsOfTheAlertsExpectTheTextsThatTheAlertsHave() throws IOException {
        Map<String, Rule> alerts = alerts().stream().collect(Collectors.toMap(Rule::name, alert -> alert));
        for (JsonNode each : Monitoring.rulesTest().findValues("alert_rule_test").stream()
                .flatMap(MonitoringTest::stream)
                .toList()) {
            Rule alert = alerts.get(each.get("alertname").asText());
            for (JsonNode expected : each.findValues("exp_annotations")) {
                for (String text : List.of("summary", "description", "runbook")) {
                    // What stands between the first braces and the last ones is filled in when it fires.
                    String any = Stream.of(alert.annotation(text).split("(?s)\\{\\{.*}}", -1))
                            .map(Pattern::quote)
                            .collect(Collectors.joining(".*"));
                    assertThat(expected.path(text).asText()).as(alert.name()).matches(any);
                }
            }
        }
    }

    @Test
    void theDashboardHasTwelvePanelsThatWorkWithAnyDataSource() throws IOException {
        JsonNode dashboard = Monitoring.dashboard();
        List<JsonNode> panels = stream(dashboard.get("panels")).toList();

        assertThat(panels).hasSize(12);
        assertThat(panels.stream().map(panel -> panel.get("id").asInt()))
                .doesNotHaveDuplicates()
                .doesNotContain(0);
        for (JsonNode panel : panels) {
            String title = panel.get("title").asText();
            assertThat(title).isNotBlank();
            assertThat(panel.get("description").asText()).as(title).endsWith(".");
            assertThat(panel.get("targets")).as(title).isNotEmpty();
            boolean isOfStates = panel.get("type").asText().equals("state-timeline");
            assertThat(panel.at("/fieldConfig/defaults").has("unit"))
                    .as("%s has a unit", title)
                    .isNotEqualTo(isOfStates);
        }
        assertThat(dashboard.findValuesAsText("uid")).containsOnly("${datasource}", "genai-streams");
    }

    @Test
    void everyPanelFollowsTheVariablesAndNamesLabelsThatItHas() throws IOException {
        Map<String, Metric> known = metrics();
        assertThat(Monitoring.variables().stream().map(Variable::name)).containsExactly("job", "instance", "api");
        for (Variable variable : Monitoring.variables()) {
            assertThat(labels(known, variable.expression())).as(variable.name()).contains(variable.label());
        }
        for (Target target : Monitoring.targets()) {
            PromQl expression = target.expression();
            assertThat(expression.labels()).as(target.panel()).containsAll(found(LEGEND_LABEL, target.legend()));
            for (String name : expression.metrics()) {
                // What rules record has no labels.
                if (!name.contains(":")) {
                    Set<String> asked = asked(expression, name);
                    assertThat(asked).as("%s of %s", name, target.panel()).contains("$job", "$instance");
                    assertThat(asked.contains("$api"))
                            .as("%s of %s follows $api", name, target.panel())
                            .isEqualTo(
                                    known.getOrDefault(name, NO_METRIC).labels().contains("api"));
                }
            }
        }
    }

    /** Labels that a series of the result may have: those by which it sums up, or else those of its metrics. */
    private static Set<String> labels(Map<String, Metric> known, PromQl expression) {
        Set<String> labels = new HashSet<>(expression.labels());
        if (labels.isEmpty()) {
            labels.addAll(PromQl.TARGET);
            for (String name : expression.metrics()) {
                labels.addAll(known.getOrDefault(name, NO_METRIC).labels());
            }
        }
        return labels;
    }

    private static Set<String> asked(PromQl expression, String metric) {
        return expression.matchers().stream()
                .filter(matcher -> matcher.metric().equals(metric))
                .map(PromQl.Matcher::value)
                .collect(Collectors.toSet());
    }

    private static List<Rule> alerts() throws IOException {
        return Monitoring.rules().stream().filter(Rule::isAlert).toList();
    }

    /** Those of workers as a scrape has them, what rules record, and what Prometheus itself knows of its targets. */
    private static Map<String, Metric> metrics() throws IOException {
        Map<String, Metric> metrics = new TreeMap<>();
        for (WorkerMetric metric : WorkerMetric.values()) {
            Set<String> labels = new HashSet<>(metric.labels());
            switch (metric.type()) {
                case HISTOGRAM -> {
                    labels.add("le");
                    Stream.of("_bucket", "_sum", "_count")
                            .forEach(part ->
                                    metrics.put(metric.exposed() + part, new Metric(true, labels, metric.meaning())));
                }
                case COUNTER -> metrics.put(metric.exposed(), new Metric(true, labels, metric.meaning()));
                case GAUGE -> metrics.put(metric.exposed(), new Metric(false, labels, metric.meaning()));
            }
        }
        Monitoring.rules().stream()
                .filter(rule -> !rule.isAlert())
                .forEach(rule -> metrics.put(rule.name(), NO_METRIC));
        metrics.put("up", NO_METRIC);
        return metrics;
    }

    private static Set<String> found(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map((MatchResult each) -> each.group(1))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private static Stream<JsonNode> stream(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false);
    }
}

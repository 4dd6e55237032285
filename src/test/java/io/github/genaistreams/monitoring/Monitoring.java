package io.github.genaistreams.monitoring;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The rules and the dashboard, read from their files. */
public final class Monitoring {

    public static final Path RULES = Path.of("src/main/monitoring/alerts.yml");
    public static final Path RULES_TEST = Path.of("src/main/monitoring/alerts-test.yml");
    static final Path DASHBOARD = Path.of("src/main/monitoring/grafana/dashboard.json");

    private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.+), (\\w+)\\)");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    /** An alert or, without annotations, a recorded expression. */
    public record Rule(String name, boolean isAlert, PromQl expression, JsonNode json) {

        String annotation(String key) {
            return json.at("/annotations/" + key).asText();
        }
    }

    /** An expression of a panel. */
    public record Target(String panel, PromQl expression, String legend) {}

    /** A variable of the dashboard: the values that this label has in the result of an expression. */
    public record Variable(String name, PromQl expression, String label) {}

    private Monitoring() {}

    public static List<Rule> rules() throws IOException {
        List<Rule> rules = new ArrayList<>();
        for (JsonNode group : YAML.readTree(RULES.toFile()).get("groups")) {
            for (JsonNode rule : group.get("rules")) {
                boolean isAlert = rule.has("alert");
                rules.add(new Rule(
                        rule.get(isAlert ? "alert" : "record").asText(),
                        isAlert,
                        new PromQl(rule.get("expr").asText()),
                        rule));
            }
        }
        return rules;
    }

    static JsonNode rulesTest() throws IOException {
        return YAML.readTree(RULES_TEST.toFile());
    }

    static JsonNode dashboard() throws IOException {
        return JSON.readTree(DASHBOARD.toFile());
    }

    public static List<Target> targets() throws IOException {
        List<Target> targets = new ArrayList<>();
        for (JsonNode panel : dashboard().get("panels")) {
            for (JsonNode target : panel.get("targets")) {
                targets.add(new Target(
                        panel.get("title").asText(),
                        new PromQl(target.get("expr").asText()),
                        target.get("legendFormat").asText()));
            }
        }
        return targets;
    }

    /** Variables but for the one of the data source. */
    public static List<Variable> variables() throws IOException {
        List<Variable> variables = new ArrayList<>();
        for (JsonNode variable : dashboard().at("/templating/list")) {
            Matcher query = LABEL_VALUES.matcher(variable.at("/query/query").asText());
            if (query.matches()) {
                variables.add(new Variable(variable.get("name").asText(), new PromQl(query.group(1)), query.group(2)));
            }
        }
        return variables;
    }

    /** Every expression of rules and dashboard. */
    static List<PromQl> expressions() throws IOException {
        return Stream.of(
                        rules().stream().map(Rule::expression),
                        targets().stream().map(Target::expression),
                        variables().stream().map(Variable::expression))
                .flatMap(Function.identity())
                .toList();
    }
}

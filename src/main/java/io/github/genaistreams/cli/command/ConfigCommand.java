package io.github.genaistreams.cli.command;

import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.cli.console.ExitStatus;
import io.github.genaistreams.cli.console.Paint;
import io.github.genaistreams.cli.console.Text;
import io.github.genaistreams.worker.GenAiConfig;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigDef.ConfigKey;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Prints all settings; source of the table in docs/settings.md. Its output is the same on every machine. */
@Command(
        name = "config",
        description = "Lists all settings with their types, defaults and meanings.",
        footer = {
            "  genai config",
            "  genai config --format properties > genai.properties  # a file to start from",
            "  genai config --format markdown                       # the table of docs/settings.md"
        })
final class ConfigCommand extends BaseCommand {

    @Option(
            names = "--format",
            paramLabel = "FORM",
            defaultValue = "text",
            description = "Output format: text, markdown or properties.")
    private Format format;

    @Option(names = "--json", description = "Print one JSON array.")
    private boolean json;

    enum Format {
        TEXT,
        MARKDOWN,
        PROPERTIES
    }

    /** One row; {@code fallback} is null without a default. */
    private record Setting(
            String key, String type, @Nullable String fallback, boolean required, String description) {

        static Setting of(ConfigKey key) {
            return new Setting(
                    key.name,
                    key.type.name().toLowerCase(Locale.ROOT),
                    key.hasDefault() && key.defaultValue != null
                            ? ConfigDef.convertToString(key.defaultValue, key.type)
                            : null,
                    !key.hasDefault(),
                    key.documentation);
        }

        String environmentVariable() {
            return "GENAI_" + key.toUpperCase(Locale.ROOT).replace('.', '_');
        }
    }

    /** A setting as JSON. */
    private record SettingJson(
            String key,
            String type,
            boolean required,
            @Nullable String defaultValue,
            String environment,
            String description) {}

    ConfigCommand(Cli cli) {
        super(cli);
    }

    @Override
    public Integer call() {
        List<Setting> settings = GenAiConfig.DEFINITION.configKeys().values().stream()
                .map(Setting::of)
                .toList();
        if (json) {
            cli.printJson(settings.stream()
                    .map(s -> new SettingJson(
                            s.key(), s.type(), s.required(), s.fallback(), s.environmentVariable(), s.description()))
                    .toList());
            return ExitStatus.OK;
        }
        switch (format) {
            case TEXT -> text(settings);
            case MARKDOWN -> markdown(settings);
            case PROPERTIES -> properties(settings);
        }
        return ExitStatus.OK;
    }

    private void text(List<Setting> settings) {
        Paint paint = global.outPaint(cli);
        for (Setting setting : settings) {
            String fallback =
                    setting.required() ? "required" : "default: " + Objects.toString(setting.fallback(), "none");
            cli.out().println(paint.bold(setting.key()) + "  " + paint.faint(setting.type() + ", " + fallback));
            for (String line : Text.wrap(setting.description(), cli.terminal().width() - 4)) {
                cli.out().println("    " + line);
            }
        }
    }

    private void markdown(List<Setting> settings) {
        cli.out().println("| Setting | Type | Default | Meaning |");
        cli.out().println("|---|---|---|---|");
        for (Setting setting : settings) {
            String fallback = setting.required()
                    ? "*required*"
                    : setting.fallback() == null ? "–" : "`" + setting.fallback() + "`";
            cli.out()
                    .printf(
                            "| `%s` | %s | %s | %s |%n",
                            setting.key(),
                            setting.type(),
                            fallback,
                            setting.description().replace("|", "\\|"));
        }
    }

    private void properties(List<Setting> settings) {
        cli.out().println("# Settings of genai-streams. A line that does not start with # differs from the default.");
        cli.out().println("# Settings that start with kafka. go to the Kafka clients, without this prefix.");
        for (Setting setting : settings) {
            cli.out().println();
            for (String line : Text.wrap(setting.description(), 98)) {
                cli.out().println("# " + line);
            }
            cli.out().println("#" + setting.key() + "=" + Objects.toString(setting.fallback(), ""));
        }
    }
}

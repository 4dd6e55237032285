package io.github.genaistreams;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.utils.SecurityUtils;

/** What docs/security.md says that Kafka has to allow: the one place that says it. */
public final class AclTable {

    private static final Path PAGE = Path.of("docs/security.md");

    private AclTable() {}

    /** One operation on one resource that a principal may do. */
    public record Rule(String principal, ResourceType type, PatternType pattern, String name, AclOperation operation) {}

    public static List<Rule> rules() {
        try (Stream<String> lines = Files.lines(PAGE)) {
            return lines.filter(line -> line.matches("\\| `genai-\\w+` \\|.*"))
                    .map(line -> Arrays.stream(line.substring(1).split("\\|"))
                            .map(cell -> cell.strip().replace("`", ""))
                            .toList())
                    .flatMap(AclTable::rules)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<Rule> rules(List<String> cells) {
        PatternType pattern = cells.get(3).equals("prefix") ? PatternType.PREFIXED : PatternType.LITERAL;
        return Arrays.stream(cells.get(4).split(", "))
                .map(SecurityUtils::operation)
                .map(operation -> new Rule(cells.get(0), type(cells.get(1)), pattern, cells.get(2), operation));
    }

    private static ResourceType type(String cell) {
        return ResourceType.fromString(cell.replace(' ', '_').toUpperCase(Locale.ROOT));
    }
}

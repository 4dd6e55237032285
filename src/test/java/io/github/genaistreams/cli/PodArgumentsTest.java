package io.github.genaistreams.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.cli.command.GenAiCommand;
import io.github.genaistreams.cli.console.Cli;
import io.github.genaistreams.k8s.Manifests;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** The command lines of the pods in {@code k8s/}. */
class PodArgumentsTest {

    @Test
    void areOnesThatTheProgramKnows() {
        List<String[]> commands = Manifests.all().stream()
                .flatMap(manifest -> stream(manifest.pod().path("containers")))
                .filter(container -> container.path("image").asText().equals("genai-streams") && container.has("args"))
                .map(container ->
                        stream(container.path("args")).map(JsonNode::asText).toArray(String[]::new))
                .toList();

        assertThat(commands).hasSize(4).allSatisfy(arguments -> assertThatCode(
                        () -> GenAiCommand.program(Cli.ofProcess()).parseArgs(arguments))
                .doesNotThrowAnyException());
    }

    private static Stream<JsonNode> stream(JsonNode list) {
        return StreamSupport.stream(list.spliterator(), false);
    }
}

package io.github.genaistreams.cli.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.cli.GenAi;
import io.github.genaistreams.embedded.LocalKafka;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;

class TopicsGrowCommandTest {

    @Test
    void raisesJournalsRetriesAndRequestsInThisOrderAndNothingTwice() throws Exception {
        try (var kafka = LocalKafka.start(LocalKafka.Options.temporary());
                Admin admin = Admin.create(Map.of("bootstrap.servers", kafka.bootstrapServers()))) {
            var genai = new GenAi().with("GENAI_BOOTSTRAP_SERVERS", kafka.bootstrapServers());
            assertThat(genai.run("topics", "grow", "--partitions", "3").err())
                    .contains("genai.documents.requests does not exist", "genai topics create");
            genai.run("topics", "create", "--partitions", "2");
            admin.createTopics(List.of(new NewTopic("team-responses-journal-changelog", 2, (short) 1)))
                    .all()
                    .get();
            String[] grow = {
                "topics", "grow", "--api", "responses", "--partitions", "3", "--set", "application.id=team", "--json"
            };

            var dry = genai.run(with(grow, "--dry-run"));
            assertThat(dry.status()).isZero();
            assertThat(steps(dry.out()))
                    .extracting(
                            s -> s.path("topic").asText(), s -> s.path("from").asInt(), s -> s.path("to")
                                    .asInt())
                    .containsExactly(
                            tuple("team-responses-journal-changelog", 2, 3),
                            tuple("genai.responses.retries", 2, 3),
                            tuple("genai.responses.requests.urgent", 2, 3),
                            tuple("genai.responses.requests", 2, 3));
            assertThat(steps(genai.run(grow).out())).hasSize(4);
            assertThat(steps(genai.run(grow).out())).isEmpty();

            var both = genai.run("topics", "grow", "--partitions", "4");
            assertThat(both.status()).isZero();
            assertThat(both.lines())
                    .containsExactly(
                            "raised      genai.documents.retries (2 to 4 partitions)",
                            "raised      genai.documents.requests.urgent (2 to 4 partitions)",
                            "raised      genai.documents.requests (2 to 4 partitions)",
                            "raised      genai.responses.retries (3 to 4 partitions)",
                            "raised      genai.responses.requests.urgent (3 to 4 partitions)",
                            "raised      genai.responses.requests (3 to 4 partitions)");
            assertThat(both.err()).contains("within 60 s", "called again", "application.id");
            assertThat(genai.run("topics", "grow", "--partitions", "4").err()).contains("Nothing to do");

            var fewer = genai.run("topics", "grow", "--partitions", "3");
            assertThat(fewer.status()).isEqualTo(2);
            assertThat(fewer.err())
                    .contains("has 4 partitions already", "give at least 4")
                    .doesNotContain("\tat ");
        }
    }

    private static String[] with(String[] arguments, String more) {
        String[] all = Arrays.copyOf(arguments, arguments.length + 1);
        all[arguments.length] = more;
        return all;
    }

    private static List<JsonNode> steps(String json) throws Exception {
        return StreamSupport.stream(
                        new ObjectMapper().readTree(json).path("steps").spliterator(), false)
                .toList();
    }
}

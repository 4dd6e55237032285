package io.github.genaistreams.topology.topic;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.genaistreams.k8s.Manifests;
import io.github.genaistreams.k8s.Manifests.Manifest;
import io.github.genaistreams.wire.Topics;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;

/** The topics that Strimzi is told to make. */
class StrimziTopicsTest {

    @Test
    void areThoseOfTopicsCreate() {
        var plan = new TopicPlan(Topics.withDefaultPrefix(), 12 << 20);

        assertThat(Manifests.all().stream()
                        .filter(manifest -> manifest.kind().equals("KafkaTopic"))
                        .map(StrimziTopicsTest::topic))
                .containsExactlyInAnyOrderElementsOf(plan.create(8, Map.of(), (short) 3));
    }

    private static NewTopic topic(Manifest manifest) {
        JsonNode spec = manifest.content().path("spec");
        Map<String, String> configs = spec.path("config").properties().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().asText()));
        return new NewTopic(manifest.name(), spec.path("partitions").asInt(), (short)
                        spec.path("replicas").asInt())
                .configs(configs);
    }
}

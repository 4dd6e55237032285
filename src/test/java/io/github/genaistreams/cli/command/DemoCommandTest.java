package io.github.genaistreams.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.genaistreams.cli.GenAi;
import org.junit.jupiter.api.Test;

class DemoCommandTest {

    @Test
    void demoAsJsonIsOneObjectInWhichEverythingSucceeded() throws Exception {
        var demo = new GenAi().run("demo", "--requests", "20", "--seed", "7", "--json");

        assertThat(demo.status()).isZero();
        assertThat(demo.lines()).hasSize(1);
        var report = new ObjectMapper().readTree(demo.out());
        assertThat(report.path("requests").asInt()).isEqualTo(20);
        assertThat(report.path("succeeded").asInt()).isEqualTo(20);
        assertThat(report.path("failed").asInt()).isZero();
        assertThat(report.path("repeated_after_success").asInt()).isZero();
        assertThat(report.path("api_calls").asInt())
                .isEqualTo(20 + report.path("retries").asInt());
        assertThat(report.path("output_tokens").asInt()).isPositive();
    }

    @Test
    void demoForPeopleShowsBothEndsInOrderAndASummary() {
        var demo = new GenAi().run("demo", "--requests", "20");

        assertThat(demo.status()).isZero();
        assertThat(demo.out())
                .containsSubsequence("   0  ", "   3  ", "12 more results", "  16  ", "  19  ")
                .contains("API calls", "Every request has exactly one result.")
                .doesNotContain("\u001b");
    }
}

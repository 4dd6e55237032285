package io.github.genaistreams.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CompletionException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.junit.jupiter.api.Test;

class FailuresTest {

    @Test
    void stateThatDoesNotFitOnTheDiskIsNoFaultOfKafka() {
        var full = new ProcessorStateException(
                "Error opening store s at location /d", new IOException("No space left on device"));

        assertThat(Failures.sentence(new CompletionException(full), false))
                .isEqualTo("The state of the worker cannot be opened or written: Error opening store s at location /d:"
                        + " No space left on device. If its disk is full, free space; then start again.");
    }

    @Test
    void aKafkaThatDoesNotAnswerIsNamed() {
        assertThat(Failures.sentence(new TimeoutException("no answer"), false))
                .isEqualTo("Kafka refused the request or did not answer (TimeoutException): no answer");
    }
}

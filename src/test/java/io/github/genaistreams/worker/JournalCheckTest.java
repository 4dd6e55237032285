package io.github.genaistreams.worker;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.junit.jupiter.api.Test;

class JournalCheckTest {

    @Test
    void saysThatNoAnswerCameInTime() throws IOException {
        try (var silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Admin admin = Admin.create(Map.of("bootstrap.servers", "127.0.0.1:" + silent.getLocalPort()));
            var check = new JournalCheck(admin, "app", Duration.ofMillis(20));

            assertThatThrownBy(() -> check.check("responses", "genai.requests", 1, 1_000))
                    .isInstanceOf(WorkerException.class)
                    .hasMessage("Kafka did not answer a request about the journal: no answer within 20 ms");
            admin.close(Duration.ZERO);
        }
    }
}

package io.github.genaistreams.client.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class KafkaSettingsTest {

    @Test
    void namesIgnoredSettingsAndAcceptsTheOthersSilently() {
        assertThat(warnings(Map.of(
                        "bootstrap.servers", "localhost:1",
                        "group.id", "mine",
                        "transactional.id", "mine",
                        "consumer.isolation.level", "read_uncommitted",
                        "auto.offset.reset", "latest",
                        "producer.acks", "1")))
                .hasSize(5)
                .anyMatch(line -> line.contains("group.id is ignored"))
                .anyMatch(line -> line.contains("transactional.id is ignored"))
                .anyMatch(line -> line.contains("consumer.isolation.level=read_uncommitted is ignored"))
                .anyMatch(line -> line.contains("auto.offset.reset=latest is ignored"))
                .anyMatch(line -> line.contains("producer.acks=1 is ignored"));
        assertThat(warnings(Map.of(
                        "bootstrap.servers", "localhost:1",
                        "isolation.level", "read_committed",
                        "enable.idempotence", "true",
                        "compression.type", "none",
                        "producer.linger.ms", "1")))
                .isEmpty();
    }

    @Test
    void prefersASettingForTheClientThatItIsFor() {
        assertThat(new KafkaSettings(Map.of(
                                "bootstrap.servers", "localhost:1",
                                "max.request.size", "1000",
                                "producer.max.request.size", "2000",
                                "consumer.max.request.size", "3000"))
                        .maxRequestSize())
                .isEqualTo(2_000);
    }

    private static List<String> warnings(Map<String, Object> settings) {
        var log = new ListAppender<ILoggingEvent>();
        log.start();
        var logger = (Logger) LoggerFactory.getLogger(KafkaSettings.class);
        logger.addAppender(log);
        try {
            new KafkaSettings(settings);
        } finally {
            logger.detachAppender(log);
        }
        return log.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }
}
